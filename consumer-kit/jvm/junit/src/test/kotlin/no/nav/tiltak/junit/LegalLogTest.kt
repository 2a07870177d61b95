package no.nav.tiltak.junit

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

class LegalLogTest {
    private fun logs(topic: String = V2) = LegalLogFile(topic).take(1000, withStaleValues = true)

    private fun failures(reader: () -> TopicReader<*>): List<String> = logs().mapNotNull { log ->
        runCatching { log.check(reader()) }.exceptionOrNull()?.let { (it as AssertionError).message }
    }

    @Test
    fun `a right reader passes on every log of every topic, also when it is started again`() {
        for (topic in TOPICS) {
            val readers = logs(topic).map { log -> TextReader().also { log.check(it) } }
            assertEquals(1000, readers.size)
            assertTrue(readers.sumOf { it.restarts } > 100, topic)
        }
    }

    @Test
    fun `an older value on another partition is found, and what came is shown`() {
        val failures = failures(::CarelessReader)
        assertTrue(failures.size > 200, "${failures.size}")
        assertEquals(SHOWN, failures.minWith(compareBy({ it.length }, { it })))
    }

    @Test
    fun `of many keys the first five are shown`() {
        val nothing = object : CarelessReader() {
            override fun handle(record: TopicRecord) = Unit
        }
        val failures = failures { nothing }
        val longest = failures.maxBy { it.lines().size }
        assertEquals(5, longest.lines().count { it.trim().startsWith("expected  ") })
        assertTrue(Regex("""log \d+ of history \d+: 6 of 6 keys differ\n""").containsMatchIn(longest), longest)
        assertTrue(longest.endsWith("\n  and 1 more"), longest)
    }

    @Test
    fun `tombstones that are ignored are found`() {
        val failures = failures {
            object : TextReader() {
                override fun handle(record: TopicRecord) {
                    if (!record.isTombstone) super.handle(record)
                }
            }
        }
        assertTrue(failures.size > 100, "${failures.size}")
        assertTrue(failures.all { "expected  nothing" in it && "tombstone" in it })
    }

    @Test
    fun `a ghost may be held or not, and only with the value that its reader got`() {
        var withGhosts = 0
        for (log in logs()) {
            val swept = object : TextReader() {
                // What mark and sweep would leave: no key whose last record in the whole history is a tombstone.
                override fun state() = super.state().filterKeys { it in truth(log) }
            }
            val changed = object : TextReader() {
                override fun state() = super.state().mapValues { (key, value) -> if (key in truth(log)) value else "?" }
            }
            val held = TextReader().also { reader -> log.records.forEach(reader::handle) }.state().keys
            log.check(swept)
            if (held == truth(log)) log.check(changed) else assertThrows<AssertionError> { log.check(changed) }
            withGhosts += if (held == truth(log)) 0 else 1
        }
        assertTrue(withGhosts > 5, "$withGhosts")
    }

    private fun truth(log: LegalLog) = log.truth.map { it.key }.toSet()

    @Test
    fun `a reader that stops is told with the place and without the payload`() {
        val failures = failures {
            object : TextReader() {
                override fun handle(record: TopicRecord) = throw IllegalStateException("payload ${record.value}")
            }
        }
        assertTrue(failures.size > 900)
        val message = "$V2, log \\d+ of history \\d+: the reader stops with java.lang.IllegalStateException " +
            "at $V2, partition [01], offset \\d+, key [-0-9a-f]{36}"
        assertTrue(Regex(message).matches(failures[0]), failures[0])
        assertFalse(failures.any { "payload" in it || "{" in it })
    }

    @Test
    fun `a test that expects nothing of any payload compares nothing, and fails`() {
        val nothing = object : TextReader() {
            override fun state() = emptyMap<String, String>()

            override fun expected(value: String) = null
        }
        assertEquals(
            setOf("$V2: expected() is null for every payload: the test compares nothing"),
            failures { nothing }.toSet(),
        )
    }

    @Test
    fun `a test of a reader without timestamps gets no key on two partitions`() {
        for (log in LegalLogFile(V2).take(100, withStaleValues = false)) {
            log.check(CarelessReader())
        }
    }

    @Test
    fun `logs come from as many histories as there are`() {
        val histories = LegalLogFile(V2).take(100, withStaleValues = true).map { "$it".substringAfter("history ") }
        assertTrue(histories.distinct().size >= 20, "${histories.distinct().size}")
        val refused = assertThrows<IllegalArgumentException> { LegalLogFile(V2).take(1001, withStaleValues = true) }
        assertEquals("@LegalLogs(count = 1001): there are 1 to 1000 logs of $V2", refused.message)
    }

    private companion object {
        const val SHOWN = """$V2, log 939 of history 23: 1 of 3 keys differs
  9f000000-0000-4000-8000-000000000002
    expected  2026-05-26T09:29:14Z
    found     2026-02-05T00:10:41Z
    delivered partition 0, offset 3, 2026-03-16T09:04:00.007Z, value  ← the last value
              partition 1, offset 8, 2026-03-16T08:00:00Z, value"""
    }
}
