//! Arguments from a file. Its values replace the defaults, so command-line arguments and the environment override
//! them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::cli::Arguments;

/// The command whose long arguments are the keys of the file.
const KEYS_OF: &str = "serve";
/// Says where the file is, and so cannot stand in it.
const CONFIG: &str = "config";

/// One line of the file.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    key: String,
    value: String,
}

/// Parses the arguments of this process. Ends the process, as clap does, if they are wrong.
///
/// # Errors
/// A file that cannot be read or is wrong, with the line.
pub(crate) fn arguments() -> Result<Arguments> {
    let mut command = Arguments::command();
    if let Some(path) = path(std::env::args_os().skip(1)) {
        let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for setting in settings(&path, &text)? {
            command = with_default(command, &setting);
        }
    }
    let mut matches = command.get_matches();
    Ok(Arguments::from_arg_matches_mut(&mut matches).unwrap_or_else(|error| error.exit()))
}

/// Where the file is, if there is one. Asked before clap is, which has to know what the file says.
fn path(mut arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    while let Some(argument) = arguments.next() {
        match argument.to_str() {
            Some("--") => break,
            Some("--config") => return arguments.next().map(PathBuf::from),
            Some(argument) => {
                if let Some(path) = argument.strip_prefix("--config=") {
                    return Some(path.into());
                }
            }
            None => {}
        }
    }
    std::env::var_os("TILTAK_CONFIG").map(PathBuf::from)
}

fn settings(path: &Path, text: &str) -> Result<Vec<Setting>> {
    let at = |offset: usize| format!("{}:{}", path.display(), text[..offset].matches('\n').count() + 1);
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => bail!("{}: {}", at(error.span().map_or(0, |span| span.start)), error.message()),
    };
    let mut settings = Vec::new();
    for (key, value) in &table {
        let place = at(key.span().start);
        let key = key.get_ref().to_string();
        if !is_key(&key) {
            bail!(
                "{place}: unknown key {key}; the keys are the long arguments of `tiltak-producer {KEYS_OF}`"
            );
        }
        let Some(value) = as_argument(value) else {
            bail!("{place}: {key}: expected a string, a number, true or false, or a list of them");
        };
        if !is_value(&key, &value) {
            bail!(
                "{place}: {key}: not a value that --{key} takes; `tiltak-producer {KEYS_OF} --help` describes it"
            );
        }
        settings.push(Setting { key, value });
    }
    Ok(settings)
}

fn is_key(key: &str) -> bool {
    let command = Arguments::command();
    let own = command.find_subcommand(KEYS_OF).into_iter().flat_map(clap::Command::get_arguments);
    own.filter_map(clap::Arg::get_long).any(|long| long == key && long != CONFIG)
}

/// As it would stand after `--key=`.
fn as_argument(value: &Spanned<DeValue<'_>>) -> Option<String> {
    Some(match value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(yes) => yes.to_string(),
        DeValue::Array(values) => values.iter().map(as_argument).collect::<Option<Vec<_>>>()?.join(","),
        DeValue::Datetime(_) | DeValue::Table(_) => return None,
    })
}

/// Whether clap reads it. That other arguments are missing is another matter.
fn is_value(key: &str, value: &str) -> bool {
    let given = ["tiltak-producer".to_owned(), KEYS_OF.to_owned(), format!("--{key}={value}")];
    let read = Arguments::command().try_get_matches_from(given);
    !matches!(read.map_err(|error| error.kind()), Err(ErrorKind::ValueValidation | ErrorKind::InvalidValue))
}

/// The command with another default, wherever it has the argument.
fn with_default(mut command: clap::Command, setting: &Setting) -> clap::Command {
    let id = command.get_arguments().find(|argument| argument.get_long() == Some(&setting.key));
    if let Some(id) = id.map(|argument| argument.get_id().clone()) {
        command =
            command.mut_arg(id, |argument| argument.required(false).default_value(setting.value.clone()));
    }
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    names
        .into_iter()
        .fold(command, |command, name| command.mut_subcommand(name, |below| with_default(below, setting)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../tiltak-producer.example.toml");

    fn said(text: &str) -> String {
        match settings(Path::new("my.toml"), text) {
            Ok(settings) => format!("{settings:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_key_that_is_misspelt_a_value_that_is_wrong_and_a_text_that_is_no_toml_are_named_with_their_line() {
        assert!(
            said("# mine\nlisten = \"[::1]:80\"\nlissten = 1").starts_with("my.toml:3: unknown key lissten;")
        );
        assert!(said("listen = \"nowhere\"").starts_with("my.toml:1: listen: not a value"));
        assert!(said("\ntick-seconds = 0").starts_with("my.toml:2: tick-seconds: not a value"));
        assert!(said("migrert = [\"OPPFOLGNING\"]").starts_with("my.toml:1: migrert: not a value"));
        assert!(said("[listen]\naddress = 1").starts_with("my.toml:1: listen: expected a string"));
        assert!(said("\n\nlisten =").starts_with("my.toml:3: "));
        assert!(said("config = \"other.toml\"").contains("unknown key config"));
    }

    #[test]
    fn a_file_goes_before_the_default_and_an_argument_before_the_file() {
        let text = "database = \"tiltak.db\"\nbrokers = \"one:9092\"\nmigrert = []\ntick-seconds = 7";
        let read = settings(Path::new("my.toml"), text).unwrap();
        let command = read.iter().fold(Arguments::command(), with_default);
        let serve = |more: &[&str]| {
            let given = ["tiltak-producer", "serve"].iter().chain(more);
            let matches = command.clone().try_get_matches_from(given).unwrap();
            match Arguments::from_arg_matches(&matches).unwrap().command {
                crate::cli::Command::Serve(serve) => serve,
                other => panic!("{other:?}"),
            }
        };
        let from_file = serve(&[]);
        assert_eq!((from_file.kafka.brokers.as_str(), from_file.tick_seconds), ("one:9092", 7));
        assert_eq!(from_file.migrated.migrert.to_string(), "");
        let given = serve(&["--brokers", "two:9092", "--tick-seconds=8", "--migrert=OPPFOLGING"]);
        assert_eq!((given.kafka.brokers.as_str(), given.tick_seconds), ("two:9092", 8));
        assert_eq!(given.migrated.migrert.to_string(), "OPPFOLGING");
    }

    /// Each key of the example is commented out: `# key = value`.
    #[test]
    fn the_example_has_each_argument_once_with_its_default() {
        let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# "));
        let is_setting = |line: &&str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let text = lines.filter(is_setting).collect::<Vec<_>>().join("\n");
        let mut example = settings(Path::new("example"), &text).unwrap();
        let command = Arguments::command();
        let arguments = command.find_subcommand(KEYS_OF).unwrap().get_arguments();
        for argument in arguments {
            let Some(long) = argument.get_long().filter(|long| !["help", CONFIG].contains(long)) else {
                continue;
            };
            let found = example.iter().position(|setting| setting.key == long);
            let setting = example.remove(found.unwrap_or_else(|| panic!("{long} is missing")));
            let [default] = argument.get_default_values() else { continue };
            assert_eq!(setting.value, default.to_str().unwrap(), "{long}");
        }
        assert_eq!(example, []);
    }
}
