//! The comparison of a topic's settings with its contract.

use rdkafka::admin::ConfigSource;
use tiltak_schema::topic::TopicInfo;

use super::super::cluster::{Cluster, Expected, TopicLayout};
use super::finding::{Check, Finding};

pub(super) fn check(
    cluster: &Cluster,
    topic: &TopicInfo,
    layout: TopicLayout,
) -> anyhow::Result<Vec<Finding>> {
    let name = cluster.topic(topic.name);
    let finding = |rule, message: String| Finding::new(Check::Settings, rule, &name, message);
    let expected = Expected::of(topic, cluster.broker_count());
    let mut findings = Vec::new();
    if layout.partitions != topic.config.partitions {
        let (wanted, found) = (topic.config.partitions, layout.partitions);
        let message = format!(
            "expected {wanted} partitions, found {found}: keys are on other partitions than the contract's"
        );
        findings.push(finding("partitions-differ", message));
    }
    if layout.replicas < expected.replicas {
        let message =
            format!("expected {} replicas of each partition, found {}", expected.replicas, layout.replicas);
        findings.push(finding("replicas-differ", message));
    }
    let Some(settings) = cluster.settings(topic.name)? else {
        let message =
            "the settings may not be asked for: this user has no right to describe the topic's configuration";
        findings.push(finding("settings-unknown", message.to_owned()).note());
        return Ok(findings);
    };
    for (setting, wanted) in &expected.settings {
        let found = settings.iter().find(|it| it.name == *setting).and_then(|it| it.value.as_deref());
        if found != Some(wanted) {
            let message = format!("{setting}: expected {wanted}, found {}", found.unwrap_or("nothing"));
            findings.push(finding("setting-differs", message));
        }
    }
    let others = settings.iter().filter(|it| {
        it.source == ConfigSource::DynamicTopic
            && expected.settings.iter().all(|(setting, _)| it.name != *setting)
    });
    for it in others {
        let message = format!(
            "{}={} is set on the topic, the contract does not say so",
            it.name,
            it.value.as_deref().unwrap_or_default()
        );
        findings.push(finding("setting-besides", message).note());
    }
    Ok(findings)
}
