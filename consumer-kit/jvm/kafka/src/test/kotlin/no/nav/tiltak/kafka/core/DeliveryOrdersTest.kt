package no.nav.tiltak.kafka.core

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

/**
 * The law, tried one by one: for every log of a key over two partitions, every order of delivery between the partitions
 * and every moment at which the table may be started, the table shows what the logs say.
 */
class DeliveryOrdersTest {
    @Test
    fun `every order of delivery and every moment of the start give what the logs say`() {
        var runs = 0
        for (log in logs(MOST_RECORDS)) {
            val truth = log.truth()
            for (order in orders(log)) {
                for (followedFrom in 0..order.size) {
                    val driver = deliver(log, order, followedFrom)
                    assertTrue(driver.isReady)
                    assertEquals(truth, driver.shown()) { "${log.records} in the order $order, followed from $followedFrom" }
                    runs++
                }
            }
        }
        assertEquals(EXPECTED_RUNS, runs)
    }

    /** Records before [followedFrom] are there when the table starts, the others are followed. */
    private fun deliver(log: SimulatedTopic, order: List<Int>, followedFrom: Int): Driver {
        val topic = SimulatedTopic(2)
        val driver = Driver(topic)
        driver.on(Input.Tick)
        val next = IntArray(2)
        for (partition in order.take(followedFrom)) topic.move(log, partition, next)
        driver.answer()
        order.take(followedFrom).forEach { driver.poll(listOf(it), most = 1) }
        driver.poll()
        for (partition in order.drop(followedFrom)) {
            topic.move(log, partition, next)
            driver.poll(listOf(partition), most = 1)
        }
        return driver
    }

    private fun SimulatedTopic.move(log: SimulatedTopic, partition: Int, next: IntArray) {
        val record = log.records.first { it.partition == partition && it.offset == next[partition].toLong() }
        next[partition]++
        append(partition, record.key, record.value, record.timestamp)
    }

    /** All logs of so many records of a key: values, tombstones and undecodable records, with times that are equal, rise or fall. */
    private fun logs(most: Int): Sequence<SimulatedTopic> = sequence {
        for (length in 0..most) {
            for (choice in 0 until pow(6, length)) {
                for (pattern in 0..2) {
                    val log = SimulatedTopic(2)
                    var rest = choice
                    for (index in 0 until length) {
                        val timestamp = listOf(10, 10 + index, 20 - index)[pattern].toLong()
                        log.append(rest % 2, "key", listOf("value $index", null, "!bad")[rest / 2 % 3], timestamp)
                        rest /= 6
                    }
                    yield(log)
                }
            }
        }
    }

    /** Every order in which the records of two partitions can be delivered. */
    private fun orders(log: SimulatedTopic): List<List<Int>> {
        fun interleave(zeros: Int, ones: Int): List<List<Int>> = when {
            zeros == 0 -> listOf(List(ones) { 1 })
            ones == 0 -> listOf(List(zeros) { 0 })
            else -> interleave(zeros - 1, ones).map { listOf(0) + it } + interleave(zeros, ones - 1).map { listOf(1) + it }
        }
        return interleave(log.ends[0].toInt(), log.ends[1].toInt())
    }

    private fun pow(base: Int, exponent: Int): Int = (1..exponent).fold(1) { product, _ -> product * base }

    private companion object {
        const val MOST_RECORDS = 4

        /** For each length n: three patterns of times, 3^n contents, the placements on two partitions with their orders, and the starts. */
        val EXPECTED_RUNS = (0..MOST_RECORDS).sumOf { n -> 3 * contents(n) * (0..n).sumOf { binomial(n, it) * binomial(n, it) } * (n + 1) }

        fun contents(n: Int) = (1..n).fold(1) { product, _ -> product * 3 }

        fun binomial(n: Int, k: Int): Int = if (k == 0 || k == n) 1 else binomial(n - 1, k - 1) + binomial(n - 1, k)
    }
}
