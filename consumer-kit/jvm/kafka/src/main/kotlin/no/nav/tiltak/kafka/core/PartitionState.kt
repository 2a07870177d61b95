package no.nav.tiltak.kafka.core

import no.nav.tiltak.kafka.Lagging
import java.nio.ByteBuffer

/** One partition: how far it is read, what it has to reach, and since when it is known to be complete. */
internal class PartitionState<K : Any>(var marks: Watermarks, askedWall: Long, again: Boolean) {
    /** The next offset to be applied. */
    var position = marks.logStart

    /** What is read until the target is reached; null when the partition is followed. */
    var bootstrap: Bootstrap<K>? = Bootstrap(again)

    /** Its records cannot be had at its position: it waits for the brokers to say where the log begins. */
    var isHalted = false

    /** The position when the brokers were asked. */
    var positionWhenAsked = 0L

    /** An end of the log that has to be reached, and when it was asked for. */
    private var target: Target? = Target(marks.lastStableOffset, askedWall)

    /**
     * Every record that was in the log then is known: it was applied, or compaction had removed it for the sake of a
     * later one that was. A tombstone that came and went since may have been missed.
     */
    private var completeAt = askedWall

    private class Target(val end: Long, val askedWall: Long)

    /** The brokers have told where the log ends. A target that is not reached yet stands: else a busy log had no end. */
    fun describe(marks: Watermarks, askedWall: Long) {
        this.marks = marks
        if (target == null) target = Target(marks.lastStableOffset, askedWall)
    }

    /** Whether the log ends before what was read of it when the brokers were asked, or before what has to be read. */
    fun isCut(marks: Watermarks): Boolean = maxOf(positionWhenAsked, target?.end ?: 0) > marks.highWatermark

    fun hasReachedTarget(): Boolean = !isHalted && target?.let { position >= it.end } == true

    /** Everything up to the target is known, unless tombstones may have been missed on the way: then false. */
    fun complete(nowWall: Long, retentionMs: Long): Boolean {
        val target = target ?: return true
        val took = nowWall - completeAt
        this.target = null
        completeAt = maxOf(completeAt, target.askedWall)
        return took < retentionMs
    }

    /** Reads the partition from its beginning. Its rows stay until the target is reached. */
    fun readAnew(marks: Watermarks, askedWall: Long) {
        this.marks = marks
        position = marks.logStart
        bootstrap = Bootstrap(again = true)
        isHalted = false
        target = Target(marks.lastStableOffset, askedWall)
        completeAt = askedWall
    }

    fun lagging(partition: Int): Lagging {
        val end = target?.end ?: marks.lastStableOffset
        return Lagging(partition, position, end, marks.highWatermark - marks.lastStableOffset)
    }

    val lag: Long get() = maxOf(0, marks.lastStableOffset - position)
}

/**
 * The last record of each key, as bytes: only those are decoded. So what a table holds when it is ready depends on the
 * last record of each key alone, which compaction never removes.
 *
 * @property again the partition was read before, so keys that are not met have to be swept
 */
internal class Bootstrap<K : Any>(val again: Boolean) {
    val last = HashMap<K, RawRecord>()

    /** The last records whose key cannot be read, by the bytes of the key. */
    val unreadable = HashMap<ByteBuffer, RawRecord>()
}
