package no.nav.tiltak.kafka

import java.nio.ByteBuffer
import java.nio.charset.CharacterCodingException
import java.nio.charset.StandardCharsets.UTF_8
import java.util.UUID

private const val LENGTH = 36

/**
 * Reads a record key of the four topics: a UUID in lower case.
 *
 * Kafka compares keys byte for byte, so another spelling of the same UUID is another key: its value is never compacted away
 * by that of the right one. `UUID.fromString` takes such spellings, upper case and `1-1-1-1-1`.
 *
 * @throws UuidKeyException if it is anything else
 */
public fun uuidKey(key: ByteArray): UUID {
    if (key.size != LENGTH) throw UuidKeyException(key)
    var most = 0L
    var least = 0L
    for (index in 0 until LENGTH) {
        val character = key[index].toInt().toChar()
        if (index == 8 || index == 13 || index == 18 || index == 23) {
            if (character != '-') throw UuidKeyException(key)
            continue
        }
        val digit = when (character) {
            in '0'..'9' -> character - '0'
            in 'a'..'f' -> character - 'a' + 10
            else -> throw UuidKeyException(key)
        }
        if (index < 18) most = most shl 4 or digit.toLong() else least = least shl 4 or digit.toLong()
    }
    return UUID(most, least)
}

/** A [RecordDeserializer] of the keys, for where a framework wants the name of a class. */
public class UuidKeyDeserializer : RecordDeserializer<UUID>(::uuidKey)

/** A record key that is no UUID in lower case. The message does not quote it. */
public class UuidKeyException internal constructor(key: ByteArray) : IllegalArgumentException(), ReadProblem {
    override val pointer: String? get() = null

    override val problem: String = "expected a UUID of 36 lower-case characters, found ${describe(key)}"

    override val message: String get() = problem
}

private fun describe(key: ByteArray): String {
    val text = try {
        UTF_8.newDecoder().decode(ByteBuffer.wrap(key))
    } catch (_: CharacterCodingException) {
        return "${key.size} bytes that are not UTF-8"
    }
    return when (val characters = Character.codePointCount(text, 0, text.length)) {
        0 -> "an empty string"
        1 -> "a string of 1 character"
        else -> "a string of $characters characters"
    }
}
