package no.nav.tiltak.kafka

import org.apache.kafka.common.serialization.Deserializer
import org.apache.kafka.common.serialization.Serde
import org.apache.kafka.common.serialization.Serializer

/**
 * Reads keys or values with a function, for a `KafkaConsumer`, Spring for Apache Kafka and Kafka Streams.
 *
 * Null, which is a tombstone, stays null: clients do not even ask a deserializer about it. [toRecord] makes a type of
 * it. What the function throws comes out as an [UndecodableException], which says where and does not quote the payload.
 *
 * Where a framework wants the name of a class, extend it:
 * ```kotlin
 * class TiltakstypeDeserializer : RecordDeserializer<TiltakstypeV3>({ mapper.readValue(it) })
 * ```
 *
 * - A `KafkaConsumer` wraps the exception with partition and offset; [DecodeFailure.of] takes it.
 * - Spring: behind an `ErrorHandlingDeserializer`, or the container reads the record again and again.
 * - Kafka Streams: a `DeserializationExceptionHandler` is told the record and the exception; [DecodeFailure.of] takes both.
 */
public open class RecordDeserializer<T : Any>(private val read: (ByteArray) -> T) : Deserializer<T> {
    private var part = RecordPart.VALUE

    override fun configure(configs: Map<String, *>, isKey: Boolean) {
        part = if (isKey) RecordPart.KEY else RecordPart.VALUE
    }

    /** @throws UndecodableException if the function throws */
    override fun deserialize(topic: String, data: ByteArray?): T? {
        if (data == null) return null
        return readOr(read, data) { throw UndecodableException(topic, part, it.pointer, it.problem, it.trace) }
    }
}

/**
 * A [RecordDeserializer] with its serializer.
 *
 * Kafka Streams writes the values of a table to its store, so a table needs [write]. Without it a serde can only read.
 */
public open class RecordSerde<T : Any> @JvmOverloads constructor(
    read: (ByteArray) -> T,
    private val write: ((T) -> ByteArray)? = null,
) : Serde<T> {
    private val deserializer = RecordDeserializer(read)

    override fun configure(configs: Map<String, *>, isKey: Boolean): Unit = deserializer.configure(configs, isKey)

    override fun deserializer(): Deserializer<T> = deserializer

    override fun serializer(): Serializer<T> = Serializer { topic, value ->
        val write = write ?: throw UnsupportedOperationException("$topic: this serde only reads: give RecordSerde a function that writes")
        value?.let(write)
    }
}

/** What a reading function has thrown. */
internal class Refusal(val pointer: String?, val problem: String, val trace: Array<StackTraceElement>)

/** The result of a reading function, or what the refusal is turned into. A null that Java code gives is a refusal too. */
internal inline fun <R, T : R & Any> readOr(read: (ByteArray) -> T, data: ByteArray, refused: (Refusal) -> R): R {
    val value: T? = try {
        read(data)
    } catch (exception: Exception) {
        return refused(refusal(exception))
    } catch (overflow: StackOverflowError) {
        return refused(refusal(overflow))
    }
    return value ?: refused(Refusal(null, "the reading function gives null", emptyArray()))
}

internal fun refusal(thrown: Throwable): Refusal = problemOf(thrown).let { Refusal(it.pointer, it.problem, thrown.stackTrace) }
