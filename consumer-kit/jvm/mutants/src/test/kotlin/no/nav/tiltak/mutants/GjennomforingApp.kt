package no.nav.tiltak.mutants

import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.serialization.StringDeserializer
import java.time.Duration

/** Reads a topic from its beginning until it says that it is ready, as an application does when it starts. */
class GjennomforingApp(private val brokers: String, private val topic: String, private val mutant: Mutant) {
    private val consumer = GjennomforingConsumer(mutant)
    private val seen = HashMap<TopicPartition, Long>()

    fun rows(): Map<String, Gjennomforing> = consumer.rows()

    /** Whether it is ready once everything is read, and within the limit. Fails as the consumer does. */
    fun becomesReady(limit: Duration): Boolean {
        val isolation = if (mutant == Mutant.READS_UNCOMMITTED) "read_uncommitted" else "read_committed"
        val settings = mapOf<String, Any>("bootstrap.servers" to brokers, "isolation.level" to isolation)
        return KafkaConsumer(settings, StringDeserializer(), StringDeserializer()).use { read(it, limit) }
    }

    private fun read(kafka: KafkaConsumer<String, String?>, limit: Duration): Boolean {
        val deadline = System.nanoTime() + limit.toNanos()
        val partitions = kafka.partitionsFor(topic).map { TopicPartition(topic, it.partition()) }
        kafka.assign(partitions)
        kafka.seekToBeginning(partitions)
        val ends = kafka.endOffsets(partitions)
        var pollsAtTheEnd = 0
        while (System.nanoTime() < deadline && pollsAtTheEnd < POLLS_AT_THE_END) {
            if (ends.all { (partition, end) -> isReady(kafka, partition, end) }) return true
            if (ends.all { (partition, end) -> kafka.position(partition) >= end }) pollsAtTheEnd++
            for (record in kafka.poll(Duration.ofMillis(100))) {
                consumer.handle(record.partition(), record.timestamp(), record.key(), record.value())
                seen[TopicPartition(topic, record.partition())] = record.offset()
            }
        }
        return false
    }

    private fun isReady(kafka: KafkaConsumer<*, *>, partition: TopicPartition, end: Long) = when (mutant) {
        Mutant.READY_AT_THE_LAST_RECORD -> end == 0L || (seen[partition] ?: -1) >= end - 1
        else -> kafka.position(partition) >= end
    }

    private companion object {
        /** How often it is polled when there is nothing left to read: a second. */
        const val POLLS_AT_THE_END = 10
    }
}
