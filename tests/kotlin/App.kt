import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.serialization.ByteArrayDeserializer
import java.time.Duration
import java.util.concurrent.atomic.AtomicBoolean
import kotlin.concurrent.thread

// What consumer-kit/README.md calls the team's own: the smallest application around the reader that it shows.

/** Reads the topic from its beginning until it is closed. */
class App(brokers: String) : AutoCloseable {
    private val consumer = GjennomforingConsumer()
    private val closed = AtomicBoolean()
    private val reader = thread(name = "reader") {
        val settings = mapOf<String, Any>("bootstrap.servers" to brokers, "isolation.level" to "read_committed")
        KafkaConsumer(settings, ByteArrayDeserializer(), ByteArrayDeserializer()).use(::read)
    }

    fun gjennomforinger() = consumer.gjennomforinger()

    override fun close() {
        closed.set(true)
        reader.join()
    }

    private fun read(kafka: KafkaConsumer<ByteArray?, ByteArray?>) {
        val topic = "siste-tiltaksgjennomforinger-v2"
        val partitions = kafka.partitionsFor(topic).map { TopicPartition(topic, it.partition()) }
        kafka.assign(partitions)
        kafka.seekToBeginning(partitions)
        while (!closed.get()) kafka.poll(Duration.ofMillis(100)).forEach(consumer::handle)
    }
}

fun startApp(brokers: String) = App(brokers)
