package no.nav.tiltak.kafka

import java.util.UUID

private const val LENGTH = 36

/**
 * Reads a record key of the four topics: a UUID in lower case.
 *
 * Kafka compares keys byte for byte, so another spelling of the same UUID is another key: its value is never compacted away
 * by that of the right one. `UUID.fromString` takes such spellings, upper case and `1-1-1-1-1`.
 *
 * @throws MalformedBytesException if it is anything else
 */
public fun uuidKey(key: ByteArray): UUID {
    if (key.size != LENGTH) throw malformed(key)
    var most = 0L
    var least = 0L
    for (index in 0 until LENGTH) {
        val character = key[index].toInt().toChar()
        if (index == 8 || index == 13 || index == 18 || index == 23) {
            if (character != '-') throw malformed(key)
            continue
        }
        val digit = when (character) {
            in '0'..'9' -> character - '0'
            in 'a'..'f' -> character - 'a' + 10
            else -> throw malformed(key)
        }
        if (index < 18) most = most shl 4 or digit.toLong() else least = least shl 4 or digit.toLong()
    }
    return UUID(most, least)
}

/** A [RecordDeserializer] of the keys, for where a framework wants the name of a class. */
public class UuidKeyDeserializer : RecordDeserializer<UUID>(::uuidKey)

private fun malformed(key: ByteArray): MalformedBytesException {
    val found = try {
        val text = utf8(key)
        when (val characters = text.codePointCount(0, text.length)) {
            0 -> "an empty string"
            1 -> "a string of 1 character"
            else -> "a string of $characters characters"
        }
    } catch (_: MalformedBytesException) {
        "${key.size} bytes that are not UTF-8"
    }
    return MalformedBytesException("expected a UUID of 36 lower-case characters, found $found")
}
