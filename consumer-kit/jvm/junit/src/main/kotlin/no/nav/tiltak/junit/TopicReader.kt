package no.nav.tiltak.junit

/**
 * The team's reader as the tests drive it: records go in, and what it holds of each key comes out.
 *
 * @param T what the reader holds of a key, with an `equals` that compares it
 */
public interface TopicReader<T : Any> {
    /** Handles a record as the consumer does. Whatever it throws fails the test, as it would stop the partition. */
    public fun handle(record: TopicRecord)

    /** What the reader holds, by the record key as text. */
    public fun state(): Map<String, T>

    /**
     * What a reader holds of a payload, made from its text in another way than the reader's own; null if it keeps nothing
     * of such a payload.
     */
    public fun expected(value: String): T?

    /**
     * Is called when a reader is stopped and started again with the state that it had. Some records come once more.
     * Does nothing by default.
     */
    public fun restarted() {}

    /**
     * What is held, as text: for failures, and where a test looks for an unknown enum value or variant that the reader has
     * to keep. `toString` by default.
     */
    public fun describe(held: T): String = held.toString()
}
