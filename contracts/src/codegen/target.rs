//! The targets of code generation: languages, options and folders, from `contracts/types.toml` or the command line.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use serde::Deserialize;

use super::kotlin::{self, JsonLibrary};
use super::model::ValueTypes;
use super::schema::value_types;
use super::{SourceFile, is_generated};
use super::{python, typescript};
use crate::contract_version::{self, Candidate};
use crate::release::Releases;
use crate::source::{GeneratedFile, Repository};
use crate::tree::Files;

/// The file that lists the committed generated code, below `contracts/`.
pub const PATH: &str = "types.toml";

/// A language that types are made in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Language {
    /// Kotlin, which Java reads too.
    Kotlin,
    /// TypeScript.
    #[value(name = "typescript")]
    #[serde(rename = "typescript")]
    TypeScript,
    /// Python, 3.10 or newer.
    Python,
}

/// One set of generated code: a language, its options and its folder.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Target {
    /// The language.
    pub language: Language,
    /// The JSON library of the classes. Kotlin only; defaults to Jackson.
    pub library: Option<JsonLibrary>,
    /// The package of the classes. Kotlin only; defaults to `contracts`.
    pub package: Option<String>,
}

/// `types.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypesFile {
    #[serde(default)]
    types: Vec<Committed>,
}

/// Generated code that is committed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Committed {
    language: Language,
    library: Option<JsonLibrary>,
    package: Option<String>,
    /// The folder of the sources, below `contracts/`.
    folder: String,
}

impl Target {
    /// The source files.
    ///
    /// # Errors
    /// A package or a library is given for another language than Kotlin, or the package is not a valid name.
    pub fn sources(&self, contracts: &[ValueTypes]) -> anyhow::Result<Vec<SourceFile>> {
        ensure!(
            self.language == Language::Kotlin || (self.library.is_none() && self.package.is_none()),
            "only Kotlin has a library and a package"
        );
        let package = self.package.as_deref().unwrap_or("contracts");
        let is_name = |it: &str| {
            it.starts_with(|it: char| it.is_ascii_alphabetic())
                && it.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        };
        ensure!(
            package.split('.').all(is_name),
            "{package:?} is no name of a package: expected one such as no.nav.orders"
        );
        Ok(match self.language {
            Language::Kotlin => {
                kotlin::files(contracts, self.library.unwrap_or(JsonLibrary::Jackson), package)
            }
            Language::TypeScript => typescript::files(contracts),
            Language::Python => python::files(contracts),
        })
    }
}

/// The types of the repository's topics. Each topic has the latest released version of every major version, or the current contract if
/// nothing is released.
///
/// # Errors
/// A file is missing or malformed, or types cannot express a schema; the error names the place.
pub fn contracts(repository: &Repository) -> anyhow::Result<Vec<ValueTypes>> {
    let mut contracts: Vec<ValueTypes> = Vec::new();
    for topic in repository.topics() {
        let mut latest = Releases::load(repository, topic)?.released;
        latest.sort_by(|a, b| b.version.cmp(&a.version));
        latest.dedup_by_key(|it| it.version.major);
        let mut versions = Vec::new();
        for release in latest {
            let path = contract_version::path(topic, &release.version, "value");
            // What is wrong with a file of a release, `check` says.
            let schema = repository.read(&path)?.and_then(|text| serde_json::from_str(&text).ok());
            versions.extend(schema.map(|schema| (path, release.version, schema)));
        }
        if versions.is_empty() {
            let Candidate { version, value, .. } = repository.candidate(topic)?;
            versions.push((format!("the value schema of {topic}"), version, value));
        }
        for (path, version, schema) in versions {
            let types = value_types(topic, &version, &schema)
                .with_context(|| format!("{path}: no types can be made of this schema"))?;
            if let Some(other) = contracts.iter().find(|it| it.root.name == types.root.name) {
                anyhow::bail!(
                    "{path}: {} is also the type of {}: give it another `title`",
                    types.root.name,
                    other.topic
                );
            }
            contracts.push(types);
        }
    }
    Ok(contracts)
}

/// The generated code that the repository commits beside its contracts.
///
/// # Errors
/// As [`contracts`]; `types.toml` is malformed.
pub fn generated_files(repository: &Repository) -> anyhow::Result<Vec<GeneratedFile>> {
    let Some(text) = repository.read(PATH)? else { return Ok(Vec::new()) };
    let TypesFile { types } =
        toml::from_str(&text).with_context(|| format!("contracts/{PATH}: malformed"))?;
    let contracts = contracts(repository)?;
    let mut files = Vec::new();
    for Committed { language, library, package, folder } in types {
        let target = Target { language, library, package };
        let sources = target.sources(&contracts).with_context(|| format!("contracts/{PATH}: {folder}"))?;
        files.extend(sources.into_iter().map(|SourceFile { path, text }| GeneratedFile {
            path: format!("{}/{path}", folder.trim_end_matches('/')),
            text,
            released: None,
        }));
    }
    Ok(files)
}

/// Outdated generated files: they stand beside the current ones, but no contract gives them any more (it was renamed, for instance).
///
/// # Errors
/// A folder cannot be listed.
pub fn leftovers(repository: &Repository, files: &[GeneratedFile]) -> anyhow::Result<Vec<String>> {
    let paths: BTreeSet<&str> = files.iter().map(|it| it.path.as_str()).collect();
    let folders: BTreeSet<&str> = paths.iter().filter_map(|it| Some(it.rsplit_once('/')?.0)).collect();
    let extensions: BTreeSet<_> = paths.iter().filter_map(|it| Path::new(it).extension()).collect();
    let mut leftovers = Vec::new();
    for folder in folders {
        for path in repository.list(folder)? {
            let is_source = Path::new(&path).extension().is_some_and(|it| extensions.contains(it));
            // What is no text was not generated.
            let text = || repository.read(&path).ok().flatten();
            if is_source && !paths.contains(path.as_str()) && text().is_some_and(|it| is_generated(&it)) {
                leftovers.push(path);
            }
        }
    }
    Ok(leftovers)
}
