package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.DecodeFailure
import no.nav.tiltak.kafka.TableChange
import no.nav.tiltak.kafka.TableException

/**
 * Two readings of the time.
 *
 * @property moment milliseconds since the reader was started; never goes back
 * @property wall milliseconds since 1970
 */
internal data class Now(val moment: Long, val wall: Long)

/** A record as it is on the topic. */
internal class RawRecord(
    val partition: Int,
    val offset: Long,
    val timestamp: Long,
    val key: ByteArray?,
    val value: ByteArray?,
)

/**
 * Where the log of a partition begins and ends.
 *
 * @property lastStableOffset what a reader of committed records may read up to (KIP-98)
 */
internal data class Watermarks(val logStart: Long, val lastStableOffset: Long, val highWatermark: Long)

/** @property topicId another one is another topic, though its name is the same */
internal data class TopicDescription(val topicId: String, val watermarks: Map<Int, Watermarks>)

/** What happened. */
internal sealed interface Input {
    /** Records, each partition's in their order, and the next offset of each partition, past what has no record. */
    class Delivered(val records: List<RawRecord>, val positions: Map<Int, Long>) : Input

    /** The answer to [Effect.Describe]. */
    class Described(val description: TopicDescription) : Input

    /** There is no answer to [Effect.Describe], or a refusal. */
    class NotDescribed(val error: TableException) : Input

    /** The topic's own settings, or why they cannot be read. */
    class Settings(val cleanupPolicy: String, val deleteRetentionMs: Long) : Input

    /** The brokers have no record at the positions of these partitions, or their logs were cut. */
    class OutOfRange(val partitions: Set<Int>) : Input

    /** The brokers hand out no records, because the right is missing. */
    data object Unauthorized : Input

    /** The Kafka client or the code of the application has failed for good. */
    class Failed(val error: TableException) : Input

    data object Tick : Input
}

/** What is to be done, in this order. */
internal sealed interface Effect<out K : Any, out V : Any> {
    /** Read these partitions, no others, from these offsets on. */
    data class Assign(val positions: Map<Int, Long>) : Effect<Nothing, Nothing>

    /** Ask the brokers about the topic. */
    data object Describe : Effect<Nothing, Nothing>

    data class Changed<K : Any, V : Any>(val changes: List<TableChange<K, V>>) : Effect<K, V>

    /** A record that is passed over. */
    data class Report(val failure: DecodeFailure) : Effect<Nothing, Nothing>

    /** Everything that was there at the start is read. */
    data object Ready : Effect<Nothing, Nothing>

    data class Log(val notice: Notice) : Effect<Nothing, Nothing>

    /** Partitions are read anew. */
    data class ReadAnew(val partitions: Set<Int>, val why: String) : Effect<Nothing, Nothing>

    /** The reader has stopped. */
    data class Fail(val error: TableException) : Effect<Nothing, Nothing>
}
