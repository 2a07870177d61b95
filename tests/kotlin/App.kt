import com.fasterxml.jackson.databind.ObjectMapper
import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.serialization.StringDeserializer
import java.time.Duration
import java.time.Instant
import java.util.UUID
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread

// What consumer-kit/README.md calls the team's own: the smallest application that its tests have nothing to say about.

data class Gjennomforing(val id: UUID, val oppdatertTidspunkt: Instant)

/** Keeps the last value of each key. */
class GjennomforingConsumer {
    private val mapper = ObjectMapper()
    private val rows = ConcurrentHashMap<String, Gjennomforing>()

    fun handle(key: String, value: String?) {
        if (value == null) {
            rows.remove(key)
            return
        }
        val document = mapper.readTree(value)
        val changed = Instant.parse(document["oppdatertTidspunkt"].asText())
        rows[key] = Gjennomforing(UUID.fromString(document["id"].asText()), changed)
    }

    fun gjennomforinger(): Collection<Gjennomforing> = rows.values
}

/** Reads the topic from its beginning until it is closed. */
class App(brokers: String) : AutoCloseable {
    private val consumer = GjennomforingConsumer()
    private val newest = HashMap<String, Long>()
    private val closed = AtomicBoolean()
    private val reader = thread(name = "reader") {
        val settings = mapOf<String, Any>("bootstrap.servers" to brokers, "isolation.level" to "read_committed")
        KafkaConsumer(settings, StringDeserializer(), StringDeserializer()).use(::read)
    }

    fun gjennomforinger() = consumer.gjennomforinger()

    override fun close() {
        closed.set(true)
        reader.join()
    }

    private fun read(kafka: KafkaConsumer<String, String?>) {
        val topic = "siste-tiltaksgjennomforinger-v2"
        val partitions = kafka.partitionsFor(topic).map { TopicPartition(topic, it.partition()) }
        kafka.assign(partitions)
        kafka.seekToBeginning(partitions)
        while (!closed.get()) {
            for (record in kafka.poll(Duration.ofMillis(100))) {
                // An older value of the key may be on another partition, and come after the newer one.
                if (record.timestamp() >= newest.getOrDefault(record.key(), 0)) {
                    newest[record.key()] = record.timestamp()
                    consumer.handle(record.key(), record.value())
                }
            }
        }
    }
}

fun startApp(brokers: String) = App(brokers)
