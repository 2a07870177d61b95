package no.nav.tiltak.kafka

import java.time.Duration
import java.time.Instant

/**
 * How a [CompactedTable] reads.
 *
 * @property onUndecodable what is done with a record that cannot be decoded. Defaults to [OnUndecodable.Fail]
 * @property anyCleanupPolicy whether a topic may be read that is not (only) compacted: its records are deleted by age or
 *   size, so the table lacks keys. Defaults to false
 * @property metadataRefreshInterval how often the brokers are asked about the topic. A table is stale after three
 *   intervals without an answer. Defaults to 5 s
 * @property authorizationGrace how long the right to read may be missing before the table stops. Defaults to 5 min
 * @property tombstoneRetention how long the topic keeps tombstones. A partition that was not known to be complete for that
 *   long, since the brokers were away or the table was still reading, is read anew: a tombstone may have come and gone unseen.
 *   Defaults to the topic's `delete.retention.ms`, or to 24 hours, Kafka's default, if that may not be read
 */
public data class TableSettings @JvmOverloads constructor(
    public val onUndecodable: OnUndecodable = OnUndecodable.Fail,
    public val anyCleanupPolicy: Boolean = false,
    public val metadataRefreshInterval: Duration = Duration.ofSeconds(5),
    public val authorizationGrace: Duration = Duration.ofMinutes(5),
    public val tombstoneRetention: Duration? = null,
)

/**
 * What a table does with a record that cannot be decoded.
 *
 * Until a partition has caught up, only the last record of each key is decoded, because compaction may have removed the
 * others. From then on each record is.
 */
public sealed interface OnUndecodable {
    /** The table stops, with an error that names the record. What it held stays. */
    public data object Fail : OnUndecodable

    /**
     * The record is passed over, and [report] is told. Its key has no value until a record of it can be decoded, so the
     * table always equals one that is started anew; [CompactedTable.undecodable] has such keys.
     */
    public class Skip(public val report: (DecodeFailure) -> Unit) : OnUndecodable
}

/** Whether the brokers still serve a table. */
public sealed interface TableState {
    /** The brokers confirmed the position within the last refresh intervals. */
    public data object Live : TableState

    /**
     * The brokers have not confirmed the position for several refresh intervals. What the table holds may be out of date.
     *
     * @property since when they last confirmed it
     * @property reason why the last request failed
     */
    public data class Stale(public val since: Instant, public val reason: String) : TableState

    /** The table has stopped for good. What it held stays. */
    public data class Failed(public val error: TableException) : TableState
}
