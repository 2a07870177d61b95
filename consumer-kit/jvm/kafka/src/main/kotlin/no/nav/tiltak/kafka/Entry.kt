package no.nav.tiltak.kafka

/**
 * A row of a [CompactedTable]: the value that decides of a key, and where its record is.
 *
 * @property timestamp milliseconds since 1970, as the record has it
 */
public data class Entry<out V : Any>(
    public val value: V,
    public val partition: Int,
    public val offset: Long,
    public val timestamp: Long,
)

/** Why a row changed. */
public enum class Cause {
    /** A record with a value. */
    UPSERT,

    /** A tombstone. */
    TOMBSTONE,

    /** A record that cannot be decoded: the key has no value until one can. */
    UNDECODABLE,

    /** The partition was read anew, and has no record of the key any more. */
    SWEPT,
}

/**
 * A row that was shown is replaced, added or removed.
 *
 * @property old what was shown; null if nothing was
 * @property new what is shown now; null if nothing is
 * @property partition the partition of the record that brought it about
 * @property offset the offset of that record; of [Cause.SWEPT] the position of the partition
 */
public data class TableChange<out K : Any, out V : Any>(
    public val key: K,
    public val old: Entry<V>?,
    public val new: Entry<V>?,
    public val partition: Int,
    public val offset: Long,
    public val cause: Cause,
)
