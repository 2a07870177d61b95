package no.nav.tiltak.mutants

import com.fasterxml.jackson.databind.ObjectMapper
import no.nav.tiltak.junit.Flawed
import no.nav.tiltak.junit.FlawedRecord
import no.nav.tiltak.junit.Later
import no.nav.tiltak.junit.LaterRecord
import no.nav.tiltak.junit.LegalLog
import no.nav.tiltak.junit.LegalLogs
import no.nav.tiltak.junit.TopicReader
import no.nav.tiltak.junit.TopicRecord

class ReadmeTest {
    @LegalLogs("siste-tiltaksgjennomforinger-v2", count = 200)
    fun `the last value of each key is held`(log: LegalLog) = log.check(Reader())

    @Later("siste-tiltaksgjennomforinger-v2", binds = ["/status"])
    fun `what is unknown is kept`(later: LaterRecord) = later.check(Reader())

    @Flawed("siste-tiltaksgjennomforinger-v2", binds = ["/status"])
    fun `what breaks the contract is refused`(flawed: FlawedRecord) = flawed.check(Reader())

    private class Reader : TopicReader<String> {
        private val consumer = GjennomforingConsumer() // yours

        override fun handle(record: TopicRecord) =
            consumer.handle(record.partition, record.timestamp, record.key, record.value)

        override fun state() = consumer.rows().mapValues { it.value.status }

        override fun expected(value: String): String = ObjectMapper().readTree(value)["status"].asText()
    }
}
