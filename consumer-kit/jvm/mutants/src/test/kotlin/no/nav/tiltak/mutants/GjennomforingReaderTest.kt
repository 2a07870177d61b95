package no.nav.tiltak.mutants

import no.nav.tiltak.junit.Fixtures
import no.nav.tiltak.junit.Flawed
import no.nav.tiltak.junit.FlawedRecord
import no.nav.tiltak.junit.Later
import no.nav.tiltak.junit.LaterRecord
import no.nav.tiltak.junit.LegalLog
import no.nav.tiltak.junit.LegalLogs
import no.nav.tiltak.junit.TopicReader
import no.nav.tiltak.junit.TopicRecord
import org.junit.jupiter.api.Assertions.assertEquals

/** The tests without a broker, as a team writes them. */
class GjennomforingReaderTest {
    @LegalLogs(TOPIC)
    fun `the last value of each key is held`(log: LegalLog) = log.check(Reader(mutant))

    @Later(TOPIC)
    fun `what is unknown is kept`(later: LaterRecord) = later.check(Reader(mutant))

    @Flawed(TOPIC, binds = ["/id", "/type", "/oppdatertTidspunkt", "/tiltakskode", "/status", "/oppstart", "/pameldingType"])
    fun `what breaks the contract is refused`(flawed: FlawedRecord) = flawed.check(Reader(mutant))

    @Fixtures(TOPIC)
    fun `a valid record is read`(record: TopicRecord) {
        val reader = Reader(mutant)
        reader.handle(record)
        assertEquals(if (record.isTombstone) emptySet() else setOf(record.key), reader.state().keys)
    }

    companion object {
        /** Whose tests are run. */
        @Volatile
        var mutant: Mutant = Mutant.RIGHT
    }
}

/** The same with as many logs as there are. */
class EveryLogTest {
    @LegalLogs(TOPIC, count = 1000)
    fun `the last value of each key is held`(log: LegalLog) = log.check(Reader(Mutant.RIGHT))
}

private class Reader(mutant: Mutant) : TopicReader<Gjennomforing> {
    private val consumer = GjennomforingConsumer(mutant)

    override fun handle(record: TopicRecord) =
        consumer.handle(record.partition, record.timestamp, record.key, record.value)

    override fun state() = consumer.rows()

    override fun expected(value: String) = gjennomforing(value)
}

const val TOPIC = "siste-tiltaksgjennomforinger-v2"
