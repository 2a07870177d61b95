package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.DecodeFailure
import no.nav.tiltak.kafka.Entry
import no.nav.tiltak.kafka.Lagging
import no.nav.tiltak.kafka.RecordPart
import no.nav.tiltak.kafka.Refusal
import no.nav.tiltak.kafka.TableChange
import no.nav.tiltak.kafka.TableException
import no.nav.tiltak.kafka.readOr
import java.nio.ByteBuffer
import java.nio.charset.StandardCharsets.UTF_8

/** How a table reads. */
internal class CoreConfig<K : Any, V : Any>(
    val topic: String,
    val brokers: String,
    val readKey: (ByteArray) -> K,
    val readValue: (ByteArray) -> V,
    val failsAtUndecodable: Boolean = true,
    val anyCleanupPolicy: Boolean = false,
    val refreshMs: Long = 5_000,
    val authorizationGraceMs: Long = 300_000,
    val tombstoneRetentionMs: Long? = null,
)

/** The rows that a table shows. [atomically] keeps those who copy them out while several are changed. */
internal class Rows<K : Any, V : Any>(
    val shown: MutableMap<K, Entry<V>> = HashMap(),
    val undecodable: MutableMap<K, DecodeFailure> = HashMap(),
    val atomically: (() -> Unit) -> Unit = { it() },
)

/**
 * What a table does, without a thread, a clock, a broker or a callback: [on] takes what happened and gives what is to be
 * done, in this order. The same inputs always give the same effects.
 *
 * A partition is first read up to a target, its bootstrap: of each key the last record is kept as bytes, and decoded
 * when the target is reached. From then on it is followed record by record. What cannot be gone on with is read anew,
 * while its rows stay; keys that are not met again are swept.
 *
 * - What is shown depends on the last record of each key in each partition alone ([LastRecords]).
 * - A partition is complete only if less than the retention of tombstones has passed since it was complete before:
 *   otherwise a tombstone may have come and gone unseen, and the partition is read anew.
 */
internal class TableCore<K : Any, V : Any>(private val config: CoreConfig<K, V>, private val rows: Rows<K, V>, now: Now) {
    private val last = LastRecords(rows.shown, rows.undecodable)
    private val partitions = sortedMapOf<Int, PartitionState<K>>()
    private var topicId: String? = null
    private var retentionMs = config.tombstoneRetentionMs ?: DEFAULT_RETENTION_MS
    private val liveness = Liveness(config.refreshMs, config.authorizationGraceMs, now)

    /** When the question was asked that is under way. */
    private var asked: Now? = null
    private var nextQuestion = now.moment
    private var nextForgetting = now.moment + FORGET_INTERVAL_MS

    /** When the brokers last refused to hand out records. */
    private var refusedAt: Long? = null

    /** The topic was missing, or the log ran backwards: it is another one, though its id may not say so. */
    private var isRecreated = false
    private var isAssigned = false
    private var hasFailed = false

    var isReady = false
        private set

    private val effects = ArrayList<Effect<K, V>>()

    /** Takes what happened, and gives what is to be done, in this order. */
    fun on(input: Input, now: Now): List<Effect<K, V>> {
        effects.clear()
        if (!hasFailed) {
            when (input) {
                is Input.Delivered -> deliver(input, now)
                is Input.Described -> describe(input.description, now)
                is Input.NotDescribed -> miss(input.error, now)
                is Input.Settings -> learn(input)
                is Input.OutOfRange -> halt(input.partitions, now)
                Input.Unauthorized -> refuse(now)
                is Input.Failed -> fail(input.error)
                Input.Tick -> Unit
            }
        }
        if (!hasFailed) complete(now)
        if (!hasFailed) ask(now)
        return effects.toList()
    }

    fun isStale(now: Now): Boolean = liveness.isStale(now)

    /** When the brokers last confirmed the position. */
    val confirmed: Now get() = liveness.confirmed

    val reason: String? get() = liveness.reason

    /** Why a partition that was read to its target is read once more; null when one was read in time since. */
    var overdue: String? = null
        private set

    val tombstones: Int get() = last.tombstones

    /** Records that are on the topic and not applied yet, by partition. */
    fun lag(): Map<Int, Long> = partitions.mapValues { it.value.lag }

    /** The partitions that have not come to their first target. */
    fun lagging(): List<Lagging> = partitions.filterValues { it.bootstrap != null }.map { (id, it) -> it.lagging(id) }

    // Reading

    private fun deliver(input: Input.Delivered, now: Now) {
        val followed = ArrayList<Pair<K, LastRecord<V>>>()
        for (record in input.records) {
            val it = partitions[record.partition] ?: continue
            if (it.isHalted || isRecreated) continue
            if (record.offset < it.position) {
                // The same assignment has delivered this offset: the log is another one, or was cut.
                isRecreated = true
                nextQuestion = now.moment
                continue
            }
            it.position = record.offset + 1
            val bootstrap = it.bootstrap
            if (bootstrap != null) bootstrap.take(record) else if (!follow(record, followed)) break
        }
        apply(followed)
        if (hasFailed || isRecreated) return
        for ((partition, position) in input.positions) {
            val it = partitions[partition] ?: continue
            if (!it.isHalted && position > it.position) it.position = position
        }
    }

    private fun Bootstrap<K>.take(record: RawRecord) {
        val key = record.key?.let { bytes -> readOr(config.readKey, bytes) { null } }
        when {
            key != null -> last[key] = record
            // Nothing of a key that cannot be read is shown, so its tombstone removes nothing.
            record.value == null -> unreadable.remove(unreadableKey(record))
            else -> unreadable[unreadableKey(record)] = record
        }
    }

    /** Decodes a record of a partition that is followed. False if the table stops at it. */
    private fun follow(record: RawRecord, followed: MutableList<Pair<K, LastRecord<V>>>): Boolean {
        var failure: DecodeFailure? = null
        val key = record.key?.let { bytes -> readOr(config.readKey, bytes) { failure = failure(record, RecordPart.KEY, it); null } }
        if (key == null) {
            if (record.value == null) return true
            return passOver(failure ?: noKey(record), followed)
        }
        val decoded = decode(record)
        followed += key to decoded
        return decoded.failure?.let { passOver(it, followed) } ?: true
    }

    /** Reports a record that cannot be decoded, or stops at it, with what came before applied. */
    private fun passOver(failure: DecodeFailure, followed: MutableList<Pair<K, LastRecord<V>>>): Boolean {
        if (config.failsAtUndecodable) {
            apply(followed)
            followed.clear()
            fail(TableException.Undecodable(failure))
            return false
        }
        effects += Effect.Report(failure)
        return true
    }

    private fun decode(record: RawRecord): LastRecord<V> {
        val (partition, offset, timestamp) = Triple(record.partition, record.offset, record.timestamp)
        val bytes = record.value ?: return LastRecord.tombstone(partition, offset, timestamp)
        val value = readOr(config.readValue, bytes) { return LastRecord.undecodable(timestamp, failure(record, RecordPart.VALUE, it)) }
        return LastRecord.value(Entry(value, partition, offset, timestamp))
    }

    private fun apply(records: List<Pair<K, LastRecord<V>>>) {
        if (records.isEmpty()) return
        val changes = ArrayList<TableChange<K, V>>()
        rows.atomically { for ((key, record) in records) last.put(key, record)?.let(changes::add) }
        if (changes.isNotEmpty()) effects += Effect.Changed(changes)
    }

    /** Shows the rows of each partition that has reached its target, and notes which partitions are complete. */
    private fun complete(now: Now) {
        val reached = partitions.filterValues { it.hasReachedTarget() }
        val overdue = sortedSetOf<Int>()
        for ((partition, it) in reached) {
            if (!it.complete(now.wall, retentionMs)) {
                overdue += partition
                continue
            }
            val bootstrap = it.bootstrap ?: continue
            it.bootstrap = null
            this.overdue = null
            show(partition, it.position, bootstrap)
            if (hasFailed) return
        }
        if (overdue.isNotEmpty()) {
            val why = "tombstones may have been removed before they were read, because a read took longer than the topic keeps " +
                "them, $retentionMs ms; if this repeats, raise delete.retention.ms of the topic"
            this.overdue = why
            readAnew(overdue, now.wall, why)
            assign()
        }
        if (!isReady && isAssigned && partitions.values.all { it.bootstrap == null }) {
            isReady = true
            effects += Effect.Ready
        }
    }

    /** Shows what a partition holds at its target. */
    private fun show(partition: Int, position: Long, bootstrap: Bootstrap<K>) {
        val failures = bootstrap.unreadable.values.map { record -> keyFailure(record) }.toMutableList()
        val seen = if (bootstrap.again) HashSet(bootstrap.last.keys) else emptySet()
        val decoded = ArrayList<Pair<K, LastRecord<V>>>(bootstrap.last.size)
        val pending = bootstrap.last.iterator()
        while (pending.hasNext()) {
            val (key, record) = pending.next()
            val it = decode(record)
            it.failure?.let(failures::add)
            decoded += key to it
            pending.remove()
        }
        val changes = ArrayList<TableChange<K, V>>(decoded.size)
        rows.atomically {
            for ((key, record) in decoded) last.put(key, record)?.let(changes::add)
            if (bootstrap.again) changes += last.sweep(partition, position, seen::contains)
        }
        changes.sortBy { it.offset }
        if (changes.isNotEmpty()) effects += Effect.Changed(changes)
        failures.sortBy { it.offset }
        when {
            failures.isEmpty() -> Unit
            config.failsAtUndecodable -> fail(TableException.Undecodable(failures.first()))
            else -> failures.mapTo(effects) { Effect.Report(it) }
        }
    }

    private fun keyFailure(record: RawRecord): DecodeFailure {
        val bytes = record.key ?: return noKey(record)
        readOr(config.readKey, bytes) { return failure(record, RecordPart.KEY, it) }
        return failure(record, RecordPart.KEY, Refusal(null, "it could not be read before", emptyArray()))
    }

    private fun noKey(record: RawRecord) = failure(record, RecordPart.KEY, Refusal(null, "expected a key, found none", emptyArray()))

    private fun failure(record: RawRecord, part: RecordPart, refusal: Refusal) =
        DecodeFailure(config.topic, record.partition, record.offset, record.key?.let { String(it, UTF_8) }, part, refusal.pointer, refusal.problem)

    /** Records without a key are each a key of their own. */
    private fun unreadableKey(record: RawRecord): ByteBuffer =
        record.key?.let(ByteBuffer::wrap) ?: ByteBuffer.allocate(Long.SIZE_BYTES + 1).putLong(0, record.offset)

    // What the brokers say

    private fun describe(description: TopicDescription, now: Now) {
        val asked = asked ?: now
        this.asked = null
        nextQuestion = now.moment + refreshMs()
        confirm(asked, now)
        if (hasFailed) return

        val marks = description.watermarks
        val isCut = partitions.any { (id, it) -> marks[id]?.let(it::isCut) == true }
        val isOther = isRecreated || isCut || topicId?.let { it != description.topicId } == true
        topicId = description.topicId
        isRecreated = false

        val gone = partitions.keys.filter { it !in marks }
        gone.forEach(::drop)
        val added = marks.keys.filter { it !in partitions }
        val again = sortedSetOf<Int>()
        for ((partition, it) in partitions) {
            val mark = marks.getValue(partition)
            if (isOther || it.isHalted || it.position < mark.logStart) again += partition
            it.describe(mark, asked.wall)
        }
        if (!last.remembersTombstones && partitions.size + added.size > 1) {
            // The tombstones of the one partition were not remembered, and a key may have moved to another one.
            again += partitions.keys
            last.remembersTombstones = true
        }
        readAnew(again, asked.wall, if (isOther) "the topic was made anew, or its log was cut" else "its log begins later now, or has a new partition beside it")
        for (partition in added) partitions[partition] = PartitionState(marks.getValue(partition), asked.wall, again = false)
        if (again.isNotEmpty() || added.isNotEmpty() || gone.isNotEmpty()) assign()
        forget(now)
    }

    /** Begins partitions from the start of their logs. Their rows stay until they are read. */
    private fun readAnew(again: Set<Int>, askedWall: Long, why: String) {
        if (again.isEmpty()) return
        for (partition in again) partitions.getValue(partition).let { it.readAnew(it.marks, askedWall) }
        effects += Effect.ReadAnew(again.toSet(), why)
    }

    private fun drop(partition: Int) {
        val it = partitions.remove(partition) ?: return
        var swept: List<TableChange<K, V>> = emptyList()
        rows.atomically { swept = last.sweep(partition, it.position) { false } }
        if (swept.isNotEmpty()) effects += Effect.Changed(swept)
    }

    private fun assign() {
        isAssigned = true
        effects += Effect.Assign(partitions.filterValues { !it.isHalted }.mapValues { it.value.position })
    }

    private fun learn(settings: Input.Settings) {
        if (config.tombstoneRetentionMs == null) retentionMs = maxOf(settings.deleteRetentionMs, SHORTEST_RETENTION_MS)
        nextQuestion = minOf(nextQuestion, (asked?.moment ?: liveness.confirmed.moment) + refreshMs())
        if (settings.cleanupPolicy != "compact" && !config.anyCleanupPolicy) {
            fail(TableException.NotCompacted(config.topic, settings.cleanupPolicy))
        }
    }

    /** Records cannot be had at these positions. The partitions are read anew when the brokers have told where they begin. */
    private fun halt(outOfRange: Set<Int>, now: Now) {
        for (partition in outOfRange) partitions[partition]?.isHalted = true
        nextQuestion = now.moment
        assign()
    }

    /** The brokers answered. That confirms the position only if they hand out records too. */
    private fun confirm(asked: Now, now: Now) {
        val refusedAt = refusedAt
        if (refusedAt != null && asked.moment - refusedAt < REFUSAL_LASTS_MS) {
            return countRefusal(now)
        }
        this.refusedAt = null
        liveness.confirm(now)?.let { effects += Effect.Log(it) }
    }

    private fun refuse(now: Now) {
        refusedAt = now.moment
        countRefusal(now)
    }

    private fun countRefusal(now: Now) {
        val error = TableException.Forbidden(config.topic, config.brokers)
        if (liveness.fail(now, error.message.orEmpty(), isUnauthorized = true)) fail(error)
    }

    /** The brokers did not answer, or refused. */
    private fun miss(error: TableException, now: Now) {
        asked = null
        nextQuestion = now.moment + refreshMs()
        val isRefusal = error is TableException.Forbidden
        val isMissing = error is TableException.MissingTopic
        if (partitions.isEmpty() && (isRefusal || isMissing)) return fail(error)
        // Should it be there again, it is another one.
        isRecreated = isRecreated || isMissing
        if (liveness.fail(now, error.message.orEmpty(), isRefusal)) fail(error)
    }

    private fun ask(now: Now) {
        liveness.tick(now)?.let { effects += Effect.Log(it) }
        if (asked == null && now.moment >= nextQuestion) {
            asked = now
            partitions.values.forEach { it.positionWhenAsked = it.position }
            effects += Effect.Describe
        }
    }

    private fun forget(now: Now) {
        if (now.moment < nextForgetting || partitions.values.any { it.bootstrap != null }) return
        nextForgetting = now.moment + FORGET_INTERVAL_MS
        last.forgetTombstones(now.wall - retentionMs)
    }

    /** A cut-off must be noticed before tombstones may be gone. */
    private fun refreshMs() = minOf(config.refreshMs, retentionMs / 4)

    private fun fail(error: TableException) {
        hasFailed = true
        effects += Effect.Fail(error)
    }
}

/** The retention of tombstones if the topic's own cannot be read. Kafka's default. */
private const val DEFAULT_RETENTION_MS = 86_400_000L

/** No cleaner removes a tombstone sooner than that, whatever the topic's setting. */
private const val SHORTEST_RETENTION_MS = 200L

/** How often tombstones that no longer matter are looked for. */
internal const val FORGET_INTERVAL_MS = 60_000L

/** A client that is refused is told so again within this time. */
internal const val REFUSAL_LASTS_MS = 2_000L
