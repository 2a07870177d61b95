package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.Cause
import no.nav.tiltak.kafka.DecodeFailure
import no.nav.tiltak.kafka.Entry
import no.nav.tiltak.kafka.TableChange

/** The last record of a key in a partition: a value, a tombstone, or a record that cannot be decoded. */
internal class LastRecord<V : Any> private constructor(
    val partition: Int,
    val offset: Long,
    val timestamp: Long,
    val entry: Entry<V>?,
    val failure: DecodeFailure?,
) {
    val isTombstone: Boolean get() = entry == null && failure == null

    val cause: Cause
        get() = when {
            entry != null -> Cause.UPSERT
            failure != null -> Cause.UNDECODABLE
            else -> Cause.TOMBSTONE
        }

    companion object {
        fun <V : Any> value(entry: Entry<V>) = LastRecord(entry.partition, entry.offset, entry.timestamp, entry, null)

        fun <V : Any> tombstone(partition: Int, offset: Long, timestamp: Long) =
            LastRecord<V>(partition, offset, timestamp, null, null)

        fun <V : Any> undecodable(timestamp: Long, failure: DecodeFailure) =
            LastRecord<V>(failure.partition, failure.offset, timestamp, null, failure)

        /** Decides between partitions. */
        val RECENCY: Comparator<LastRecord<*>> = compareBy<LastRecord<*>> { it.timestamp }.thenBy { it.partition }
    }
}

/**
 * The last record of each key in each partition, and which of them a table shows.
 *
 * Within a partition the last offset decides, whatever its timestamp says. Between partitions the last records of each
 * are compared, and the greatest (timestamp, partition) decides. A tombstone or an undecodable record decides like any
 * other. So what is shown depends on the logs alone, and never on the order in which partitions are read.
 *
 * @property rows what is shown: the value that decides, of each key that has one
 */
internal class LastRecords<K : Any, V : Any>(
    private val rows: MutableMap<K, Entry<V>>,
    private val undecodable: MutableMap<K, DecodeFailure>,
) {
    /**
     * The last records that are not shown: of a key with records in several partitions those that do not decide, and
     * tombstones and undecodable records that do.
     */
    private val hidden = HashMap<K, MutableList<LastRecord<V>>>()

    /** Whether another partition may have an older value of a key, so that a tombstone has to be remembered. */
    var remembersTombstones = false

    val tombstones: Int get() = hidden.values.sumOf { records -> records.count { it.isTombstone } }

    /** The key has this last record in its partition now. */
    fun put(key: K, record: LastRecord<V>): TableChange<K, V>? =
        replace(key, record.partition, record, record.offset)

    /** Removes the last records of a partition whose keys were not seen when it was read anew up to this position. */
    fun sweep(partition: Int, position: Long, isSeen: (K) -> Boolean): List<TableChange<K, V>> {
        val shown = rows.entries.filter { it.value.partition == partition }.map { it.key }
        val others = hidden.entries.filter { (_, records) -> records.any { it.partition == partition } }.map { it.key }
        val gone = (shown + others).filterNot(isSeen).distinct()
        return gone.mapNotNull { replace(it, partition, null, position) }
    }

    /**
     * Forgets tombstones that no record still to come can contradict: those before [horizon] (milliseconds since 1970),
     * and the oldest of more than [most]. Older values that they hide are forgotten with them, so that nothing comes back.
     */
    fun forgetTombstones(horizon: Long, most: Int = MOST_TOMBSTONES) {
        var before = horizon
        val timestamps = hidden.values.flatMap { records -> records.filter { it.isTombstone }.map { it.timestamp } }
        if (timestamps.size > most) {
            before = maxOf(before, timestamps.sorted()[timestamps.size - most / 4 * 3])
        }
        hidden.values.removeIf { records ->
            val old = records.filter { it.isTombstone && it.timestamp < before }
            val youngest = old.maxWithOrNull(LastRecord.RECENCY)
            if (youngest != null) records.removeIf { LastRecord.RECENCY.compare(it, youngest) <= 0 }
            records.isEmpty()
        }
    }

    /** Puts a record, or none, in the place of the key's last record in a partition. */
    private fun replace(key: K, partition: Int, record: LastRecord<V>?, offset: Long): TableChange<K, V>? {
        val shown = rows[key]
        val records = hidden.remove(key) ?: ArrayList(1)
        records.removeIf { it.partition == partition }
        if (shown != null && shown.partition != partition) records += LastRecord.value(shown)
        if (record != null) records += record
        val deciding = records.maxWithOrNull(LastRecord.RECENCY)
        if (deciding?.entry != null) records -= deciding
        if (!remembersTombstones) records.removeIf { it.isTombstone }
        if (records.isNotEmpty()) hidden[key] = records

        val failure = deciding?.failure
        if (failure != null) undecodable[key] = failure else undecodable.remove(key)
        val new = deciding?.entry
        if (new != null) rows[key] = new else rows.remove(key)
        if (shown == new) return null
        return TableChange(key, shown, new, partition, offset, if (record == null) Cause.SWEPT else deciding?.cause ?: Cause.SWEPT)
    }
}

/** More tombstones than this are not remembered: the oldest are forgotten first. About 10 MB. */
internal const val MOST_TOMBSTONES = 100_000
