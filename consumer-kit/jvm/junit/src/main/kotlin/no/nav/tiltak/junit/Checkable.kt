package no.nav.tiltak.junit

/** A parameter that a test has to check. */
public abstract class Checkable internal constructor() {
    @Volatile
    internal var isChecked: Boolean = false
}

/** Delivers a record; an exception becomes a failure that says where. */
internal fun deliver(reader: TopicReader<*>, record: TopicRecord, place: String = "") {
    try {
        reader.handle(record)
    } catch (@Suppress("TooGenericExceptionCaught") cause: Exception) {
        throw AssertionError("${place}the reader stops with ${cause.javaClass.name} at $record", cause)
    }
}

/** What is expected of a record with a value. */
internal fun <T : Any> expected(reader: TopicReader<T>, record: TopicRecord): T? {
    val value = record.value ?: return null
    return try {
        reader.expected(value)
    } catch (@Suppress("TooGenericExceptionCaught") cause: Exception) {
        throw AssertionError("expected() of the test fails with ${cause.javaClass.name} at $record", cause)
    }
}

private const val WIDTH = 160

internal fun shortened(text: String): String = if (text.length <= WIDTH) text else text.take(WIDTH) + "…"
