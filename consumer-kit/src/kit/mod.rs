//! The implementation of the command `tiltak-kit`, behind the feature `cli`. It is no API: it may change at any time.

mod atomic_file;
mod audit;
mod cli;
mod cluster;
mod fixtures;
mod interrupt;
mod logs;
mod seed;
mod table;
mod topic_log;

use std::ffi::OsString;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use clap::{CommandFactory, Parser};

pub use self::interrupt::Interrupt;

use self::cli::{Arguments, Command};

/// Exit code: done, and nothing to report.
pub const FINE: u8 = 0;
/// Exit code: there are findings, or what was asked for does not exist or was not done.
pub const FINDINGS: u8 = 1;
/// Exit code: the arguments are wrong, or the command could not run.
pub const FAILED: u8 = 2;

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const NOTE: Style = AnsiColor::Yellow.on_default();

/// Where a command writes, and what ends it.
pub(crate) struct Session<'a> {
    pub(crate) output: &'a mut dyn Write,
    pub(crate) errors: &'a mut dyn Write,
    pub(crate) interrupt: &'a Interrupt,
}

/// How a command has ended, if it could run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Fine,
    Findings,
}

impl Outcome {
    pub(crate) fn fine_if(fine: bool) -> Self {
        if fine { Self::Fine } else { Self::Findings }
    }
}

/// Runs the command with these arguments, of which the first is its name. Returns the exit code: [`FINE`],
/// [`FINDINGS`] or [`FAILED`]. Blocks. `output` and `errors` get colours as ANSI escape codes.
pub fn run(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    output: &mut dyn Write,
    errors: &mut dyn Write,
    interrupt: &Interrupt,
) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            let text = error.render().ansi().to_string();
            let to: &mut dyn Write = if error.use_stderr() { errors } else { output };
            let _ = write!(to, "{text}").and_then(|()| to.flush());
            return if error.use_stderr() { FAILED } else { FINE };
        }
    };
    let mut session = Session { output, errors, interrupt };
    let outcome = dispatch(arguments.command, &mut session);
    let outcome = outcome.and_then(|outcome| session.output.flush().map(|()| outcome).map_err(Into::into));
    match outcome {
        Ok(Outcome::Fine) => FINE,
        Ok(Outcome::Findings) => FINDINGS,
        // Whoever reads the output has seen enough (`… | head`).
        Err(error) if is_broken_pipe(&error) => FINE,
        Err(error) if error.is::<interrupt::Interrupted>() => {
            let _ = writeln!(session.errors, "{error}");
            FINDINGS
        }
        Err(error) => {
            let _ = writeln!(session.errors, "{BAD}error:{BAD:#} {}", with_causes(&error));
            FAILED
        }
    }
}

fn dispatch(command: Command, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    match command {
        Command::Seed(arguments) => seed::run(&arguments, session),
        Command::Table(arguments) => table::run(&arguments, session),
        Command::Audit(arguments) => audit::run(&arguments, session),
        Command::Fixtures(arguments) => fixtures::run(&arguments, session),
        Command::Logs(arguments) => logs::run(&arguments, session),
        Command::Completions { shell } => {
            // By way of a buffer: it panics where it cannot write.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "tiltak-kit", &mut script);
            session.output.write_all(&script)?;
            Ok(Outcome::Fine)
        }
    }
}

/// An error and its causes, but for those that the text before them includes already.
fn with_causes(error: &anyhow::Error) -> String {
    error.chain().fold(String::new(), |text, cause| {
        let cause = cause.to_string();
        match text.as_str() {
            "" => cause,
            before if before.contains(&cause) => text,
            before => format!("{before}: {cause}"),
        }
    })
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// A number for people: `1 record`, `2 records`.
pub(crate) fn count(number: usize, of: &str) -> String {
    format!("{number} {of}{}", if number == 1 { "" } else { "s" })
}

/// A table for people, without the blanks that end its lines.
pub(crate) fn aligned(mut table: comfy_table::Table) -> String {
    table.load_style(comfy_table::presets::NOTHING);
    let lines: Vec<String> = table.lines().map(|line| format!("  {}", line.trim())).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_that_the_text_includes_is_not_said_again() {
        let cause = crate::Error::store_failed("my-topic", io::Error::other("no space left"));
        let error = anyhow::Error::from(cause).context("the table could not be read");
        let text = with_causes(&error);
        assert_eq!(text, "the table could not be read: my-topic: the state cannot be used: no space left");
    }
}
