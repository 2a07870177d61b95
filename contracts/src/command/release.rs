//! `release`: makes a version of what the types are now.

use std::fmt::Write as _;

use anyhow::{Context, bail};
use jiff::civil::Date;
use semver::Version;
use serde::Serialize;
use tiltak_schema::topic::{Topic, TopicVisitor};
use tiltak_schema::{topics, with_topic};

use super::docs;
use super::generate::pretty;
use crate::assessment::{Assessment, Outcome, Scope};
use crate::contract_version::{self, ContractVersion, sha256};
use crate::generated::schemas_of;
use crate::reader::Declarations;
use crate::release::{Release, Releases};
use crate::tree::{Files, WorkingCopy};

/// What a release is, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Released {
    /// What the types mean.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// The version; `None`: nothing is new, or it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// Files that were written, or would be, below `contracts/`.
    pub written: Vec<String>,
}

/// Works out the least version for what the types are now, and writes its files and the changelog entry, unless it is a
/// `dry_run`. A change that may not go out writes nothing.
///
/// # Errors
/// There is no such topic; a file cannot be read or written. What was written before an error is written again by the
/// next try: a version counts as released when everything else is there.
pub fn run(tree: &WorkingCopy, topic: &str, today: Date, dry_run: bool) -> anyhow::Result<Released> {
    let names = || topics().map(|it| it.name).join(", ");
    with_topic(topic, &mut OfTopic { tree, today, dry_run })
        .with_context(|| format!("there is no topic {topic:?}; the topics are {}", names()))?
}

struct OfTopic<'a> {
    tree: &'a WorkingCopy,
    today: Date,
    dry_run: bool,
}

impl TopicVisitor for OfTopic<'_> {
    type Output = anyhow::Result<Released>;

    fn visit<T: Topic>(&mut self) -> Self::Output {
        let tree = self.tree;
        let file = tree.topic_file(T::NAME)?;
        let mut releases = Releases::load(tree, T::NAME)?;
        let of_types: Version = T::CONTRACT_VERSION.parse()?;
        let versions = ContractVersion::all_released(tree, T::NAME)?;
        let scope = Scope::of_types::<T>(tree, &file, None, versions)?;
        let assessment = scope.assess(&file, &Declarations::load(tree)?);
        let is_released = releases.contains(&of_types);
        let version = match &assessment.outcome {
            // The first version is the one that the types name.
            Outcome::Unchanged if !is_released => of_types,
            Outcome::Release { least_version } if !is_released || of_types < *least_version => {
                least_version.max(&of_types).clone()
            }
            _ => {
                return Ok(Released {
                    assessment,
                    version: None,
                    dry_run: self.dry_run,
                    written: Vec::new(),
                });
            }
        };
        let schemas = schemas_of::<T>().at_version(&version);
        let (key, value) = (pretty(&schemas.key)?, pretty(&schemas.value)?);
        let text = version.to_string();
        let mut files = vec![
            (contract_version::path(T::NAME, &version, "key"), key.clone()),
            (contract_version::path(T::NAME, &version, "value"), value.clone()),
            topic_file(tree, T::NAME, &file.version, &text)?,
            changelog(tree, T::NAME, &version, self.today, &assessment)?,
        ];
        files.extend(rust_constant(tree, T::NAME, T::CONTRACT_VERSION, &text)?);
        releases.released.push(Release {
            version: version.clone(),
            date: self.today,
            key_sha256: sha256(&key),
            value_sha256: sha256(&value),
            sends_tombstones: file.sends_tombstones,
            config: file.config.clone(),
        });
        // Last: with it the version counts as released.
        let (record, record_text) = (Releases::path(T::NAME), releases.to_text()?);
        let mut written: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        written.extend([docs::PATH.to_owned(), record.clone()]);
        if !self.dry_run {
            for (path, text) in &files {
                tree.write(path, text)?;
            }
            tree.write(docs::PATH, &docs::overview(tree)?)?;
            tree.write(&record, &record_text)?;
        }
        Ok(Released { assessment, version: Some(version), dry_run: self.dry_run, written })
    }
}

/// `topic.toml` with the new version.
fn topic_file(tree: &dyn Files, topic: &str, old: &str, new: &str) -> anyhow::Result<(String, String)> {
    let path = format!("topics/{topic}/topic.toml");
    let text = tree.read(&path)?.unwrap_or_default();
    let text = replace_once(&text, &format!("\nversion = \"{old}\""), &format!("\nversion = \"{new}\""))
        .with_context(|| format!("contracts/{path}: expected one line `version = \"{old}\"`"))?;
    Ok((path, text))
}

/// The source of the topic's type with the new version, where the sources are at hand.
fn rust_constant(
    tree: &WorkingCopy,
    topic: &str,
    old: &str,
    new: &str,
) -> anyhow::Result<Option<(String, String)>> {
    if old == new {
        return Ok(None);
    }
    let name = format!("NAME: &'static str = \"{topic}\"");
    let constant = |version: &str| format!("CONTRACT_VERSION: &'static str = \"{version}\"");
    for path in tree.list("../schema/src")? {
        let Some(text) = tree.read(&path).ok().flatten().filter(|text| text.contains(&name)) else {
            continue;
        };
        let text = replace_once(&text, &constant(old), &constant(new))
            .with_context(|| format!("{path}: expected one `{}`", constant(old)))?;
        return Ok(Some((path, text)));
    }
    bail!("schema/src has no file with `{name}`, whose CONTRACT_VERSION has to be {new}")
}

fn replace_once(text: &str, old: &str, new: &str) -> Option<String> {
    (text.matches(old).count() == 1).then(|| text.replace(old, new))
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
            finding.message,
            finding.rule,
            told.collect::<String>()
        );
    }
    if assessment.findings.is_empty() {
        entry.push_str("- The first version.\n");
    }
    Ok((path, format!("{title}\n{entry}{}{rest}", if rest.is_empty() { "" } else { "\n" })))
}
