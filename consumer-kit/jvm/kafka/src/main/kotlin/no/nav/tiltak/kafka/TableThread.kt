package no.nav.tiltak.kafka

import no.nav.tiltak.kafka.core.CoreConfig
import no.nav.tiltak.kafka.core.Effect
import no.nav.tiltak.kafka.core.Input
import no.nav.tiltak.kafka.core.Notice
import no.nav.tiltak.kafka.core.Now
import no.nav.tiltak.kafka.core.RawRecord
import no.nav.tiltak.kafka.core.Rows
import no.nav.tiltak.kafka.core.TableCore
import org.apache.kafka.clients.consumer.ConsumerConfig
import org.apache.kafka.clients.consumer.InvalidOffsetException
import org.apache.kafka.clients.consumer.KafkaConsumer
import org.apache.kafka.common.KafkaException
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.errors.AuthenticationException
import org.apache.kafka.common.errors.AuthorizationException
import org.apache.kafka.common.errors.RetriableException
import org.apache.kafka.common.errors.TimeoutException
import org.apache.kafka.common.serialization.ByteArrayDeserializer
import org.slf4j.LoggerFactory
import java.time.Duration
import java.time.Instant
import java.util.concurrent.LinkedBlockingQueue
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread

/** Drives the core of a table with a consumer: the thin rest that has a thread, a clock and a client. */
internal class TableThread<K : Any, V : Any>(
    client: Map<String, Any?>,
    private val config: CoreConfig<K, V>,
    rows: Rows<K, V>,
    private val listeners: List<(TableChange<K, V>) -> Unit>,
    private val report: (DecodeFailure) -> Unit,
    private val publish: (TableStatus) -> Unit,
) : AutoCloseable {
    private val log = LoggerFactory.getLogger(CompactedTable::class.java)
    private val topic = config.topic
    private val started = System.nanoTime()
    private val core = TableCore(config, rows, now())
    private val consumer = KafkaConsumer(consumerSettings(client), ByteArrayDeserializer(), ByteArrayDeserializer())
    private val admin = try {
        TopicAdmin(client, topic)
    } catch (exception: KafkaException) {
        consumer.close()
        throw exception
    }

    /** Answers of the brokers, from threads of the client. */
    private val answers = LinkedBlockingQueue<Input>()
    private var settingsAsked = false

    /** What the client has thrown when it was asked for a position, which it says only once. */
    private var deferred: KafkaException? = null
    private var error: TableException? = null

    @Volatile
    private var isClosing = false
    private val thread = thread(start = false, isDaemon = true, name = "table-$topic") { run() }

    fun start() = thread.start()

    override fun close() {
        isClosing = true
        if (Thread.currentThread() != thread) thread.join()
    }

    private fun run() {
        try {
            step(Input.Tick)
            while (!isClosing && error == null) {
                answers.poll()?.let(::step)
                if (error == null) step(next())
            }
        } catch (thrown: Throwable) {
            error = error ?: TableException.ClientFailed(topic, thrown)
        } finally {
            error = error ?: TableException.Closed(topic)
            publishStatus()
            runCatching { admin.close() }
            runCatching { closeConsumer() }
        }
    }

    /** With a method that clients before 4.1 have too. */
    @Suppress("DEPRECATION")
    private fun closeConsumer() = consumer.close(CLOSE)

    private fun step(input: Input) {
        for (effect in core.on(input, now())) perform(effect)
        publishStatus()
    }

    /** What comes next of the topic, or that nothing does. */
    private fun next(): Input {
        if (consumer.assignment().isEmpty()) {
            return answers.poll(POLL.toMillis(), TimeUnit.MILLISECONDS) ?: Input.Tick
        }
        try {
            deferred?.let {
                deferred = null
                throw it
            }
            val polled = consumer.poll(POLL)
            val records = polled.map { RawRecord(it.partition(), it.offset(), it.timestamp(), it.key(), it.value()) }
            return Input.Delivered(records, positions())
        } catch (exception: InvalidOffsetException) {
            log.warn("{}: {}", topic, exception.message)
            return Input.OutOfRange(exception.partitions().map { it.partition() }.toSet())
        } catch (_: AuthorizationException) {
            Thread.sleep(POLL.toMillis())
            return Input.Unauthorized
        } catch (exception: AuthenticationException) {
            return passing(exception)
        } catch (exception: RetriableException) {
            return passing(exception)
        } catch (exception: KafkaException) {
            return Input.Failed(TableException.ClientFailed(topic, exception))
        }
    }

    /** The client goes on by itself, and the answers of the brokers, or their silence, tell how it stands. */
    private fun passing(exception: KafkaException): Input {
        log.debug("{}: the Kafka client goes on after an error", topic, exception)
        Thread.sleep(POLL.toMillis())
        return Input.Tick
    }

    /** The position of a consumer passes transaction markers, aborted records and empty batches, of which no record is delivered. */
    private fun positions(): Map<Int, Long> = buildMap {
        for (partition in consumer.assignment()) {
            try {
                put(partition.partition(), consumer.position(partition, Duration.ZERO))
            } catch (_: TimeoutException) {
                // It is being checked after a change of leader.
            } catch (exception: KafkaException) {
                // The records that were polled come first.
                deferred = exception
            }
        }
    }

    private fun perform(effect: Effect<K, V>) {
        when (effect) {
            is Effect.Assign -> assign(effect.positions)
            Effect.Describe -> describe()
            is Effect.Changed -> guarded("a listener") {
                for (listener in listeners) effect.changes.forEach(listener)
            }
            is Effect.Report -> guarded("the callback for undecodable records") { report(effect.failure) }
            Effect.Ready -> log.info("{}: the table is ready", topic)
            is Effect.Log -> log(effect.notice)
            is Effect.ReadAnew -> log.warn("{}: the partitions {} are read anew: {}", topic, effect.partitions, effect.why)
            is Effect.Fail -> {
                log.error("{}: the table has stopped: {}", topic, effect.error.message)
                error = error ?: effect.error
            }
        }
    }

    private fun assign(positions: Map<Int, Long>) {
        val offsets = positions.mapKeys { TopicPartition(topic, it.key) }
        // What was assigned before may be of a topic that is gone.
        consumer.assign(emptySet())
        consumer.assign(offsets.keys)
        offsets.forEach(consumer::seek)
    }

    private fun describe() {
        admin.describe { answer ->
            answers += answer
            if (answer is Input.Described && !settingsAsked) askSettings()
        }
    }

    /** Runs on the one thread of the admin client. */
    private fun askSettings() {
        settingsAsked = true
        admin.settings().thenAccept { result ->
            when {
                result == null -> settingsAsked = false
                result.isSuccess -> answers += result.getOrThrow()
                else -> log.warn(
                    "{}: delete.retention.ms of the topic cannot be read: 24 hours are assumed: {}",
                    topic, result.exceptionOrNull()?.message,
                )
            }
        }
    }

    private fun guarded(what: String, call: () -> Unit) {
        try {
            call()
        } catch (thrown: Exception) {
            core.on(Input.Failed(TableException.CallbackFailed(topic, what, thrown)), now()).forEach(::perform)
        }
    }

    private fun log(notice: Notice) = when (notice) {
        is Notice.Stale -> log.warn(
            "{}: the brokers have not confirmed the reader's position for {} s, so what it holds may be out of date: {}",
            topic, notice.ageMs / 1000, notice.reason,
        )
        is Notice.Recovered -> log.info("{}: the brokers confirm the reader's position again, after {} s", topic, notice.ageMs / 1000)
    }

    private fun publishStatus() {
        val confirmed = core.confirmed
        publish(
            TableStatus(
                core.isReady,
                error,
                started + TimeUnit.MILLISECONDS.toNanos(confirmed.moment),
                Instant.ofEpochMilli(confirmed.wall),
                core.reason,
                core.overdue,
                core.lag(),
                core.lagging(),
            ),
        )
    }

    private fun now() = Now(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - started), System.currentTimeMillis())
}

/** A request that waits at the end of a log holds up the next one, so one that reads anew: not for long. */
private val DEFAULTS = mapOf(ConsumerConfig.MAX_POLL_RECORDS_CONFIG to 5_000, ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG to 200)

private fun consumerSettings(client: Map<String, Any?>): Map<String, Any?> =
    DEFAULTS + client - GROUP_SETTINGS + mapOf(
        ConsumerConfig.ISOLATION_LEVEL_CONFIG to "read_committed",
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG to "none",
        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG to false,
        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG to false,
    )

private val GROUP_SETTINGS = setOf(
    ConsumerConfig.GROUP_ID_CONFIG,
    ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
    ConsumerConfig.GROUP_PROTOCOL_CONFIG,
)

private val POLL = Duration.ofMillis(100)
private val CLOSE = Duration.ofSeconds(1)
