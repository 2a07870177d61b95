package no.nav.tiltak.junit

import java.time.Instant

/**
 * A record as a consumer of the topic gets it.
 *
 * @property topic the topic's name, without prefix
 * @property partition the partition that the record comes from
 * @property offset the offset in the partition; the offsets of a log have gaps
 * @property timestamp when the record was written, in milliseconds since 1970
 * @property key the record key
 * @property value the payload's exact text; null is a tombstone
 */
public class TopicRecord(
    public val topic: String,
    public val partition: Int,
    public val offset: Long,
    public val timestamp: Long,
    public val key: String,
    public val value: String?,
) {
    /** Whether the key is removed. */
    public val isTombstone: Boolean get() = value == null

    /** Where the record stands, without its value. */
    override fun toString(): String = "$topic, partition $partition, offset $offset, key $key"

    internal fun line(): String {
        val kind = if (isTombstone) "tombstone" else "value"
        return "partition $partition, offset $offset, ${Instant.ofEpochMilli(timestamp)}, $kind"
    }
}
