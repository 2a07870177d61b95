// Reads what stands on standard input with the deserializers of tiltak-kafka, and prints what came of it.
//
// A line is a topic, `key` or `value`, and its bytes in hexadecimal digits, with tabs between them. For each comes a line: `read`;
// `refused`, the JSON pointer and the problem; or `thrown` and what came out that should not.

import no.nav.tiltak.kafka.DecodeFailure
import no.nav.tiltak.kafka.Decoded
import no.nav.tiltak.kafka.RecordDeserializer
import no.nav.tiltak.kafka.RecordReader
import no.nav.tiltak.kafka.RecordSerde
import no.nav.tiltak.kafka.UndecodableException
import no.nav.tiltak.kafka.UuidKeyDeserializer
import no.nav.tiltak.kafka.uuidKey
import org.apache.kafka.clients.consumer.ConsumerRecord
import org.apache.kafka.common.serialization.Deserializer
import java.util.HexFormat

private val goodKey = "59a64a02-efdd-471d-9529-356ff5553a5d".toByteArray()

fun tellAnything(library: Library) {
    val output = System.out.buffered().writer()
    val readers = types.mapValues { (topic, type) -> Readers(topic, type, library) }
    for (line in generateSequence(::readlnOrNull)) {
        val (topic, part, digits) = line.split('\t')
        output.write(readers.getValue(topic).told(part == "key", HexFormat.of().parseHex(digits)) + "\n")
    }
    output.flush()
}

private class Readers<T : Any>(private val topic: String, type: Class<out T>, library: Library) {
    // As in Java, where null is not seen.
    @Suppress("UNCHECKED_CAST")
    private val read: (ByteArray) -> T = { bytes: ByteArray -> library.read(bytes, type) } as (ByteArray) -> T
    private val deserializers: List<Deserializer<T>> = listOf(RecordDeserializer(read), RecordSerde(read).deserializer())
    private val reader = RecordReader(::uuidKey, read)

    fun told(isKey: Boolean, bytes: ByteArray): String {
        val told = when (isKey) {
            true -> listOf(told(UuidKeyDeserializer(), bytes), told(record(bytes, ByteArray(0))))
            false -> deserializers.map { told(it, bytes) } + told(record(goodKey, bytes))
        }
        return told.distinct().singleOrNull() ?: "thrown\tthey do not agree: $told"
    }

    private fun record(key: ByteArray, value: ByteArray) = ConsumerRecord<ByteArray?, ByteArray?>(topic, 1, 7, key, value)

    private fun told(deserializer: Deserializer<*>, bytes: ByteArray): String = try {
        deserializer.deserialize(topic, bytes)
        "read"
    } catch (exception: UndecodableException) {
        refused(exception.pointer, exception.problem)
    } catch (@Suppress("TooGenericExceptionCaught") thrown: Throwable) {
        "thrown\t$thrown"
    }

    private fun told(record: ConsumerRecord<ByteArray?, ByteArray?>): String = try {
        val decoded = reader.decode(record)
        val failure: DecodeFailure? = (decoded as? Decoded.Failed)?.failure
        // A key is looked at alone: its record has no value that is read.
        if (failure == null || (record.value()!!.isEmpty() && failure.part.name == "VALUE" && record.key() !== goodKey)) "read"
        else refused(failure.pointer, failure.problem)
    } catch (@Suppress("TooGenericExceptionCaught") thrown: Throwable) {
        "thrown\t$thrown"
    }

    private fun refused(pointer: String?, problem: String) =
        "refused\t${pointer?.let { HexFormat.of().formatHex(it.toByteArray()) } ?: "-"}\t$problem"
}
