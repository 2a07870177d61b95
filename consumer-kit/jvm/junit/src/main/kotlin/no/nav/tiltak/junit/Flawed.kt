package no.nav.tiltak.junit

import org.junit.jupiter.api.TestTemplate
import org.junit.jupiter.api.extension.ExtendWith

/**
 * A test that runs once for each of some records that break the contract in one place. Its parameter is a [FlawedRecord],
 * which the test has to [check][FlawedRecord.check].
 *
 * @property topic the topic's name, without prefix
 * @property binds the JSON pointers that the reader binds, with `*` for the number of an item; what is below a pointer is
 * bound too. A flaw elsewhere may be passed over. All are bound by default.
 * @property except the [kinds of flaws][FlawedRecord.flaw] that the reader may take: `KeyInUpperCase` for one that does not
 * look at keys
 */
@Target(AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
@TestTemplate
@ExtendWith(FlawedExtension::class)
public annotation class Flawed(
    val topic: String,
    val binds: Array<String> = [""],
    val except: Array<String> = [],
)

/** A record that breaks the contract in one place. The parameter of a test with [Flawed]. */
public class FlawedRecord internal constructor(
    /** The record. */
    public val record: TopicRecord,
    /** The kind of the flaw, as `tiltak-kit fixtures --flawed --explain` names it, such as `WrongType`. */
    public val flaw: String,
    /** The JSON pointer of the flaw in the value; empty for the whole value and for a key. */
    public val pointer: String,
    /** Whether a tolerant reader reads the record all the same: of what a later version might add, of an item twice. */
    public val isRead: Boolean,
    private val isBound: Boolean,
) : Checkable() {
    /** What is wrong, and where. */
    override fun toString(): String = if (pointer.isEmpty()) flaw else "$flaw at $pointer"

    /**
     * Delivers the record to a new reader. One that [is read][isRead] has to be held as expected. Any other has to be refused:
     * with an exception that is meant, or by holding nothing of the key.
     *
     * @throws AssertionError if the reader does otherwise, or if it fails with an exception that nobody meant: a
     * `NullPointerException`, a `ClassCastException`, an `IndexOutOfBoundsException`
     */
    public fun check(reader: TopicReader<*>) {
        isChecked = true
        if (isRead) {
            deliver(reader, record, "$this: ")
            // The key's own value is under another key.
            if (flaw != "KeyOfAnother") holds(reader, record, "$this: ")
            return
        }
        try {
            reader.handle(record)
        } catch (@Suppress("TooGenericExceptionCaught") cause: Exception) {
            val accident = generateSequence<Throwable>(cause) { it.cause }.firstOrNull(::isAccident) ?: return
            throw AssertionError("$this: the reader fails by accident, with ${accident.javaClass.name}, at $record", cause)
        }
        if (isBound && reader.state().isNotEmpty()) {
            throw AssertionError(
                "$this: the reader takes $record\n" +
                    "  If it does not bind ${pointer.ifEmpty { "that" }}, say what it binds, @Flawed(binds = […]), " +
                    "or what it may take, @Flawed(except = [\"$flaw\"])",
            )
        }
    }

    private fun isAccident(cause: Throwable) =
        cause is NullPointerException || cause is ClassCastException || cause is IndexOutOfBoundsException
}
