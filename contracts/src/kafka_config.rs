//! The effect of topic settings on readers.

/// What readers notice when a setting changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SettingEffect {
    /// Keys move to other partitions.
    Partitions,
    /// The broker cleans the log in another way.
    CleanupPolicy,
    /// Records or tombstones are retained for another time.
    Retention,
    /// Readers notice nothing: the setting concerns producer, brokers and operators.
    Operation,
}

/// The effect of a setting: `partitions`, `replication-factor`, or a topic configuration of Apache Kafka (2.0 to
/// 4.3). `None` if Kafka has no such setting.
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
