package no.nav.tiltak.junit

import org.junit.jupiter.api.TestTemplate
import org.junit.jupiter.api.extension.ExtendWith

/**
 * A test that runs once for each of some records of a later version of the contract: with a property, an enum value or a
 * variant that is new. Its parameter is a [LaterRecord], which the test has to [check][LaterRecord.check]: a reader handles
 * such a record, and keeps what it does not know.
 *
 * @property topic the topic's name, without prefix
 * @property binds the JSON pointers of the enums and discriminators that the reader binds, with `*` for the number of an
 * item; what is below a pointer is bound too. The reader has to keep an unknown value there, and may leave out others.
 * All are bound by default.
 */
@Target(AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
@TestTemplate
@ExtendWith(LaterExtension::class)
public annotation class Later(val topic: String, val binds: Array<String> = [""])

/** A record of a later version of the contract. The parameter of a test with [Later]. */
public class LaterRecord internal constructor(
    /** The record. */
    public val record: TopicRecord,
    /** What is new. */
    public val novelty: Novelty,
    /** The JSON pointer of what is new in the value. */
    public val pointer: String,
    private val isBound: Boolean,
) : Checkable() {
    /** What is new, and where. */
    override fun toString(): String = "${novelty.text} at $pointer"

    /**
     * Delivers the record to a new reader, which then has to hold it: what is expected of it and, of an enum value or a
     * variant that is bound, the unknown text itself, where [TopicReader.describe] shows it.
     *
     * @throws AssertionError if the reader fails on the record, passes over it or does not keep the unknown text
     */
    public fun <T : Any> check(reader: TopicReader<T>) {
        isChecked = true
        deliver(reader, record, "$this: ")
        val held = holds(reader, record, "$this: ") ?: return
        val unknown = novelty.unknown ?: return
        if (isBound && unknown !in reader.describe(held)) {
            throw AssertionError(
                "$this: the reader does not keep the unknown value of $record\n" +
                    "    expected  $unknown somewhere in what is held\n" +
                    "    found     ${shortened(reader.describe(held))}\n" +
                    "  If it does not bind $pointer, say what it binds: @Later(binds = […])",
            )
        }
    }
}

/** The kind of thing that a later version adds. */
public enum class Novelty(internal val text: String, internal val unknown: String?) {
    /** A property that this version does not have. */
    Property("a new property", null),

    /** A value of an enum. */
    EnumValue("an unknown enum value", "FRA_EN_SENERE_VERSJON"),

    /** A variant of a union, told by the discriminator `type`. */
    Variant("an unknown variant", "FraEnSenereVersjon"),
}

/** What the reader holds of the record, which has to be what is expected. */
internal fun <T : Any> holds(reader: TopicReader<T>, record: TopicRecord, place: String): T? {
    val expected = expected(reader, record)
    val held = reader.state()[record.key]
    if (held != expected) {
        fun shown(value: T?) = if (value == null) "nothing" else shortened(reader.describe(value))
        throw AssertionError(
            "${place}the reader holds something else of $record\n" +
                "    expected  ${shown(expected)}\n    found     ${shown(held)}",
        )
    }
    return held
}
