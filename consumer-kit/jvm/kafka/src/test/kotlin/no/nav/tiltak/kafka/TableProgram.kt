package no.nav.tiltak.kafka

import java.time.Duration
import java.util.HexFormat

/**
 * A table that is driven by another program: `TableProgram <topic>`, with `KAFKA_BROKERS` and, for TLS, the variables of
 * nais.
 *
 * It takes a command a line, and ends each answer with a line `.`: `ready <seconds>`, `state`, `lag`, `told` (whether a
 * listener was told just what is there), `export` (key, value, partition and offset of each row, the bytes in
 * hexadecimal), `throw` (a listener throws at the next change). It ends at the end of its input.
 */
fun main(arguments: Array<String>) {
    val client = if (System.getenv("KAFKA_CA_PATH") == null) {
        mapOf("bootstrap.servers" to System.getenv("KAFKA_BROKERS"))
    } else {
        NaisKafka.clientSettings()
    }
    val hex = HexFormat.of()
    val settings = TableSettings(
        metadataRefreshInterval = Duration.ofMillis(300),
        authorizationGrace = Duration.ofSeconds(4),
    )
    CompactedTable.start(arguments[0], client, { hex.formatHex(it) }, { hex.formatHex(it) }, settings).use { table ->
        // What a listener holds who was never told a wrong change.
        val told = HashMap<String, Entry<String>>()
        var wrong = 0
        table.onChange { change ->
            synchronized(told) {
                if (told[change.key] != change.old) wrong++
                change.new?.let { told[change.key] = it } ?: told.remove(change.key)
            }
        }
        for (line in generateSequence(::readlnOrNull)) {
            val words = line.split(" ")
            when (words[0]) {
                "ready" -> println(answer { table.awaitReady(Duration.ofSeconds(words[1].toLong())) })
                "state" -> println(state(table))
                "lag" -> println(table.lag().values.sum())
                "told" -> println(synchronized(told) { if (wrong == 0 && told == table.snapshot()) "the same" else "$wrong wrong, ${told.size} rows" })
                "throw" -> table.onChange { error("as it was told to") }
                "export" -> table.snapshot().forEach { (key, row) -> println("$key ${row.value} ${row.partition} ${row.offset}") }
                else -> println("unknown: $line")
            }
            println(".")
        }
    }
}

private fun answer(call: () -> Unit): String = try {
    call()
    "ok"
} catch (exception: TableException) {
    "${exception.javaClass.simpleName}: ${exception.message}"
}

private fun state(table: CompactedTable<*, *>): String = when (val state = table.state()) {
    TableState.Live -> "live"
    is TableState.Stale -> "stale since ${state.since}: ${state.reason}"
    is TableState.Failed -> "failed: ${state.error.message}"
}
