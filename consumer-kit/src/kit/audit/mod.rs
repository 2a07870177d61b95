//! `audit`: whether the topics are as the contracts say.

mod finding;
mod ghosts;
mod junit;
mod report;
mod scan;
mod settings;
mod verify;

use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tiltak_schema::topic::TopicInfo;
use tiltak_schema::topics;

use self::finding::Finding;
use super::atomic_file::AtomicFile;
use super::cli::Audit as Arguments;
use super::cluster::Cluster;
use super::{Outcome, Session};

/// What was found on one topic.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TopicReport {
    /// The name on the broker.
    topic: String,
    /// The version of the contract that it was compared with.
    contract_version: &'static str,
    partitions: i32,
    /// Records in the log.
    records: u64,
    /// Keys with a value; a key with a value on two partitions is counted once.
    keys: usize,
    /// Keys whose last record is a tombstone.
    tombstones: usize,
    #[serde(skip)]
    findings: Vec<Finding>,
}

/// Everything that was found.
#[derive(Debug, Serialize)]
struct Report {
    topics: Vec<TopicReport>,
    /// Whether the topics were compared with each other.
    compared: bool,
}

impl Report {
    fn all(&self) -> impl Iterator<Item = &Finding> {
        self.topics.iter().flat_map(|topic| &topic.findings)
    }

    fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.all().filter(|it| !it.is_note)
    }

    fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.all().filter(|it| it.is_note)
    }
}

pub(super) fn run(arguments: &Arguments, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    // Told before the topics are read, if it cannot be written.
    let junit = arguments.junit.as_deref().map(AtomicFile::new).transpose()?;
    let cluster = Cluster::connect(&arguments.connect)?;
    let wanted: Vec<TopicInfo> = topics()
        .into_iter()
        .filter(|it| arguments.all || arguments.topics.iter().any(|name| name == it.name))
        .collect();
    for topic in &wanted {
        cluster.existing(topic.name)?;
    }
    let start = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let mut reports = Vec::new();
    let mut gjennomforinger = Vec::new();
    for topic in &wanted {
        let layout = cluster.existing(topic.name)?;
        let mut findings = settings::check(&cluster, topic, layout)?;
        let scanned = scan::scan(&cluster, topic, layout, arguments, session.interrupt)?;
        findings.extend(scanned.findings);
        reports.push(TopicReport {
            topic: cluster.topic(topic.name),
            contract_version: topic.contract_version,
            partitions: layout.partitions,
            records: scanned.records,
            keys: scanned.keys.values().filter(|it| it.is_alive).count(),
            tombstones: scanned.keys.values().filter(|it| !it.is_alive).count(),
            findings,
        });
        gjennomforinger.push((topic.name, scanned.keys));
    }
    if arguments.all {
        let names: Vec<String> = reports.iter().map(|it| it.topic.clone()).collect();
        for (index, finding) in ghosts::compare(&gjennomforinger, &names, start) {
            reports[index].findings.push(finding);
        }
    }
    let report = Report { topics: reports, compared: arguments.all };
    if let Some(mut file) = junit {
        junit::write(&report, &mut file)?;
        file.done()?;
    }
    if arguments.json {
        report::json(&report, session)?;
    } else {
        report::text(&report, arguments.limit, session)?;
    }
    Ok(Outcome::fine_if(report.findings().next().is_none()))
}
