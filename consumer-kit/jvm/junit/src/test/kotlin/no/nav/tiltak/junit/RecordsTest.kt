package no.nav.tiltak.junit

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test

class RecordsTest {
    private fun later(vararg binds: String = arrayOf("")) = LaterExtension().parameters(Later(V2, arrayOf(*binds)))

    private fun flawed(vararg binds: String = arrayOf("")) = FlawedExtension().parameters(Flawed(V2, arrayOf(*binds)))

    private fun message(check: () -> Unit): String? = runCatching(check).exceptionOrNull()?.let { (it as AssertionError).message }

    @Test
    fun `a reader that keeps what it does not know passes`() {
        for (topic in TOPICS) {
            LaterExtension().parameters(Later(topic)).also { assertEquals(60, it.size) }.forEach { it.check(TextReader()) }
        }
    }

    @Test
    fun `a reader that does not keep what it does not know is told what it binds, and may say that it binds less`() {
        val unknown = later().first { it.pointer == "/status" }
        assertEquals(
            """
            an unknown enum value at /status: the reader does not keep the unknown value of ${unknown.record}
                expected  FRA_EN_SENERE_VERSJON somewhere in what is held
                found     ${CarelessReader().expected(unknown.record.value!!)}
              If it does not bind /status, say what it binds: @Later(binds = […])
            """.trimIndent(),
            message { unknown.check(CarelessReader()) },
        )
        later("/oppdatertTidspunkt").forEach { it.check(CarelessReader()) }
    }

    @Test
    fun `a reader that passes over a record is found`() {
        val swallows = object : CarelessReader() {
            override fun handle(record: TopicRecord) = Unit
        }
        val variant = later("/nothing").first { it.novelty == Novelty.Variant }
        assertEquals(
            """
            an unknown variant at /type: the reader holds something else of ${variant.record}
                expected  ${swallows.expected(variant.record.value!!)}
                found     nothing
            """.trimIndent(),
            message { variant.check(swallows) },
        )
    }

    @Test
    fun `a flaw is refused on purpose or the test is red`() {
        val refuses = object : TextReader() {
            override fun handle(record: TopicRecord) = throw IllegalArgumentException("refused")
        }
        val accident = object : TextReader() {
            override fun handle(record: TopicRecord) = throw IllegalStateException(NullPointerException())
        }
        val flaw = flawed().first { !it.isRead && it.flaw == "Null" && it.pointer == "/id" }
        flaw.check(refuses)
        assertEquals(
            "Null at /id: the reader fails by accident, with java.lang.NullPointerException, at ${flaw.record}",
            message { flaw.check(accident) },
        )
        assertEquals(
            """
            Null at /id: the reader takes ${flaw.record}
              If it does not bind /id, say what it binds, @Flawed(binds = […]), or what it may take, @Flawed(except = ["Null"])
            """.trimIndent(),
            message { flaw.check(TextReader()) },
        )
        flawed("/status").first { it.pointer == "/id" && !it.isRead }.check(TextReader())
        val read = flawed().first { it.isRead && it.flaw == "UnknownEnumValue" }
        read.check(TextReader())
        assertTrue(message { read.check(refuses) }!!.startsWith("UnknownEnumValue at "), read.toString())
    }

    @Test
    fun `what is above and below a pointer is bound with it, and items have a star`() {
        val binds = arrayOf("/arrangor", "/innhold/*/kode")
        assertEquals(
            listOf(true, true, false, true, true, false, true),
            listOf("/arrangor", "/arrangor/navn", "/arrangorer", "/innhold/3/kode", "/innhold", "/innhold/3/tekst", "")
                .map { isBound(it, binds) },
        )
    }
}
