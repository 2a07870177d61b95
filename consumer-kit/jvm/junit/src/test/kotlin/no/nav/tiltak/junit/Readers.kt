package no.nav.tiltak.junit

internal val TOPICS = listOf(
    "siste-tiltakstyper-v3",
    "siste-tiltaksgjennomforinger-v2",
    "arena-migrering-tiltaksgjennomforinger-v1",
    "datavarehus-tiltak-v1",
)

internal const val V2 = "siste-tiltaksgjennomforinger-v2"

/** Keeps the last value of each key as text, in the way that a right reader does. */
internal open class TextReader : TopicReader<String> {
    private val last = HashMap<String, HashMap<Int, TopicRecord>>()
    var restarts = 0

    override fun handle(record: TopicRecord) {
        last.getOrPut(record.key, ::HashMap)[record.partition] = record
    }

    override fun state(): Map<String, String> = buildMap {
        for ((key, ofKey) in last) {
            ofKey.values.maxWith(compareBy({ it.timestamp }, { it.partition })).value?.let { put(key, it) }
        }
    }

    override fun expected(value: String): String? = value

    override fun restarted() {
        restarts++
    }
}

/** Keeps what comes last, and of it only when the gjennomføring was changed: a text that a person can read. */
internal open class CarelessReader : TopicReader<String> {
    val rows = HashMap<String, String>()

    override fun handle(record: TopicRecord) {
        val value = record.value
        if (value == null) rows.remove(record.key) else rows[record.key] = expected(value)
    }

    override fun state(): Map<String, String> = rows

    override fun expected(value: String): String = CHANGED.find(value)?.groupValues?.get(1) ?: "never"

    private companion object {
        val CHANGED = Regex("\"oppdatertTidspunkt\":\"([^\"]*)\"")
    }
}
