package no.nav.tiltak.kafka

import org.apache.kafka.clients.consumer.ConsumerRecord
import org.apache.kafka.common.errors.RecordDeserializationException
import org.apache.kafka.common.errors.SerializationException
import java.nio.ByteBuffer
import java.nio.charset.StandardCharsets.UTF_8

/**
 * What an exception of a reading function says of the place and the kind of a mistake, without quoting the payload.
 *
 * The exception of a reading function may implement it; those of the generated types say it too. Of other exceptions the
 * class is told, and the place if they have one as those of Jackson and kotlinx.serialization do; never their message,
 * because it may quote the payload.
 */
public interface ReadProblem {
    /** The place of the mistake, a JSON pointer (RFC 6901); empty for the whole document, null if it is not known. */
    public val pointer: String?

    /** What was expected and what kind of thing was found. It must not quote the payload. */
    public val problem: String
}

/** The part of a record that was read. */
public enum class RecordPart {
    KEY,
    VALUE,
}

/**
 * A record that cannot be decoded: where it is and what is wrong with it, without its payload.
 *
 * @property key the record key as text, bytes that are no UTF-8 replaced; null if the record has no key
 * @property part what could not be read
 * @property pointer the place in it, a JSON pointer (RFC 6901); null if it is not known
 * @property problem what is wrong there, without the payload
 */
public data class DecodeFailure(
    public val topic: String,
    public val partition: Int,
    public val offset: Long,
    public val key: String?,
    public val part: RecordPart,
    public val pointer: String?,
    public val problem: String,
) {
    override fun toString(): String {
        val place = pointer?.let { " at ${it.ifEmpty { "the root" }}" }.orEmpty()
        return "$topic, partition $partition, offset $offset, ${key?.let { "key $it" } ?: "no key"}: " +
            "the ${part.name.lowercase()}$place cannot be decoded: $problem"
    }

    public companion object {
        /**
         * The failure of a record whose deserializer has thrown, as the exception handlers of Kafka Streams and of Spring
         * for Apache Kafka are told it. The exception may be wrapped, and the key may be bytes or what was read of it.
         */
        @JvmStatic
        public fun of(record: ConsumerRecord<*, *>, exception: Throwable): DecodeFailure {
            val undecodable = undecodable(exception)
            val problem = undecodable ?: problemOf(exception)
            return DecodeFailure(
                record.topic(),
                record.partition(),
                record.offset(),
                record.key()?.let { if (it is ByteArray) String(it, UTF_8) else it.toString() },
                undecodable?.part ?: RecordPart.VALUE,
                problem.pointer,
                problem.problem,
            )
        }

        /** The failure that [org.apache.kafka.clients.consumer.KafkaConsumer.poll] has thrown. */
        @JvmStatic
        public fun of(exception: RecordDeserializationException): DecodeFailure {
            val problem = undecodable(exception) ?: problemOf(exception.cause ?: exception)
            val isKey = exception.origin() == RecordDeserializationException.DeserializationExceptionOrigin.KEY
            return DecodeFailure(
                exception.topicPartition().topic(),
                exception.topicPartition().partition(),
                exception.offset(),
                exception.keyBuffer()?.let(::text),
                if (isKey) RecordPart.KEY else RecordPart.VALUE,
                problem.pointer,
                problem.problem,
            )
        }

        private fun undecodable(exception: Throwable): UndecodableException? =
            causes(exception).firstNotNullOfOrNull { it as? UndecodableException }

        private fun text(buffer: ByteBuffer): String = UTF_8.decode(buffer.duplicate()).toString()
    }
}

/**
 * A key or a value that a [RecordDeserializer] cannot read.
 *
 * A deserializer is not told partition and offset: `DecodeFailure.of` puts them together with this exception. It has
 * no cause, because the message of the cause may quote the payload, and whoever logs an exception logs its causes; its
 * stack trace is that of the cause.
 */
public class UndecodableException internal constructor(
    public val topic: String,
    public val part: RecordPart,
    override val pointer: String?,
    override val problem: String,
    trace: Array<StackTraceElement>,
) : SerializationException(
    "$topic: a ${part.name.lowercase()} cannot be decoded${pointer?.let { " at ${it.ifEmpty { "the root" }}" }.orEmpty()}: $problem",
),
    ReadProblem {
    init {
        stackTrace = trace
    }

    // SerializationException leaves the trace out.
    override fun fillInStackTrace(): Throwable = this
}
