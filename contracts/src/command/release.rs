//! `release`: makes the current contract a released version.

use std::fmt::Write as _;

use anyhow::Context;
use jiff::civil::Date;
use semver::Version;
use serde::Serialize;

use crate::assessment::{Assessment, Outcome, Scope};
use crate::codegen::target;
use crate::contract_version::{self, ContractVersion, sha256};
use crate::reader::Declarations;
use crate::release::{Release, Releases, replace_once};
use crate::source::{GeneratedFile, Repository};
use crate::tree::Files;

/// The result of a release, or of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// The assessment of the change.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// The version; `None` if nothing has changed, or the change is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Whether this was a dry run, which writes nothing.
    pub dry_run: bool,
    /// Files that were written, or would be, below `contracts/`.
    pub written: Vec<String>,
}

/// Determines the lowest version for the current contract, and writes its files and the changelog entry. Writes
/// nothing in a `dry_run`, or if the change may not be released.
///
/// # Errors
/// There is no such topic; a file cannot be read or written. What was written before an error is written again by the
/// next try: a version counts as released when everything else is there.
pub fn run(repository: &Repository, topic: &str, today: Date, dry_run: bool) -> anyhow::Result<Released> {
    repository.require_topic(topic)?;
    let source = repository.source();
    let file = repository.topic_file(topic)?;
    let mut releases = Releases::load(repository, topic)?;
    let candidate = repository.candidate(topic)?;
    let current = candidate.version.clone();
    let versions = ContractVersion::all_released(repository, topic)?;
    let scope = Scope::of_candidate(repository, candidate, &file, None, versions)?;
    let assessment = scope.assess(&file, &Declarations::load(repository, repository.topics())?);
    let is_released = releases.contains(&current);
    let version = match &assessment.outcome {
        // The first version is the one that the contract names.
        Outcome::Unchanged if !is_released => current,
        Outcome::Release { least_version } if !is_released || current < *least_version => {
            least_version.max(&current).clone()
        }
        _ => return Ok(Released { assessment, version: None, dry_run, written: Vec::new() }),
    };
    let [key, value] = source.schema_texts(repository, topic, &version)?;
    let mut files = vec![
        (contract_version::path(topic, &version, "key"), key.clone()),
        (contract_version::path(topic, &version, "value"), value.clone()),
        topic_file(repository, topic, &file.version, &version.to_string())?,
        changelog(repository, topic, &version, today, &assessment)?,
    ];
    files.extend(source.files_of_release(repository, topic, &version)?);
    releases.released.push(Release {
        version: version.clone(),
        date: today,
        key_sha256: sha256(&key),
        value_sha256: sha256(&value),
        sends_tombstones: Some(file.sends_tombstones),
        config: file.config.clone(),
    });
    // Last: with it the version counts as released.
    let (record, record_text) = (Releases::path(topic), releases.to_text()?);
    let overview = source.files_of_versions();
    let mut written: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
    written.extend(overview.iter().map(|path| (*path).to_owned()));
    written.push(record.clone());
    if !dry_run {
        for (path, text) in &files {
            repository.tree().write(path, text)?;
        }
        for path in overview {
            repository.tree().write(path, &source.overview(repository)?)?;
        }
        repository.tree().write(&record, &record_text)?;
        for GeneratedFile { path, text, .. } in target::generated_files(repository)? {
            if repository.read(&path)?.as_ref() != Some(&text) {
                repository.tree().write(&path, &text)?;
                written.push(path);
            }
        }
    }
    Ok(Released { assessment, version: Some(version), dry_run, written })
}

/// `topic.toml` with the new version.
fn topic_file(tree: &dyn Files, topic: &str, old: &str, new: &str) -> anyhow::Result<(String, String)> {
    let path = format!("topics/{topic}/topic.toml");
    let text = tree.read(&path)?.unwrap_or_default();
    let text = replace_once(&text, &format!("\nversion = \"{old}\""), &format!("\nversion = \"{new}\""))
        .with_context(|| format!("contracts/{path}: expected one line `version = \"{old}\"`"))?;
    Ok((path, text))
}

/// The changelog of the contract, with an entry for the new version on top.
fn changelog(
    tree: &dyn Files,
    topic: &str,
    version: &Version,
    today: Date,
    assessment: &Assessment,
) -> anyhow::Result<(String, String)> {
    let path = format!("topics/{topic}/CHANGELOG.md");
    let title = format!("# {topic}\n");
    let old = tree.read(&path)?.unwrap_or_else(|| title.clone());
    let rest = old.strip_prefix(&title).unwrap_or(&old).trim_start();
    let mut entry = format!("## {version} ({today})\n\n");
    for finding in &assessment.findings {
        let told = finding.intended.iter().map(|it| format!(" Intended: {it}."));
        let _ = writeln!(
            entry,
            "- {}: {}. ({}){}",
            finding.place,
            finding.detail,
            finding.rule,
            told.collect::<String>()
        );
    }
    if assessment.findings.is_empty() {
        entry.push_str("- The first version.\n");
    }
    Ok((path, format!("{title}\n{entry}{}{rest}", if rest.is_empty() { "" } else { "\n" })))
}
