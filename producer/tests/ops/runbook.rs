//! The pages of `runbook/`: one for each alert, whose commands exist.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tiltak_producer::http;

use super::{alerts, path, read};

const SECTIONS: [&str; 5] = ["What it means", "What readers notice", "Look", "Mend", "Escalate"];

/// The name and the text of each page.
fn pages() -> Vec<(String, String)> {
    let names = alerts::all().into_iter().map(|alert| alert.name);
    names.map(|name| (name.clone(), read(&format!("runbook/{name}.md")))).collect()
}

/// The lines of the shell blocks of a page, also of blocks within a list.
fn shell_lines(page: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in page.lines().map(str::trim) {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => lines.push(line),
            _ => {}
        }
    }
    lines
}

/// The words of a line up to the first pipe, with quotes taken away.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for c in line.chars().chain([' ']) {
        match (c, quote) {
            ('|', None) => break,
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) if word.is_empty() => {}
            (' ', None) => words.push(std::mem::take(&mut word)),
            (c, _) => word.push(c),
        }
    }
    words
}

#[test]
fn there_is_a_page_for_each_alert_with_all_sections_and_no_other_page() {
    let files = std::fs::read_dir(path("runbook")).unwrap().map(|file| file.unwrap().file_name());
    let files: BTreeSet<_> = files.map(|file| file.into_string().unwrap()).collect();
    assert_eq!(files, pages().iter().map(|(name, _)| format!("{name}.md")).collect());
    for (name, page) in pages() {
        assert!(page.starts_with(&format!("# {name}\n")), "{name}");
        let sections: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(sections, SECTIONS, "{name}");
    }
}

#[test]
fn every_link_of_a_page_leads_to_a_page() {
    for (name, page) in pages() {
        for link in page.split("](").skip(1) {
            let file = link.split(')').next().unwrap();
            assert!(path("runbook").join(file).is_file(), "{name}: {file}");
        }
    }
}

/// What starts an item of a list and has three words or more is a message, such as "- `cannot listen on`: …".
#[test]
fn every_message_that_a_page_explains_is_in_the_program_or_of_postgresql() {
    let postgresql = ["password authentication failed", "too many connections"];
    let sources = sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let mut explained = 0;
    for (name, page) in pages() {
        // A message may go over the end of a line.
        let page = page.replace("\n  ", " ");
        let items = page.lines().filter_map(|line| line.trim_start().strip_prefix("- `")?.split('`').next());
        for message in items.filter(|item| item.split(' ').count() > 2) {
            let known = sources.contains(message) || postgresql.contains(&message);
            assert!(known, "{name}: no message {message:?}");
            explained += 1;
        }
    }
    assert!(explained > 4, "{explained}");
}

#[test]
fn every_option_that_a_page_names_exists() {
    let help =
        Command::new(env!("CARGO_BIN_EXE_tiltak-producer")).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for (name, page) in pages() {
        for option in page.split("`--").skip(1).map(|rest| rest.split('`').next().unwrap()) {
            assert!(help.contains(&format!("--{option} ")), "{name}: --{option}");
        }
    }
}

/// `--help` after the arguments: clap refuses what it does not know before it helps.
#[test]
fn every_command_of_a_page_exists() {
    let document = http::openapi();
    for (name, page) in pages() {
        let lines = shell_lines(&page);
        assert!(!lines.is_empty(), "{name} names no command");
        for line in lines {
            let words = words(line);
            match words[0].as_str() {
                "tiltak-producer" => assert_command_exists(&words[1..], line),
                "curl" => assert_operation_exists(&document, &words, line),
                "psql" => assert_tables_exist(line),
                "kubectl" => assert_message_exists(line),
                other => panic!("{name}: {other} is not a command that an operator has"),
            }
        }
    }
}

fn assert_command_exists(arguments: &[String], line: &str) {
    let help = Command::new(env!("CARGO_BIN_EXE_tiltak-producer")).args(arguments).arg("--help").output();
    let help = help.unwrap();
    assert!(help.status.success(), "{line}: {}", String::from_utf8_lossy(&help.stderr));
}

fn assert_operation_exists(document: &Value, words: &[String], line: &str) {
    let url = words.iter().find_map(|word| word.strip_prefix("localhost:8080"));
    let asked: Vec<_> = url.unwrap_or_else(|| panic!("no address: {line}")).split('/').collect();
    let method = words.iter().skip_while(|word| *word != "-X").nth(1).map_or("get", String::as_str);
    let exists = document["paths"].as_object().unwrap().iter().any(|(path, operations)| {
        let pattern: Vec<_> = path.split('/').collect();
        let matches = pattern.len() == asked.len()
            && pattern.iter().zip(&asked).all(|(part, asked)| part.starts_with('{') || part == asked);
        matches && operations.get(method.to_lowercase()).is_some()
    });
    assert!(exists, "{line}");
}

/// What is searched in the log is a message in the program.
fn assert_message_exists(line: &str) {
    let Some((_, text)) = line.split_once("grep '") else { return };
    let text = text.split('\'').next().unwrap().trim_matches('"');
    assert!(sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))).contains(text), "{line}");
}

/// The text of all files of a folder.
fn sources(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let read =
        |file: PathBuf| if file.is_dir() { sources(&file) } else { std::fs::read_to_string(file).unwrap() };
    files.map(read).collect()
}

/// A table of PostgreSQL itself, or one that a migration makes.
fn assert_tables_exist(line: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let migrations: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for table in line.split("FROM ").skip(1) {
        let table = table.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap();
        let made = migrations.contains(&format!("CREATE TABLE {table} "));
        assert!(made || table.starts_with("pg_"), "no table {table}: {line}");
    }
}
