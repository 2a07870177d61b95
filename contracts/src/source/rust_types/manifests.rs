//! `manifests`: the topics as resources of nais, `kafka.nais.io/v1` Topic, with settings and access.
//!
//! The fields are those of nais' reference of the Topic resource.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, ensure};
use serde::Deserialize;

use super::super::contract_source::Manifest;
use crate::reader::{Declaration, Declarations};
use crate::topic_file::KafkaConfig;
use crate::tree::Files;

/// Where it stands below `contracts/` what the contracts do not say. Without the file there are no manifests.
const PATH: &str = "nais.toml";
/// The folder of the manifests, below `contracts/`.
const FOLDER: &str = "../producer/nais/topics";
const HOUR_MS: u64 = 60 * 60 * 1000;

/// `nais.toml`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Nais {
    pool: String,
    application: String,
    teams: BTreeMap<String, String>,
    #[serde(default)]
    own_topics: Vec<OwnTopic>,
    /// Further environments besides that of `pool`.
    #[serde(default)]
    environments: Vec<Environment>,
}

/// An environment: its pool, and who reads there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Environment {
    /// The folder of the environment's manifests, below that of the first environment; empty for the first.
    name: String,
    pool: String,
    /// Applications that read only in this environment, by topic.
    #[serde(default)]
    also: BTreeMap<String, Vec<String>>,
    /// Applications that do not run in this environment.
    #[serde(default)]
    without: Vec<String>,
}

/// A topic of the application alone.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct OwnTopic {
    topic: String,
    owner: String,
    partitions: i32,
    replication_factor: i32,
    settings: BTreeMap<String, String>,
}

/// The manifest of each topic in each environment.
///
/// # Errors
/// A `topic.toml` or `nais.toml` that is malformed, a reader whose team is not in `nais.toml`, a setting that a manifest
/// cannot say.
pub(super) fn all(files: &dyn Files) -> anyhow::Result<Vec<Manifest>> {
    let Some(text) = files.read(PATH)? else { return Ok(Vec::new()) };
    let nais: Nais = toml::from_str(&text).with_context(|| format!("contracts/{PATH}: malformed"))?;
    let readers = {
        let topics = tiltak_schema::topics().map(|topic| topic.name.to_owned());
        Declarations::load(files, &topics)?
    };
    let first = Environment { pool: nais.pool.clone(), ..Environment::default() };
    ensure!(
        nais.environments.iter().all(|it| !it.name.is_empty()),
        "contracts/{PATH}: an environment without a name"
    );
    let mut manifests = Vec::new();
    for environment in std::iter::once(&first).chain(&nais.environments) {
        let name = &environment.name;
        ensure!(name.bytes().all(is_of_name), "contracts/{PATH}: {name:?} is no name of an environment");
        manifests.extend(of_environment(files, &nais, environment, &readers)?);
    }
    Ok(manifests)
}

fn of_environment(
    files: &dyn Files,
    nais: &Nais,
    environment: &Environment,
    readers: &Declarations,
) -> anyhow::Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for topic in tiltak_schema::topics() {
        let file = files.topic_file(topic.name)?;
        let mut acl = vec![(nais.application.as_str(), file.owner.as_str(), "write")];
        let mut apps: BTreeSet<&str> = file.readers.iter().map(String::as_str).collect();
        // Also those that may read it and do not.
        apps.extend(readers.readers().iter().filter(|it| reads(it, topic.name)).map(|it| it.app.as_str()));
        apps.extend(environment.also.get(topic.name).into_iter().flatten().map(String::as_str));
        apps.retain(|app| !environment.without.iter().any(|other| other == app));
        for app in apps {
            let team = nais.teams.get(app).with_context(|| {
                format!(
                    "contracts/{PATH}: no team of {app}, which reads {}; add it under [teams]",
                    topic.name
                )
            })?;
            acl.push((app, team, "read"));
        }
        manifests.push(manifest(environment, topic.name, &file.owner, &file.config, &acl)?);
    }
    for OwnTopic { topic, owner, partitions, replication_factor, settings } in &nais.own_topics {
        let config = KafkaConfig {
            partitions: *partitions,
            replication_factor: *replication_factor,
            settings: settings.clone(),
        };
        let acl = [(nais.application.as_str(), owner.as_str(), "readwrite")];
        manifests.push(manifest(environment, topic, owner, &config, &acl)?);
    }
    Ok(manifests)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

fn reads(reader: &Declaration, topic: &str) -> bool {
    reader.granted.iter().any(|granted| granted == topic)
        || reader.topics.iter().any(|reading| reading.topic == topic)
}

fn manifest(
    environment: &Environment,
    topic: &str,
    owner: &str,
    config: &KafkaConfig,
    acl: &[(&str, &str, &str)],
) -> anyhow::Result<Manifest> {
    let names = acl.iter().flat_map(|(application, team, _)| [*application, *team]);
    for name in names.chain([topic, owner, environment.pool.as_str()]) {
        ensure!(
            !name.is_empty() && name.bytes().all(is_of_name),
            "{topic}: {name:?} is no name on nais: expected lower-case letters, digits and -"
        );
    }
    let mut text = format!(
        "# Made by `cargo contracts generate` from topic.toml, the readers' declarations and nais.toml. Change those.
apiVersion: kafka.nais.io/v1
kind: Topic
metadata:
  name: {topic}
  namespace: {owner}
  labels:
    team: {owner}
spec:
  pool: {}
  config:
    partitions: {}
    replication: {}
",
        environment.pool, config.partitions, config.replication_factor
    );
    for (name, value) in &config.settings {
        let (field, value) = setting(name, value)
            .with_context(|| format!("{topic}: a manifest cannot say {name}={value}, or not like this"))?;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {field}: {value}");
    }
    text.push_str("  acl:\n");
    for (application, team, access) in acl {
        let _ =
            writeln!(text, "    - team: {team}\n      application: {application}\n      access: {access}");
    }
    let folder = match environment.name.as_str() {
        "" => FOLDER.to_owned(),
        name => format!("{FOLDER}/{name}"),
    };
    Ok(Manifest { path: format!("{folder}/{topic}.yaml"), text })
}

/// A topic setting by its Kafka name, as a field of `spec.config`.
fn setting(name: &str, value: &str) -> Option<(&'static str, String)> {
    let number = || value.parse::<u64>().ok();
    let hours = || number().filter(|ms| ms % HOUR_MS == 0).map(|ms| (ms / HOUR_MS).to_string());
    let plain = || number().map(|number| number.to_string());
    Some(match name {
        "cleanup.policy" => {
            let policy = matches!(value, "compact" | "delete" | "compact,delete");
            ("cleanupPolicy", policy.then(|| value.to_owned())?)
        }
        "delete.retention.ms" => ("deleteRetentionHours", hours()?),
        "max.compaction.lag.ms" => ("maxCompactionLagMs", plain()?),
        "max.message.bytes" => ("maxMessageBytes", plain()?),
        "min.cleanable.dirty.ratio" => {
            let ratio = value.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio))?;
            ("minCleanableDirtyRatioPercent", format!("{:.0}%", ratio * 100.0))
        }
        "min.compaction.lag.ms" => ("minCompactionLagMs", plain()?),
        "min.insync.replicas" => ("minimumInSyncReplicas", plain()?),
        "retention.bytes" => ("retentionBytes", plain()?),
        "retention.ms" => ("retentionHours", hours()?),
        "segment.ms" => ("segmentHours", hours()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_become_fields_of_the_manifest_with_its_units() {
        let said = |name, value| setting(name, value).map(|(field, value)| format!("{field}: {value}"));
        assert_eq!(said("retention.ms", "2419200000").unwrap(), "retentionHours: 672");
        assert_eq!(said("min.compaction.lag.ms", "1209600000").unwrap(), "minCompactionLagMs: 1209600000");
        assert_eq!(said("min.cleanable.dirty.ratio", "0.1").unwrap(), "minCleanableDirtyRatioPercent: 10%");
        assert_eq!(said("cleanup.policy", "compact").unwrap(), "cleanupPolicy: compact");
    }

    #[test]
    fn what_a_manifest_cannot_say_is_not_left_out() {
        // Half an hour, another spelling, no field.
        for (name, value) in
            [("retention.ms", "1800000"), ("cleanup.policy", "both"), ("segment.bytes", "1048576")]
        {
            assert_eq!(setting(name, value), None, "{name}={value}");
        }
    }
}
