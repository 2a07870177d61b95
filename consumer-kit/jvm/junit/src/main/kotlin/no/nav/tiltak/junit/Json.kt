package no.nav.tiltak.junit

/**
 * Reads a line of JSON: objects as maps, arrays as lists, integers as `Long`, other numbers as `Double`. A reader of its
 * own, so that a team's tests get no JSON library from here.
 */
internal class Json private constructor(private val text: String) {
    private var at = 0

    companion object {
        /** @throws IllegalArgumentException if the text is not one JSON value */
        fun parse(text: String): Any? {
            val json = Json(text)
            val value = json.value()
            json.skipBlanks()
            json.ensure(json.at == text.length, "the end")
            return value
        }

        private const val DEEPEST = 200
    }

    private var depth = 0

    private fun value(): Any? {
        ensure(++depth <= DEEPEST, "fewer levels")
        skipBlanks()
        val value = when (peek()) {
            '{' -> members()
            '[' -> items()
            '"' -> string()
            't' -> word("true", true)
            'f' -> word("false", false)
            'n' -> word("null", null)
            else -> number()
        }
        depth--
        return value
    }

    private fun members(): Map<String, Any?> = buildMap {
        separated('{', '}') {
            skipBlanks()
            val name = string()
            skipBlanks()
            take(':')
            put(name, value())
        }
    }

    private fun items(): List<Any?> = buildList { separated('[', ']') { add(value()) } }

    private inline fun separated(open: Char, close: Char, item: () -> Unit) {
        take(open)
        skipBlanks()
        if (peek() == close) {
            at++
            return
        }
        while (true) {
            item()
            skipBlanks()
            if (peek() == close) break
            take(',')
        }
        at++
    }

    private fun string(): String {
        take('"')
        val string = StringBuilder()
        while (true) {
            when (val char = next()) {
                '"' -> return string.toString()
                '\\' -> string.append(escaped())
                else -> string.append(char)
            }
        }
    }

    private fun escaped(): Char = when (val char = next()) {
        '"', '\\', '/' -> char
        'b' -> '\b'
        'f' -> '\u000c'
        'n' -> '\n'
        'r' -> '\r'
        't' -> '\t'
        'u' -> {
            ensure(at + 4 <= text.length, "four hexadecimal digits")
            val code = text.substring(at, at + 4).toIntOrNull(16)
            at += 4
            (code ?: fail("four hexadecimal digits")).toChar()
        }
        else -> fail("an escape")
    }

    private fun number(): Number {
        val start = at
        while (at < text.length && text[at] in "+-.0123456789eE") at++
        val number = text.substring(start, at)
        return number.toLongOrNull() ?: number.toDoubleOrNull() ?: fail("a value")
    }

    private fun <T> word(word: String, value: T): T {
        ensure(text.startsWith(word, at), word)
        at += word.length
        return value
    }

    private fun skipBlanks() {
        while (at < text.length && text[at] in " \t\r\n") at++
    }

    private fun peek(): Char = if (at < text.length) text[at] else fail("more")

    private fun next(): Char = peek().also { at++ }

    private fun take(char: Char) = ensure(next() == char, "'$char'")

    private fun ensure(isSo: Boolean, expected: String) {
        if (!isSo) fail(expected)
    }

    private fun fail(expected: String): Nothing =
        throw IllegalArgumentException("not JSON: expected $expected at character $at")
}
