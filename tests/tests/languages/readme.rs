//! The code of a README.

use std::env;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::work::Work;

/// For programs that run for some seconds.
pub(super) const QUICK_START: &str = "-XX:TieredStopAtLevel=1";

/// A block of code.
pub(super) struct Block {
    /// How many lines are above it.
    pub(super) line: usize,
    pub(super) text: String,
}

pub(super) fn blocks(readme: &'static str, language: &str) -> impl Iterator<Item = Block> {
    let lines: Vec<&str> = readme.lines().collect();
    let starts: Vec<usize> = (0..lines.len()).filter(|at| lines[*at] == format!("```{language}")).collect();
    starts.into_iter().map(move |start| {
        let text = lines[start + 1..].iter().take_while(|line| **line != "```");
        Block { line: start + 1, text: text.flat_map(|line| [line, "\n"]).collect() }
    })
}

/// Compiles the Kotlin of a README with other sources into the folder `classes`, warnings as errors. An error names the line of the
/// README.
pub(super) fn compile(work: &Work, readme: &'static str, name: &str, sources: &[&str]) -> Result<()> {
    for folder in ["code", "classes"] {
        let _ = fs::remove_dir_all(work.folder.join(folder));
    }
    let code = work.folder.join("code");
    fs::create_dir(&code)?;
    for block in blocks(readme, "kotlin") {
        // Below as many empty lines as there are lines above it.
        let text = "\n".repeat(block.line) + &block.text;
        fs::write(code.join(format!("Readme{}.kt", block.line)), text)?;
    }
    let jars =
        fs::read_dir(work.folder.join("libs"))?.map(|jar| Ok(Path::new("libs").join(jar?.file_name())));
    let jars = env::join_paths(jars.collect::<Result<Vec<_>>>()?)?;
    let jars = jars.to_str().context("a jar has a name that is not UTF-8")?;
    // In a file of arguments, so that what is told of an error is not a list of jars.
    let options = format!("-Werror -no-stdlib -no-reflect -jvm-target 17 -d classes -cp {jars}");
    fs::write(work.folder.join("options"), options)?;
    let compiler = ["-cp", "libs/*", "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"];
    work.run("java", &[&[QUICK_START], &compiler[..], &["@options", "code"], sources].concat())
        .with_context(|| format!("the Kotlin of {name} (the lines of code/Readme*.kt are its lines)"))?;
    Ok(())
}
