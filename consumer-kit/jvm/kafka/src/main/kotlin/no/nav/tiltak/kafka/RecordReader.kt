package no.nav.tiltak.kafka

import org.apache.kafka.clients.consumer.ConsumerRecord
import java.nio.charset.StandardCharsets.UTF_8

/** What a record was decoded to. */
public sealed interface Decoded<out K : Any, out V : Any> {
    /** The key has this value now. */
    public data class Value<out K : Any, out V : Any>(public val key: K, public val value: V) : Decoded<K, V>

    /** The key is deleted. */
    public data class Tombstone<out K : Any>(public val key: K) : Decoded<K, Nothing>

    /** The record cannot be decoded. */
    public data class Failed(public val failure: DecodeFailure) : Decoded<Nothing, Nothing>
}

/** Decodes records of bytes with two functions, for those who call `poll` themselves. It never throws what they throw. */
public class RecordReader<K : Any, V : Any>(
    private val readKey: (ByteArray) -> K,
    private val readValue: (ByteArray) -> V,
) {
    /** What a record says, or why it cannot be read. */
    public fun decode(record: ConsumerRecord<ByteArray?, ByteArray?>): Decoded<K, V> {
        fun failed(part: RecordPart, pointer: String?, problem: String): Decoded.Failed {
            val key = record.key()?.let { String(it, UTF_8) }
            return Decoded.Failed(DecodeFailure(record.topic(), record.partition(), record.offset(), key, part, pointer, problem))
        }
        val keyBytes = record.key() ?: return failed(RecordPart.KEY, null, "expected a key, found none")
        val key = readOr(readKey, keyBytes) { return failed(RecordPart.KEY, it.pointer, it.problem) }
        val valueBytes = record.value() ?: return Decoded.Tombstone(key)
        return Decoded.Value(key, readOr(readValue, valueBytes) { return failed(RecordPart.VALUE, it.pointer, it.problem) })
    }
}
