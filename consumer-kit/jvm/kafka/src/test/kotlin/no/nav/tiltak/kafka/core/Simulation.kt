package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.TableException
import kotlin.random.Random

/** What is read in these tests: a value that begins with `!` cannot be decoded, nor can such a key. */
internal fun read(bytes: ByteArray): String = String(bytes).also { require(!it.startsWith("!")) { "a payload: $it" } }

internal fun config(failsAtUndecodable: Boolean = false, anyCleanupPolicy: Boolean = false, tombstoneRetentionMs: Long? = null) =
    CoreConfig("my-topic", "localhost:9092", ::read, ::read, failsAtUndecodable, anyCleanupPolicy, tombstoneRetentionMs = tombstoneRetentionMs)

/** A record of the simulated topic. */
internal data class Simulated(val partition: Int, val offset: Long, val timestamp: Long, val key: String, val value: String?)

internal class SimulatedTopic(partitions: Int) {
    var id = "id-1"
    var exists = true
    val records = ArrayList<Simulated>()
    val starts = MutableList(partitions) { 0L }
    val ends = MutableList(partitions) { 0L }

    val partitions get() = ends.size

    fun append(partition: Int, key: String, value: String?, timestamp: Long) {
        records += Simulated(partition, ends[partition]++, timestamp, key, value)
    }

    /** A transaction marker, or a record that was removed without one after it: an offset without a record. */
    fun gap(partition: Int) {
        ends[partition]++
    }

    fun marks() = ends.indices.associateWith { Watermarks(starts[it], ends[it], ends[it]) }

    fun description() = TopicDescription(id, marks())

    /** What [seen] is told: the records of a partition from an offset on, and its next position. */
    fun poll(partition: Int, position: Long, most: Int): Pair<List<RawRecord>, Long> {
        val next = records.filter { it.partition == partition && it.offset >= position }.sortedBy { it.offset }
        val taken = next.take(most)
        val end = if (taken.size == next.size) ends[partition] else taken.last().offset + 1
        return taken.map { it.raw() } to end
    }

    private fun Simulated.raw() = RawRecord(partition, offset, timestamp, key.toByteArray(), value?.toByteArray())

    /** Removes a share of the records that a later one of their key and partition makes superfluous. */
    fun compact(random: Random) {
        records.removeIf { old -> random.nextBoolean() && records.any { it.supersedes(old) } }
    }

    /** Removes tombstones before a time, where no other partition has a record of the key that they hide. */
    fun expireTombstones(before: Long) {
        records.removeIf { old ->
            old.value == null && old.timestamp < before &&
                records.none { it.supersedes(old) || old.supersedes(it) || (it.key == old.key && it.partition != old.partition) }
        }
    }

    private fun Simulated.supersedes(old: Simulated) = key == old.key && partition == old.partition && offset > old.offset

    /**
     * What the logs say, written without the code under test: a record is shown if it has a value that can be decoded,
     * is the last of its key in its partition, and no last record of another partition is more recent.
     */
    fun truth(): Map<String, String> = records
        .filter { record -> records.none { it.supersedes(record) } }
        .groupBy { it.key }
        .mapNotNull { (key, lasts) ->
            val deciding = lasts.single { one -> lasts.none { it.timestamp > one.timestamp || (it.timestamp == one.timestamp && it.partition > one.partition) } }
            deciding.value?.takeUnless { it.startsWith("!") }?.let { key to it }
        }
        .toMap()
}

/** A core with what stands around it, without a thread: a topic, a clock and a consumer. */
internal class Driver(val topic: SimulatedTopic, config: CoreConfig<String, String> = config()) {
    var moment = 0L
    private val wallStart = 1_000_000_000L
    val wall get() = wallStart + moment
    val rows = Rows<String, String>()
    val core = TableCore(config, rows, now())
    val effects = ArrayList<Effect<String, String>>()
    val assigned = sortedMapOf<Int, Long>()
    private var question: TopicDescription? = null
    private var isAsked = false

    fun now() = Now(moment, wall)

    fun shown(): Map<String, String> = rows.shown.mapValues { it.value.value }

    val isReady get() = core.isReady
    val failure get() = effects.filterIsInstance<Effect.Fail>().firstOrNull()?.error

    fun on(input: Input) {
        for (effect in core.on(input, now())) {
            effects += effect
            when (effect) {
                is Effect.Assign -> {
                    assigned.clear()
                    assigned += effect.positions
                }
                Effect.Describe -> {
                    isAsked = true
                    question = if (topic.exists) topic.description() else null
                }
                else -> Unit
            }
        }
    }

    /** Answers a question that is open: as it was when it was asked, or as it is now. */
    fun answer(asWhenAsked: Boolean = false) {
        if (!isAsked) return
        isAsked = false
        val description = if (asWhenAsked && topic.exists) question else if (topic.exists) topic.description() else null
        on(description?.let { Input.Described(it) } ?: Input.NotDescribed(TableException.MissingTopic("my-topic", "localhost:9092")))
    }

    /** Delivers up to so many records of each of these partitions, in the order of the partitions. */
    fun poll(partitions: Collection<Int> = assigned.keys.toList(), most: Int = Int.MAX_VALUE) {
        val records = ArrayList<RawRecord>()
        for (partition in partitions) {
            val position = assigned[partition] ?: continue
            if (partition >= topic.partitions || position !in topic.starts[partition]..topic.ends[partition]) {
                if (partition < topic.partitions) return on(Input.OutOfRange(setOf(partition)))
                continue
            }
            val (some, next) = topic.poll(partition, position, most)
            records += some
            assigned[partition] = next
        }
        on(Input.Delivered(records, assigned.toMap()))
    }

    fun refresh() {
        moment += 5_000
        on(Input.Tick)
        answer()
    }

    /** Goes on until everything is read. */
    fun settle() {
        repeat(4) {
            refresh()
            poll()
            poll()
        }
    }
}
