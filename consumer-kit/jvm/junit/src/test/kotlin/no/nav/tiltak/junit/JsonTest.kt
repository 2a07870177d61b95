package no.nav.tiltak.junit

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows

class JsonTest {
    @Test
    fun `every kind of value is read as it stands`() {
        val text = """ {"a": [1, -2, 1.5, 1e3, 9223372036854775807], "b\"\\\/\b\f\n\r\té𝄞": {"c": null, "": true}, "d": [], "e": {}, "f": false} """
        val expected = mapOf(
            "a" to listOf(1L, -2L, 1.5, 1000.0, Long.MAX_VALUE),
            "b\"\\/\b\u000c\n\r\té𝄞" to mapOf("c" to null, "" to true),
            "d" to emptyList<Any>(),
            "e" to emptyMap<String, Any>(),
            "f" to false,
        )
        assertEquals(expected, Json.parse(text))
    }

    @Test
    fun `what is not JSON is refused with its place`() {
        val deep = "[".repeat(100_000)
        for (text in listOf("", "{", "[1", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "[1,]", "{\"a\"}", "nul", "1 2", "-", deep)) {
            val refused = assertThrows<IllegalArgumentException>(text.take(10)) { Json.parse(text) }
            check(Regex("not JSON: expected .* at character \\d+").matches(refused.message!!)) { refused.message!! }
        }
    }
}
