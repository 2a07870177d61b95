package no.nav.tiltak.kafka

import no.nav.tiltak.kafka.core.CoreConfig
import no.nav.tiltak.kafka.core.NO_ANSWER
import no.nav.tiltak.kafka.core.Rows
import java.time.Duration
import java.time.Instant
import java.util.concurrent.ConcurrentHashMap
import java.util.concurrent.CopyOnWriteArrayList
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.locks.ReentrantLock
import kotlin.concurrent.withLock

/**
 * The latest value of each key of a compacted topic, kept up to date by a thread of its own.
 *
 * A table reads all partitions without a consumer group, commits nothing, and sees committed records only. Partitions
 * that are added later are picked up at the next metadata refresh. A partition is read anew, while its rows stay, when
 * the topic was deleted and made anew, when the log was cut or no longer holds the position, and when tombstones may
 * have been removed before they were read because the brokers were away for longer than `delete.retention.ms`; keys that
 * are not found again are then removed ([Cause.SWEPT]).
 *
 * Within a partition the last offset of a key decides. After partitions were added a key may have records on two: then
 * the last record of each is compared, and the later timestamp decides, of equal ones the higher partition; a tombstone
 * or an undecodable record decides like any other. So what is shown does not depend on the order in which partitions are
 * read. For that, a table of several partitions remembers tombstones for as long as the topic keeps them, at most
 * 100,000; with one partition it remembers none.
 *
 * Everything is held in memory and read anew at each start. Readers who want a store, joins or several instances that
 * share the work use Kafka Streams.
 *
 * ```kotlin
 * val table = CompactedTable.start("siste-tiltakstyper-v3", client, { String(it) }, { mapper.readValue<TiltakstypeV3>(it) })
 * table.awaitReady(Duration.ofSeconds(60))
 * println(table.size)
 * table.close()
 * ```
 */
public class CompactedTable<K : Any, V : Any> private constructor(
    private val topic: String,
    client: Map<String, Any?>,
    readKey: (ByteArray) -> K,
    readValue: (ByteArray) -> V,
    private val settings: TableSettings,
) : AutoCloseable {
    private val lock = ReentrantLock()
    private val rows = Rows<K, V>(ConcurrentHashMap(), ConcurrentHashMap()) { change -> lock.withLock { change() } }
    private val listeners = CopyOnWriteArrayList<(TableChange<K, V>) -> Unit>()
    private val settled = CountDownLatch(1)
    private val brokers = brokersOf(client)

    @Volatile
    private var status = TableStatus(confirmedNanos = System.nanoTime(), confirmed = Instant.now())

    private val thread = TableThread(
        client,
        CoreConfig(
            topic,
            brokers,
            readKey,
            readValue,
            failsAtUndecodable = settings.onUndecodable is OnUndecodable.Fail,
            anyCleanupPolicy = settings.anyCleanupPolicy,
            refreshMs = settings.metadataRefreshInterval.boundedMillis(),
            authorizationGraceMs = settings.authorizationGrace.boundedMillis(),
            tombstoneRetentionMs = settings.tombstoneRetention?.boundedMillis(),
        ),
        rows,
        listeners,
        { failure -> (settings.onUndecodable as? OnUndecodable.Skip)?.report?.invoke(failure) },
        ::publish,
    )

    /** Number of keys that have a value. */
    public val size: Int get() = rows.shown.size

    /** The value of a key; null if it has none. */
    public operator fun get(key: K): V? = rows.shown[key]?.value

    /** The value of a key with the place of its record; null if it has none. */
    public fun entry(key: K): Entry<V>? = rows.shown[key]

    /** All keys with their values, as they are at one moment. It is a copy, and takes time for its size. */
    public fun snapshot(): Map<K, Entry<V>> = lock.withLock { HashMap(rows.shown) }

    /** The keys without a value whose deciding record cannot be decoded. */
    public fun undecodable(): Map<K, DecodeFailure> = lock.withLock { HashMap(rows.undecodable) }

    /** Records that are on the topic and not in the table yet, by partition, as far as the brokers have told. */
    public fun lag(): Map<Int, Long> = status.lag

    /** Whether the brokers still serve the table. */
    public fun state(): TableState {
        val status = status
        val staleAfterMs = settings.metadataRefreshInterval.boundedMillis() * STALE_AFTER_INTERVALS
        return when {
            status.error != null -> TableState.Failed(status.error)
            System.nanoTime() - status.confirmedNanos > TimeUnit.MILLISECONDS.toNanos(staleAfterMs) ->
                TableState.Stale(status.confirmed, status.reason ?: NO_ANSWER)
            else -> TableState.Live
        }
    }

    /**
     * Waits until everything is read that was committed before the table was started, but for what stands behind a
     * transaction that was open then.
     *
     * @throws TableException.NotReady if it takes longer than [timeout]; it names each partition that is behind
     * @throws TableException if the table has stopped or was closed
     */
    public fun awaitReady(timeout: Duration) {
        val isSettled = settled.await(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS)
        val status = status
        when {
            status.error != null -> throw status.error
            !isSettled -> throw TableException.NotReady(topic, timeout, status.lagging, status.reason ?: status.overdue)
        }
    }

    /** Whether [awaitReady] would return at once. */
    public val isReady: Boolean get() = status.let { it.isReady && it.error == null }

    /**
     * Calls [listener] with each change from now on, on the table's thread and in the order of the changes. It must be
     * quick. If it throws, the table stops. Before the table is ready, each key that a partition holds comes as one
     * change when the partition has caught up.
     *
     * A [snapshot] that is taken afterwards misses nothing; the listener may be told of changes that it already has.
     *
     * @return closing it ends the calls
     */
    public fun onChange(listener: (TableChange<K, V>) -> Unit): AutoCloseable {
        val own: (TableChange<K, V>) -> Unit = { listener(it) }
        listeners += own
        return AutoCloseable { listeners -= own }
    }

    /** Stops reading, and waits until the thread has ended. What was read can still be asked for. */
    override fun close() {
        thread.close()
    }

    private fun publish(status: TableStatus) {
        this.status = status
        if (status.isReady || status.error != null) settled.countDown()
    }

    public companion object {
        /**
         * Starts a table. It does not wait for the brokers: see [awaitReady] and [state].
         *
         * @param client the settings of the Kafka client: `bootstrap.servers`, TLS. Those of a group, of positions and of
         *   isolation are the table's own
         * @param readKey reads a key; keys need `equals` and `hashCode`, so no byte array
         * @param readValue reads a value; what it throws makes the record undecodable
         * @throws org.apache.kafka.common.KafkaException if the client refuses its settings
         */
        @JvmStatic
        @JvmOverloads
        public fun <K : Any, V : Any> start(
            topic: String,
            client: Map<String, Any?>,
            readKey: (ByteArray) -> K,
            readValue: (ByteArray) -> V,
            settings: TableSettings = TableSettings(),
        ): CompactedTable<K, V> = CompactedTable(topic, client, readKey, readValue, settings).also { it.thread.start() }

        private const val STALE_AFTER_INTERVALS = 3
    }
}

/** What the thread of a table says of it. */
internal class TableStatus(
    val isReady: Boolean = false,
    val error: TableException? = null,
    val confirmedNanos: Long,
    val confirmed: Instant,
    val reason: String? = null,
    val overdue: String? = null,
    val lag: Map<Int, Long> = emptyMap(),
    val lagging: List<Lagging> = emptyList(),
)

/** In milliseconds, a thousand years at most: moments can be added to it. */
private fun Duration.boundedMillis(): Long = TimeUnit.MILLISECONDS.convert(this).coerceAtMost(LONGEST_MS)

private val LONGEST_MS = TimeUnit.DAYS.toMillis(365_000)

internal fun brokersOf(client: Map<String, Any?>): String = when (val servers = client["bootstrap.servers"]) {
    is Collection<*> -> servers.joinToString(",")
    else -> servers.toString()
}
