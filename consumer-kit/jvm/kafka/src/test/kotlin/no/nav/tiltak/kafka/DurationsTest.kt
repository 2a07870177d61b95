package no.nav.tiltak.kafka

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Test
import java.time.Duration
import java.time.temporal.ChronoUnit
import kotlin.concurrent.thread

/** Durations that mean "for ever" to those who write them. No broker is there. */
class DurationsTest {
    @Test
    fun `the longest durations mean for ever`() {
        for (forever in listOf(Duration.ofMillis(Long.MAX_VALUE), ChronoUnit.FOREVER.duration)) {
            val settings = TableSettings(
                metadataRefreshInterval = forever,
                authorizationGrace = forever,
                tombstoneRetention = forever,
            )
            val client = mapOf("bootstrap.servers" to "localhost:1")
            val table = CompactedTable.start("my-topic", client, { String(it) }, { String(it) }, settings)
            assertEquals(TableState.Live, table.state())
            assertThrows(TableException.NotReady::class.java) { table.awaitReady(Duration.ZERO) }
            thread {
                Thread.sleep(200)
                table.close()
            }
            assertThrows(TableException.Closed::class.java) { table.awaitReady(forever) }
        }
    }
}
