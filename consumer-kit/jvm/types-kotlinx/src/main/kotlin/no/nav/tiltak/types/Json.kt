// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import java.math.BigDecimal
import java.math.BigInteger
import java.time.DateTimeException
import java.time.Instant
import java.time.LocalDate
import java.time.LocalDateTime
import java.time.ZoneOffset
import java.util.Collections
import java.util.UUID

/**
 * JSON that is not what the contract says.
 *
 * The message names places and kinds, and never a value: payloads may hold personal data, and errors end up in logs.
 *
 * @property pointer where in the JSON (RFC 6901); empty for the whole
 * @property expected what the contract says that stands there
 * @property found what stands there, without its content
 */
public class JsonMismatchException internal constructor(
    public val pointer: String,
    public val expected: String,
    public val found: String,
) : kotlinx.serialization.SerializationException("${if (pointer.isEmpty()) "" else "at $pointer: "}expected $expected, found $found")

/** Stands for a property that is not there. */
internal object Missing

/** A place in a JSON document. */
internal class Place(private val parent: Place?, private val token: String) {
    fun mismatch(expected: String, found: Any?): Nothing =
        throw JsonMismatchException(pointer(), expected, describe(found))

    private fun pointer(): String =
        if (parent == null) "" else "${parent.pointer()}/${token.replace("~", "~0").replace("/", "~1")}"

    companion object {
        val root: Place = Place(null, "")
    }
}

private fun describe(value: Any?): String = when (value) {
    Missing -> "nothing"
    null -> "null"
    is String -> "a string of ${value.codePointCount(0, value.length)} characters"
    is Boolean -> "true or false"
    is Number -> "a number"
    is Map<*, *> -> "an object"
    is Collection<*>, is Array<*> -> "an array"
    else -> "something that is no JSON"
}

/** An object of the contract; properties that the contract does not know are passed over. */
internal class ObjectReader(value: Any?, private val place: Place) {
    private val properties: Map<*, *> = value as? Map<*, *> ?: place.mismatch("an object", value)

    fun <T> required(name: String, read: (Any?, Place) -> T): T {
        val value = properties[name]
        return read(if (value == null && !properties.containsKey(name)) Missing else value, Place(place, name))
    }

    /** A property that is null or is not there is null, whichever of the two the contract says. */
    fun <T : Any> optional(name: String, read: (Any?, Place) -> T): T? {
        val value = properties[name] ?: return null
        return read(value, Place(place, name))
    }

    /** A property that says which variant the object is. */
    fun tag(name: String, tag: String) {
        if (required(name, ::text) != tag) Place(place, name).mismatch("the variant $tag", properties[name])
    }
}

internal fun text(value: Any?, place: Place): String = value as? String ?: place.mismatch("a string", value)

/** A text of a certain form. */
internal class Form(pattern: String) {
    private val regex = Regex(pattern)
    private val expected = "a string that matches $pattern"

    fun matching(value: Any?, place: Place): String =
        text(value, place).also { if (!regex.containsMatchIn(it)) place.mismatch(expected, it) }

    fun matchingUuid(value: Any?, place: Place): UUID = uuid(matching(value, place), place)
}

private val UUID_FORM = Regex("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

internal fun uuid(value: Any?, place: Place): UUID {
    val text = text(value, place)
    return if (UUID_FORM.matches(text)) UUID.fromString(text) else place.mismatch("a UUID", text)
}

internal fun boolean(value: Any?, place: Place): Boolean = value as? Boolean ?: place.mismatch("true or false", value)

internal fun int(value: Any?, place: Place): Int {
    val number = whole(value)
    return if (number != null && number in Int.MIN_VALUE..Int.MAX_VALUE) number.toInt()
    else place.mismatch("an integer of 32 bits", value)
}

internal fun long(value: Any?, place: Place): Long = whole(value) ?: place.mismatch("an integer of 64 bits", value)

/** Doubles below this one hold every integer, and say so. */
private const val EXACT = 9007199254740992.0

/** The integer that a number is, however it is spelt; none if it is not one, is too large, or cannot be told exactly. */
private fun whole(value: Any?): Long? = when (value) {
    is Long, is Int, is Short, is Byte -> (value as Number).toLong()
    is BigInteger -> if (value.bitLength() < Long.SIZE_BITS) value.toLong() else null
    is Double, is Float -> (value as Number).toDouble().let { number ->
        if (number > -EXACT && number < EXACT && number == Math.rint(number)) number.toLong() else null
    }
    is BigDecimal -> when {
        value.signum() == 0 -> 0
        value.precision().toLong() - value.scale() > 19 || value.scale() > value.precision() -> null
        else -> try {
            value.longValueExact()
        } catch (_: ArithmeticException) {
            null
        }
    }
    else -> null
}

internal fun double(value: Any?, place: Place): Double {
    val number = (value as? Number)?.toDouble() ?: place.mismatch("a number", value)
    return if (number.isFinite()) number else place.mismatch("a number within the doubles", value)
}

private val DATE = Regex("[0-9]{4}-[0-9]{2}-[0-9]{2}")

internal fun date(value: Any?, place: Place): LocalDate {
    val text = text(value, place)
    return orNull { if (DATE.matches(text)) LocalDate.parse(text) else null } ?: place.mismatch("a date, such as 2026-01-31", text)
}

private val DATE_TIME =
    Regex("""([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(.*)""")
private val OFFSET = Regex("""([+-])([0-9]{2})(?::?([0-9]{2}))?(?::([0-9]{2}))?""")
private const val LONGEST_OFFSET = 18 * 60 * 60

/** Any spelling of ISO 8601's extended format: seconds or none, a fraction of any length, 24:00 as the end of the day. */
internal fun localDateTime(value: Any?, place: Place): LocalDateTime {
    val text = text(value, place)
    return orNull { dateTime(text)?.let { (time, after) -> if (after.isEmpty()) time else null } }
        ?: place.mismatch("a local date-time without zone, such as 2026-01-31T09:00", text)
}

/** The same with `Z` or an offset from UTC. */
internal fun instant(value: Any?, place: Place): Instant {
    val text = text(value, place)
    return orNull {
        val (time, after) = dateTime(text) ?: return@orNull null
        val utc = time.minusSeconds(offset(after) ?: return@orNull null)
        if (utc.year in 0..9999) utc.toInstant(ZoneOffset.UTC) else null
    } ?: place.mismatch("an instant, such as 2026-01-31T09:00:00Z", text)
}

private fun dateTime(text: String): Pair<LocalDateTime, String>? {
    val (date, hour, minute, second, fraction, after) = (DATE_TIME.matchEntire(text) ?: return null).destructured
    val isEndOfDay = hour == "24" && minute == "00" && (second + fraction).all { it == '0' }
    val seconds = second.ifEmpty { "0" }.toInt()
    val nanos = fraction.take(9).padEnd(9, '0').toInt()
    val day = LocalDate.parse(date)
    val time = if (isEndOfDay) day.plusDays(1).atStartOfDay() else day.atTime(hour.toInt(), minute.toInt(), seconds, nanos)
    return if (time.year <= 9999) Pair(time, after) else null
}

private fun offset(text: String): Long? {
    if (text == "Z" || text == "z") return 0
    val (sign, hour, minute, second) = (OFFSET.matchEntire(text) ?: return null).destructured
    if (second.isNotEmpty() && text[3] != ':') return null
    val parts = listOf(hour, minute, second).map { it.ifEmpty { "0" }.toInt() }
    val seconds = (parts[0] * 60 + parts[1]) * 60 + parts[2]
    if (parts[1] > 59 || parts[2] > 59 || seconds > LONGEST_OFFSET) return null
    return if (sign == "-") -seconds.toLong() else seconds.toLong()
}

private inline fun <T> orNull(parse: () -> T?): T? = try {
    parse()
} catch (_: DateTimeException) {
    null
}

private fun items(value: Any?, place: Place): Collection<Any?> = when (value) {
    is Collection<*> -> value
    is Array<*> -> value.asList()
    else -> place.mismatch("an array", value)
}

internal fun <T> list(value: Any?, place: Place, read: (Any?, Place) -> T): List<T> =
    items(value, place).mapIndexed { index, item -> read(item, Place(place, index.toString())) }

/** A set that keeps the order; of an item that stands there twice, the first is there. */
internal fun <T> set(value: Any?, place: Place, read: (Any?, Place) -> T): Set<T> =
    list(value, place, read).toCollection(LinkedHashSet())

internal fun <T> map(value: Any?, place: Place, read: (Any?, Place) -> T): Map<String, T> {
    val properties = value as? Map<*, *> ?: place.mismatch("an object", value)
    return properties.entries.associateTo(LinkedHashMap()) { (name, it) ->
        name.toString() to read(it, Place(place, name.toString()))
    }
}

/** Anything that is there, as String, Boolean, Long, BigInteger, Double, List, Map and null. */
internal fun anything(value: Any?, place: Place): Any = content(value, place) ?: place.mismatch("a value", null)

/** The same, null too. A number beyond the doubles is the nearest of them: JSON has no other spelling of infinity. */
internal fun content(value: Any?, place: Place): Any? = when (value) {
    null, is String, is Boolean, is BigInteger -> value
    is Long, is Int, is Short, is Byte -> (value as Number).toLong()
    is Number -> value.toDouble().coerceIn(-Double.MAX_VALUE, Double.MAX_VALUE)
    is Map<*, *> -> Collections.unmodifiableMap(map(value, place, ::content))
    is Collection<*>, is Array<*> -> Collections.unmodifiableList(list(value, place, ::content))
    else -> place.mismatch("JSON", value)
}
