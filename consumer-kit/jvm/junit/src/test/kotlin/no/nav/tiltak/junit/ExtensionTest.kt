package no.nav.tiltak.junit

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod
import org.junit.platform.testkit.engine.EngineTestKit
import org.junit.platform.testkit.engine.EventType

/** The annotations, in tests that JUnit runs. */
class ExtensionTest {
    @Suppress("unused")
    class Sample {
        @LegalLogs(V2, count = 7)
        fun logs(log: LegalLog) = log.check(TextReader())

        @LegalLogs(V2, count = 3)
        fun forgets(@Suppress("UNUSED_PARAMETER") log: LegalLog) = Unit

        @LegalLogs("siste-tiltakstyper-v2")
        fun elsewhere(log: LegalLog) = log.check(TextReader())

        @Fixtures("datavarehus-tiltak-v1")
        fun fixtures(record: TopicRecord) = check(record.topic == "datavarehus-tiltak-v1")

        @Later(V2)
        fun later(later: LaterRecord) = later.check(TextReader())

        @Flawed(V2, binds = ["/none"], except = ["KeyInUpperCase", "NotAFlaw"])
        fun flawed(flawed: FlawedRecord) = flawed.check(TextReader())
    }

    /** How many tests there were and failed, and the first message. */
    private fun run(method: String, parameter: Class<*>): Triple<Long, Long, String?> {
        val results = EngineTestKit.engine("junit-jupiter")
            .selectors(selectMethod(Sample::class.java, method, parameter.name))
            .execute()
        val failure = results.allEvents().filter { it.type == EventType.FINISHED }
            .map { it.getRequiredPayload(org.junit.platform.engine.TestExecutionResult::class.java) }
            .filter { it.throwable.isPresent }.findFirst().map { it.throwable.get().message }.orElse(null)
        return Triple(results.testEvents().finished().count(), results.testEvents().failed().count(), failure)
    }

    @Test
    fun `a test runs once for each log and each record`() {
        assertEquals(Triple(7L, 0L, null), run("logs", LegalLog::class.java))
        assertEquals(Triple(100L, 0L, null), run("fixtures", TopicRecord::class.java))
        assertEquals(Triple(60L, 0L, null), run("later", LaterRecord::class.java))
    }

    @Test
    fun `a test that checks nothing is red`() {
        val expected = "the test has not called check(reader) of its LegalLog"
        assertEquals(Triple(3L, 3L, expected), run("forgets", LegalLog::class.java))
    }

    @Test
    fun `a topic or a flaw that does not exist is told`() {
        val topic = "siste-tiltakstyper-v2 is not one of the four topics: expected the name of a topic of " +
            "Tiltaksadministrasjon without prefix, such as $V2"
        assertEquals(Triple(0L, 0L, topic), run("elsewhere", LegalLog::class.java))
        val flaw = run("flawed", FlawedRecord::class.java).third!!
        assertEquals("@Flawed(except = …): there is no [NotAFlaw]; there are [", flaw.substringBefore("Empty"))
    }
}
