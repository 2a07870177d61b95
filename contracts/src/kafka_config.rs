//! What a setting of a topic means for its readers.

/// What readers notice when a setting is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingEffect {
    /// Keys move to other partitions.
    Partitions,
    /// The topic keeps its records by another rule.
    CleanupPolicy,
    /// Records or tombstones are kept for another time.
    Retention,
    /// Nothing: it is between the producer, the brokers and those who run them.
    Operation,
}

/// The effect of a setting: `partitions`, `replication-factor`, or a topic configuration of Apache Kafka (2.0 to 4.3).
/// `None`: there is no such setting.
pub(crate) fn effect(name: &str) -> Option<SettingEffect> {
    Some(match name {
        "partitions" => SettingEffect::Partitions,
        "cleanup.policy" => SettingEffect::CleanupPolicy,
        "delete.retention.ms"
        | "local.retention.bytes"
        | "local.retention.ms"
        | "max.compaction.lag.ms"
        | "min.compaction.lag.ms"
        | "remote.log.delete.on.disable"
        | "retention.bytes"
        | "retention.ms" => SettingEffect::Retention,
        "compression.gzip.level"
        | "compression.lz4.level"
        | "compression.type"
        | "compression.zstd.level"
        | "file.delete.delay.ms"
        | "flush.messages"
        | "flush.ms"
        | "follower.replication.throttled.replicas"
        | "index.interval.bytes"
        | "leader.replication.throttled.replicas"
        | "max.message.bytes"
        | "message.downconversion.enable"
        | "message.format.version"
        | "message.timestamp.after.max.ms"
        | "message.timestamp.before.max.ms"
        | "message.timestamp.difference.max.ms"
        | "message.timestamp.type"
        | "min.cleanable.dirty.ratio"
        | "min.insync.replicas"
        | "preallocate"
        | "remote.log.copy.disable"
        | "remote.storage.enable"
        | "replication-factor"
        | "segment.bytes"
        | "segment.index.bytes"
        | "segment.jitter.ms"
        | "segment.ms"
        | "unclean.leader.election.enable" => SettingEffect::Operation,
        _ => return None,
    })
}
