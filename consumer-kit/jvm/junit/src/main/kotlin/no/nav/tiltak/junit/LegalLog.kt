package no.nav.tiltak.junit

/** A log that compaction may leave of a history, as one reader meets it. The parameter of a test with [LegalLogs]. */
public class LegalLog internal constructor(
    private val history: History,
    private val number: Long,
    /** The records in the order of their delivery; after each run but the last the reader is started again. */
    private val runs: List<List<TopicRecord>>,
    ghosts: List<TopicRecord>,
) : Checkable() {
    private val ghosts = ghosts.associateBy { it.key }

    /** The records in the order of their delivery, without the places where the reader is started again. */
    public val records: List<TopicRecord> get() = runs.flatten()

    /** The records that hold the last value of each key. */
    internal val truth: List<TopicRecord> get() = history.truth

    /** Topic, log and history. */
    override fun toString(): String = "${history.topic}, log $number of history ${history.number}"

    /**
     * Delivers the log to a new reader, and compares what it holds in the end with the last value of each key.
     *
     * @throws AssertionError if the reader fails on a record, if it holds something else for a key, or if it expects nothing
     * of any payload of the test's logs
     */
    public fun <T : Any> check(reader: TopicReader<T>) {
        isChecked = true
        history.logs.requireSomethingExpected(reader)
        runs.forEachIndexed { index, run ->
            if (index > 0) reader.restarted()
            for (record in run) {
                deliver(reader, record, "$this: ")
            }
        }
        val expected = truth.mapNotNull { record -> expected(reader, record)?.let { record.key to it } }.toMap()
        val held = reader.state()
        val differing = (expected.keys + held.keys).filter { key -> held[key] != expected[key] && !isGhost(reader, key, held) }
        if (differing.isNotEmpty()) {
            throw AssertionError(difference(reader, differing.sorted(), expected, held))
        }
    }

    /** Whether a removed key is held with the value that its reader got before the tombstone expired. */
    private fun <T : Any> isGhost(reader: TopicReader<T>, key: String, held: Map<String, T>): Boolean {
        val ghost = ghosts[key] ?: return false
        return held[key] == expected(reader, ghost)
    }

    private fun <T : Any> difference(
        reader: TopicReader<T>,
        differing: List<String>,
        expected: Map<String, T>,
        held: Map<String, T>,
    ) = buildString {
        val all = (expected.keys + held.keys).size
        append("${this@LegalLog}: ${differing.size} of $all keys ${if (differing.size == 1) "differs" else "differ"}")
        fun shown(value: T?) = if (value == null) "nothing" else shortened(reader.describe(value))
        for (key in differing.take(MOST_KEYS)) {
            append("\n  $key\n    expected  ${shown(expected[key])}\n    found     ${shown(held[key])}")
            val delivered = records.filter { it.key == key }
            delivered.takeLast(MOST_RECORDS).forEachIndexed { index, record ->
                val last = if (truth.any { it === record }) "  ← the last value" else ""
                append("\n    ${if (index == 0) "delivered " else "          "}${record.line()}$last")
            }
            if (delivered.isEmpty()) append("\n    delivered nothing")
        }
        if (differing.size > MOST_KEYS) append("\n  and ${differing.size - MOST_KEYS} more")
    }

    private companion object {
        const val MOST_KEYS = 5
        const val MOST_RECORDS = 6
    }
}

/** A history: its records, and those of them that hold the last value of each key. */
internal class History(
    val logs: LegalLogFile,
    val topic: String,
    val number: Long,
    val hasStaleValues: Boolean,
) {
    val records = HashMap<Place, TopicRecord>()
    var truth: List<TopicRecord> = emptyList()

    fun record(place: Place): TopicRecord = records[place] ?: throw IllegalArgumentException(
        "history $number has no record on partition ${place.partition}, offset ${place.offset}",
    )
}

/** The logs of a topic as `tiltak-kit logs` prints them. */
internal class LegalLogFile(private val topic: String) {
    private val histories = HashMap<Long, History>()
    private val logs = ArrayList<Pair<History, LegalLog>>()

    @Volatile
    private var isSomethingExpected = false

    init {
        Resource(topic, "logs.ndjson").objects { line ->
            when {
                "format" in line -> readFormat(line)
                "log" in line -> readLog(line)
                "truth" in line -> history(line).run { truth = line.places("truth").map(::record) }
                "offset" in line -> readRecord(line)
                else -> readHistory(line)
            }
        }
    }

    private fun readFormat(line: Fields) {
        val format = "${line.text("format")}/${line.number("version")}"
        require(format == FORMAT) { "expected $FORMAT and found $format: take the tiltak-junit of this tiltak-kit" }
    }

    private fun readHistory(line: Fields) {
        val number = line.number("history")
        histories[number] = History(this, topic, number, line.boolean("staleValues"))
    }

    private fun readRecord(line: Fields) {
        val place = Place(line.number("partition").toInt(), line.number("offset"))
        history(line).records[place] = TopicRecord(
            topic, place.partition, place.offset, line.number("timestamp"), line.text("key"), line.textOrNull("value"),
        )
    }

    private fun readLog(line: Fields) {
        val history = history(line)
        val runs = line.runs("runs").map { run -> run.map(history::record) }
        logs += history to LegalLog(history, line.number("log"), runs, line.places("ghosts").map(history::record))
    }

    private fun history(line: Fields): History {
        val number = line.number("history")
        return histories[number] ?: throw IllegalArgumentException("history $number has not begun")
    }

    /** So many logs: the first of each history, the second of each, and so on. */
    fun take(count: Int, withStaleValues: Boolean): List<LegalLog> {
        val chosen = logs.filter { (history, _) -> withStaleValues || !history.hasStaleValues }
        require(count in 1..chosen.size) { "@LegalLogs(count = $count): there are 1 to ${chosen.size} logs of $topic" }
        return chosen.groupBy({ (history, _) -> history }, { (_, log) -> log })
            .values
            .flatMap { ofHistory -> ofHistory.withIndex() }
            .sortedBy { it.index }
            .take(count)
            .map { it.value }
    }

    /** Refuses a reader that expects nothing of any payload: its test would compare nothing. */
    fun requireSomethingExpected(reader: TopicReader<*>) {
        isSomethingExpected = isSomethingExpected ||
            histories.values.any { history -> history.truth.any { expected(reader, it) != null } }
        if (!isSomethingExpected) {
            throw AssertionError("$topic: expected() is null for every payload: the test compares nothing")
        }
    }

    private companion object {
        const val FORMAT = "tiltak-logs/1"
    }
}
