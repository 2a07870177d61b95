package no.nav.tiltak.kafka

import org.apache.kafka.clients.consumer.ConsumerRecord

/**
 * The content of a record on a compacted topic: a value, or a tombstone that deletes the key.
 *
 * A `when` over it is exhaustive, so a reader that forgets tombstones does not compile.
 */
public sealed interface Record<out T : Any> {
    /** The key has this value now. */
    public data class Upsert<out T : Any>(public val value: T) : Record<T>

    /** The key is deleted. */
    public data object Tombstone : Record<Nothing>
}

/** The content of a record that a [RecordDeserializer] has read, whose value is null where the record is a tombstone. */
public fun <T : Any> ConsumerRecord<*, out T?>.toRecord(): Record<T> {
    val value = value() ?: return Record.Tombstone
    return Record.Upsert(value)
}
