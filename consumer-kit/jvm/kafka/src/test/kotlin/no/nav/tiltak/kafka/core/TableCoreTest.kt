package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.Cause
import no.nav.tiltak.kafka.Lagging
import no.nav.tiltak.kafka.TableException
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class TableCoreTest {
    private fun started(topic: SimulatedTopic, config: CoreConfig<String, String> = config()) = Driver(topic, config).apply {
        on(Input.Tick)
        answer()
    }

    @Test
    fun `a table is ready past transaction markers at the end of a partition, and not before`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "1", 10)
        topic.gap(0)
        topic.gap(0)
        val driver = started(topic)
        val record = topic.poll(0, 0, 1).first
        driver.on(Input.Delivered(record, mapOf(0 to 1L)))
        assertFalse(driver.isReady)
        assertEquals(listOf(Lagging(0, 1, 3, 0)), driver.core.lagging())
        driver.on(Input.Delivered(emptyList(), mapOf(0 to 3L)))
        assertTrue(driver.isReady)
    }

    @Test
    fun `a table of an empty topic is ready at once`() {
        assertTrue(started(SimulatedTopic(3)).isReady)
    }

    @Test
    fun `only committed records are waited for, and the others are told of`() {
        val driver = Driver(SimulatedTopic(1))
        driver.on(Input.Tick)
        driver.on(Input.Described(TopicDescription("id", mapOf(0 to Watermarks(0, 5, 1_015)))))
        assertEquals(listOf(Lagging(0, 0, 5, 1_010)), driver.core.lagging())
        assertEquals("partition 0 is at 0, expected to reach 5, and 1,010 offsets are behind an open transaction", driver.core.lagging().single().toString())
        driver.on(Input.Delivered(emptyList(), mapOf(0 to 5L)))
        assertTrue(driver.isReady)
    }

    @Test
    fun `an older value on another partition that comes after the tombstone stays hidden`() {
        val topic = SimulatedTopic(2)
        val driver = started(topic)
        topic.append(1, "a", null, 100)
        driver.poll(listOf(1))
        topic.append(0, "a", "old", 99)
        driver.poll(listOf(0))
        assertEquals(emptyMap<String, String>(), driver.shown())
        topic.append(0, "a", "new", 101)
        driver.poll(listOf(0))
        assertEquals(mapOf("a" to "new"), driver.shown())
    }

    @Test
    fun `a tombstone is remembered for as long as the topic keeps it, and what it hid never comes back`() {
        val topic = SimulatedTopic(2)
        val driver = started(topic)
        topic.append(0, "a", "old", driver.wall)
        topic.append(1, "a", null, driver.wall + 1)
        driver.poll()
        assertEquals(1, driver.core.tombstones)
        // Fewer hours than a partition has to be complete in, or it is read anew.
        repeat(23) {
            driver.moment += 3_600_000
            driver.refresh()
        }
        assertEquals(1, driver.core.tombstones, "after 23 hours")
        driver.moment += 3_600_000
        driver.refresh()
        assertEquals(0, driver.core.tombstones, "after 24 hours")
        assertEquals(emptyMap<String, String>(), driver.shown())
        topic.append(1, "b", "1", driver.wall)
        driver.poll()
        assertEquals(mapOf("b" to "1"), driver.shown())
        assertTrue(driver.effects.none { it is Effect.ReadAnew })
    }

    @Test
    fun `of very many tombstones the oldest are forgotten`() {
        val rows = HashMap<String, no.nav.tiltak.kafka.Entry<String>>()
        val last = LastRecords(rows, HashMap())
        last.remembersTombstones = true
        for (time in 1..10L) last.put("key $time", LastRecord.tombstone(0, time, time))
        last.forgetTombstones(0, most = 8)
        assertEquals(6, last.tombstones)
        last.put("key 1", LastRecord.value(no.nav.tiltak.kafka.Entry("x", 1, 0, 0)))
        last.put("key 10", LastRecord.value(no.nav.tiltak.kafka.Entry("x", 1, 1, 0)))
        assertEquals(setOf("key 1"), rows.keys, "the tombstone of key 10 is remembered")
    }

    @Test
    fun `a table of one partition remembers no tombstone, and reads anew when there is another one`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", null, 100)
        val driver = started(topic)
        driver.poll()
        assertEquals(0, driver.core.tombstones)
        topic.starts += 0L
        topic.ends += 0L
        topic.append(1, "a", "old", 99)
        driver.refresh()
        driver.poll(listOf(1))
        driver.poll(listOf(0))
        assertEquals(emptyMap<String, String>(), driver.shown())
        assertEquals(1, driver.core.tombstones)
    }

    @Test
    fun `a topic that was made anew is read anew, and its rows stay until then`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "1", 10)
        topic.append(0, "b", "1", 10)
        val driver = started(topic)
        driver.poll()
        topic.id = "id-2"
        topic.records.clear()
        topic.ends[0] = 0
        // More records than before: only the id tells that it is another one.
        repeat(3) { topic.append(0, "b", "$it", 20) }
        driver.refresh()
        assertEquals(mapOf("a" to "1", "b" to "1"), driver.shown())
        driver.poll()
        assertEquals(mapOf("b" to "2"), driver.shown())
        val swept = driver.effects.filterIsInstance<Effect.Changed<String, String>>().last().changes.single { it.new == null }
        assertEquals("a" to Cause.SWEPT, swept.key to swept.cause)
    }

    @Test
    fun `a log that was cut below the target does not hold up the table for ever`() {
        val topic = SimulatedTopic(1)
        repeat(10) { topic.append(0, "a", "$it", 10) }
        val driver = started(topic)
        driver.poll(most = 8)
        topic.records.removeIf { it.offset >= 5 }
        topic.ends[0] = 5
        driver.refresh()
        driver.poll()
        assertTrue(driver.isReady)
        assertEquals(mapOf("a" to "4"), driver.shown())
    }

    @Test
    fun `a target beyond the end of a log that was cut before it was read is given up`() {
        val topic = SimulatedTopic(1)
        repeat(10) { topic.append(0, "a", "$it", 10) }
        val driver = started(topic)
        driver.poll(most = 2)
        topic.records.removeIf { it.offset >= 5 }
        topic.ends[0] = 5
        driver.poll()
        assertFalse(driver.isReady)
        driver.refresh()
        driver.refresh()
        driver.poll()
        assertTrue(driver.isReady) { "${driver.core.lagging()}" }
    }

    @Test
    fun `a position that the log no longer holds is read anew from where it begins`() {
        val topic = SimulatedTopic(1)
        repeat(4) { topic.append(0, "key $it", "1", 10) }
        val driver = started(topic)
        driver.poll(most = 2)
        topic.starts[0] = 3
        topic.records.removeIf { it.offset < 3 }
        driver.poll()
        assertEquals(emptyMap<Int, Long>(), driver.assigned)
        driver.answer()
        driver.poll()
        assertTrue(driver.isReady)
        assertEquals(mapOf("key 3" to "1"), driver.shown())
    }

    @Test
    fun `after more than the retention of tombstones without an answer the topic is read anew`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "1", 10)
        topic.append(0, "b", "1", 10)
        val driver = started(topic)
        driver.on(Input.Settings("compact", 60_000))
        driver.poll()
        driver.moment += 60_000
        // The tombstone of `a` has come and gone.
        topic.records.removeIf { it.key == "a" }
        topic.gap(0)
        driver.refresh()
        driver.poll()
        driver.poll()
        assertEquals(mapOf("b" to "1"), driver.shown())
    }

    @Test
    fun `a table that takes longer to read than the topic keeps tombstones says so, and a setting of its own counts instead`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "1", 10)
        fun read(config: CoreConfig<String, String>) = started(topic, config).apply {
            on(Input.Settings("compact", 500))
            moment += 600
            poll()
        }
        val driver = read(config())
        assertFalse(driver.isReady)
        assertEquals(
            "tombstones may have been removed before they were read, because a read took longer than the topic keeps them, " +
                "500 ms; if this repeats, raise delete.retention.ms of the topic",
            driver.core.overdue,
        )
        driver.poll()
        assertTrue(driver.isReady)
        assertNull(driver.core.overdue)
        assertTrue(read(config(tombstoneRetentionMs = 601)).isReady)
    }

    @Test
    fun `a table is stale after three refreshes without an answer, says why, and recovers`() {
        val driver = started(SimulatedTopic(1))
        driver.moment += 5_000
        driver.on(Input.Tick)
        driver.on(Input.NotDescribed(TableException.RequestFailed("my-topic", IllegalStateException("refused"))))
        driver.moment += 10_001
        driver.on(Input.Tick)
        assertTrue(driver.core.isStale(driver.now()))
        assertEquals("my-topic: refused", driver.core.reason)
        assertEquals(Notice.Stale(15_001, "my-topic: refused"), (driver.effects.last { it is Effect.Log } as Effect.Log).notice)
        driver.answer()
        assertFalse(driver.core.isStale(driver.now()))
        assertInstanceOf(Notice.Recovered::class.java, (driver.effects.last { it is Effect.Log } as Effect.Log).notice)
    }

    @Test
    fun `a missing right is final after the grace only, also where the brokers still describe the topic`() {
        val driver = started(SimulatedTopic(1))
        repeat(299) {
            driver.moment += 1_000
            driver.on(Input.Unauthorized)
            driver.answer()
        }
        assertNull(driver.failure)
        assertTrue(driver.core.isStale(driver.now()))
        driver.moment += 2_000
        driver.on(Input.Unauthorized)
        assertEquals(
            "my-topic may not be read on localhost:9092: the application needs read access to the topic (its ACL)",
            driver.failure?.message,
        )
    }

    @Test
    fun `a right that comes back makes the table live again, though no record comes`() {
        val driver = started(SimulatedTopic(1))
        repeat(100) {
            driver.moment += 1_000
            driver.on(Input.Unauthorized)
            driver.answer()
        }
        repeat(2) { driver.refresh() }
        assertFalse(driver.core.isStale(driver.now()))
        assertNull(driver.core.reason)
    }

    @Test
    fun `a topic that is missing at the start is an error, later it is waited for`() {
        val topic = SimulatedTopic(1)
        topic.exists = false
        assertEquals("the topic my-topic does not exist on localhost:9092", started(topic).failure?.message)

        val other = SimulatedTopic(1)
        other.append(0, "a", "1", 10)
        val driver = started(other)
        driver.poll()
        other.exists = false
        repeat(4) { driver.refresh() }
        assertNull(driver.failure)
        assertTrue(driver.core.isStale(driver.now()))
        other.exists = true
        other.records.clear()
        other.append(0, "b", "1", 10)
        driver.refresh()
        driver.poll()
        assertEquals(mapOf("b" to "1"), driver.shown())
    }

    @Test
    fun `a topic that is not compacted is refused, unless that is allowed`() {
        val driver = started(SimulatedTopic(1))
        driver.on(Input.Settings("delete", 1_000))
        assertInstanceOf(TableException.NotCompacted::class.java, driver.failure)
        assertTrue(driver.failure?.message.orEmpty().startsWith("my-topic has cleanup.policy=delete: "))

        val allowed = started(SimulatedTopic(1), config(anyCleanupPolicy = true))
        allowed.on(Input.Settings("delete", 1_000))
        assertNull(allowed.failure)
    }

    @Test
    fun `an undecodable record that a later one replaces is never met at the start`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "!secret", 10)
        topic.append(0, "a", "1", 11)
        val driver = started(topic, config(failsAtUndecodable = true))
        driver.poll()
        assertNull(driver.failure)
        assertEquals(mapOf("a" to "1"), driver.shown())
    }

    @Test
    fun `a table that fails at an undecodable record names it, shows what came before, and quotes no payload`() {
        val topic = SimulatedTopic(1)
        val driver = started(topic, config(failsAtUndecodable = true))
        topic.append(0, "a", "1", 10)
        topic.append(0, "b", "!secret", 10)
        topic.append(0, "c", "1", 10)
        driver.poll()
        assertEquals(
            "my-topic, partition 0, offset 1, key b: the value cannot be decoded: java.lang.IllegalArgumentException; " +
                "reading stops here, so that no record is lost; a reader with a newer contract reads on",
            driver.failure?.message,
        )
        assertEquals(mapOf("a" to "1"), driver.shown())
    }

    @Test
    fun `a table that passes over undecodable records reports each, and such a key has no value until one can be read`() {
        val topic = SimulatedTopic(1)
        topic.append(0, "a", "1", 10)
        topic.append(0, "b", "!secret", 10)
        topic.append(0, "!key", "1", 10)
        topic.append(0, "!other", "1", 10)
        topic.append(0, "!other", null, 10)
        val driver = started(topic)
        driver.poll()
        topic.append(0, "a", "!secret", 11)
        topic.append(0, "!key", null, 11)
        driver.poll()
        val reported = driver.effects.filterIsInstance<Effect.Report>().map { it.failure.offset }
        assertEquals(listOf(1L, 2L, 5L), reported)
        assertEquals(emptyMap<String, String>(), driver.shown())
        assertEquals(setOf("a", "b"), driver.rows.undecodable.keys)
        topic.append(0, "a", "2", 12)
        topic.append(0, "b", null, 12)
        driver.poll()
        assertEquals(mapOf("a" to "2"), driver.shown())
        assertEquals(emptySet<String>(), driver.rows.undecodable.keys)
    }

    @Test
    fun `a record without a key is passed over and reported`() {
        val driver = started(SimulatedTopic(1))
        driver.on(Input.Delivered(listOf(RawRecord(0, 0, 10, null, "1".toByteArray()), RawRecord(0, 1, 10, null, null)), mapOf(0 to 2L)))
        val failure = driver.effects.filterIsInstance<Effect.Report>().single().failure
        assertEquals("my-topic, partition 0, offset 0, no key: the key cannot be decoded: expected a key, found none", "$failure")
    }
}
