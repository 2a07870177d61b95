package no.nav.tiltak.kafka.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import kotlin.random.Random

/** Random histories of a topic, in which everything happens that may: whatever it was, the table then shows what the logs say. */
class HistoriesTest {
    @Test
    fun `whatever happens to a topic, its table comes to what the logs say`() {
        val happened = sortedMapOf<String, Int>()
        for (seed in 1..HISTORIES) {
            val driver = play(Random(seed), happened)
            driver.settle()
            assertNull(driver.failure) { "seed $seed" }
            assertTrue(driver.isReady) { "seed $seed" }
            assertEquals(driver.topic.truth(), driver.shown()) { "seed $seed" }
            assertEquals(0, driver.core.lag().values.sum()) { "seed $seed" }
        }
        assertEquals(12, happened.size) { "$happened" }
        assertTrue(happened.values.all { it > HISTORIES / 10 }) { "something hardly happens: $happened" }
    }

    @Test
    fun `listeners are told exactly what changes`() {
        for (seed in 1..HISTORIES / 10) {
            val driver = play(Random(seed), sortedMapOf())
            driver.settle()
            val told = HashMap<String, String>()
            for (change in driver.effects.filterIsInstance<Effect.Changed<String, String>>().flatMap { it.changes }) {
                assertEquals(change.old?.value, told[change.key]) { "seed $seed: $change" }
                change.new?.let { told[change.key] = it.value } ?: told.remove(change.key)
            }
            assertEquals(driver.shown(), told) { "seed $seed" }
        }
    }

    private fun play(random: Random, happened: MutableMap<String, Int>): Driver {
        val topic = SimulatedTopic(random.nextInt(1, 4))
        val driver = Driver(topic)
        repeat(random.nextInt(20)) { append(topic, driver, random) }
        driver.on(Input.Tick)
        repeat(random.nextInt(5, 60)) {
            val event = random.nextInt(100)
            driver.moment += random.nextLong(3_000)
            val what = when {
                event < 25 -> "append".also { append(topic, driver, random) }
                event < 30 -> "marker".also { topic.gap(random.nextInt(topic.partitions)) }
                event < 55 -> "poll".also { driver.poll(driver.assigned.keys.shuffled(random), random.nextInt(1, 4)) }
                event < 65 -> "answer".also { driver.answer() }
                event < 70 -> "old answer".also { driver.answer(asWhenAsked = true) }
                event < 78 -> "refresh".also { driver.refresh() }
                event < 86 -> "compaction".also { topic.compact(random) }
                event < 89 -> "new partition".also { topic.addPartition() }
                event < 92 -> "records deleted".also { deleteRecords(driver, random) }
                event < 94 -> "topic made anew".also { topic.makeAnew(random) }
                event < 97 -> "a day away".also { aDayAway(driver) }
                else -> "missing for a while".also { missing(driver) }
            }
            happened.merge(what, 1, Int::plus)
        }
        return driver
    }

    private fun append(topic: SimulatedTopic, driver: Driver, random: Random) {
        val value = listOf("value ${random.nextInt()}", "value ${random.nextInt()}", null, "!bad").random(random)
        val timestamp = driver.wall - random.nextLong(10_000)
        topic.append(random.nextInt(topic.partitions), "key ${random.nextInt(5)}", value, timestamp)
    }

    private fun SimulatedTopic.addPartition() {
        if (partitions == 4) return
        starts += 0L
        ends += 0L
    }

    /** More than was read: what was read before it was deleted stays in a table. */
    private fun deleteRecords(driver: Driver, random: Random) {
        val topic = driver.topic
        val partition = random.nextInt(topic.partitions)
        val lowest = maxOf(driver.assigned[partition] ?: 0, topic.starts[partition])
        if (lowest >= topic.ends[partition]) return
        topic.starts[partition] = random.nextLong(lowest, topic.ends[partition]) + 1
        topic.records.removeIf { it.partition == partition && it.offset < topic.starts[partition] }
    }

    private fun SimulatedTopic.makeAnew(random: Random) {
        id = "id-${random.nextInt()}"
        records.clear()
        val count = random.nextInt(1, 4)
        listOf(starts, ends).forEach { offsets ->
            offsets.clear()
            repeat(count) { offsets += 0L }
        }
    }

    /** Long enough for tombstones to come and go unseen. */
    private fun aDayAway(driver: Driver) {
        driver.answer()
        driver.topic.records.toList().forEach { if (it.offset % 3 == 0L) driver.topic.append(it.partition, it.key, null, driver.wall) }
        driver.moment += 2 * 86_400_000L
        driver.topic.compact(Random(1))
        driver.topic.compact(Random(2))
        driver.topic.expireTombstones(driver.wall - 86_400_000L)
    }

    private fun missing(driver: Driver) {
        driver.topic.exists = false
        if (driver.core.lag().isNotEmpty()) driver.refresh()
        driver.topic.exists = true
        driver.refresh()
    }

    private companion object {
        const val HISTORIES = 3_000
    }
}
