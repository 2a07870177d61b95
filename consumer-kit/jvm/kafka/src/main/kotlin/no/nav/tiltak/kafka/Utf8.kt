package no.nav.tiltak.kafka

import java.nio.ByteBuffer
import java.nio.CharBuffer
import java.nio.charset.StandardCharsets.UTF_8

/**
 * The text of bytes, for libraries that read text. `String(bytes)` takes a replacement character for what is no UTF-8, and goes on.
 *
 * @throws MalformedBytesException if they are not UTF-8; it says where
 */
public fun utf8(bytes: ByteArray): String {
    val input = ByteBuffer.wrap(bytes)
    val text = CharBuffer.allocate(bytes.size)
    if (UTF_8.newDecoder().decode(input, text, true).isError) {
        throw MalformedBytesException("expected UTF-8, found a byte that is none at offset ${input.position()}")
    }
    return text.flip().toString()
}

/** Bytes that are not what they have to be. The message does not quote them. */
public class MalformedBytesException internal constructor(override val problem: String) : IllegalArgumentException(problem), ReadProblem {
    override val pointer: String? get() = null
}
