package no.nav.tiltak.kafka

import java.time.Duration

/** Why a topic cannot be read, or not any further. The text names the place and what to do, and quotes no payload. */
public sealed class TableException(message: String, cause: Throwable? = null) : RuntimeException(message, cause) {
    /** No broker has answered in time. */
    public class Unreachable internal constructor(brokers: String, timeout: Duration, cause: Throwable) :
        TableException("no Kafka broker answers at $brokers within ${timeout.toSeconds()} s: ${cause.message}", cause)

    /** The certificates, the key or the login do not fit. */
    public class Untrusted internal constructor(brokers: String, cause: Throwable) :
        TableException(
            "$brokers and this client do not trust each other: ${cause.message}; check the certificates and the key, and " +
                "whether a certificate has expired",
            cause,
        )

    /** The topic is not there. */
    public class MissingTopic internal constructor(topic: String, brokers: String) :
        TableException("the topic $topic does not exist on $brokers")

    /** The right to read is missing. */
    public class Forbidden internal constructor(topic: String, brokers: String) :
        TableException("$topic may not be read on $brokers: the application needs read access to the topic (its ACL)")

    /** The topic is not compacted. */
    public class NotCompacted internal constructor(topic: String, policy: String) :
        TableException(
            "$topic has cleanup.policy=$policy: its records are deleted by age or size, so a table of it lacks keys; set it " +
                "to compact, or allow it with TableSettings.anyCleanupPolicy",
        )

    /** A record cannot be decoded, and the policy is [OnUndecodable.Fail]. */
    public class Undecodable internal constructor(public val failure: DecodeFailure) :
        TableException("$failure; reading stops here, so that no record is lost; a reader with a newer contract reads on")

    /** The table was not ready in time. Waiting again goes on from where it is. */
    public class NotReady internal constructor(topic: String, timeout: Duration, public val lagging: List<Lagging>, reason: String?) :
        TableException("$topic: not caught up after ${seconds(timeout)}: ${behind(lagging, reason)}")

    /** The brokers refuse a request. */
    public class RequestFailed internal constructor(topic: String, cause: Throwable) :
        TableException("$topic: ${cause.message ?: cause.javaClass.name}", cause)

    /** The brokers have answered with an error that trying again does not mend. */
    public class ClientFailed internal constructor(topic: String, cause: Throwable) :
        TableException("$topic: the Kafka client has failed for good: ${cause.message}; start the reader again", cause)

    /** Code that was given to the table has thrown: a listener or a callback. */
    public class CallbackFailed internal constructor(topic: String, what: String, cause: Throwable) :
        TableException("$topic: $what has thrown ${cause.javaClass.name}: see the cause", cause)

    /** The table was closed. */
    public class Closed internal constructor(topic: String) : TableException("$topic: the table is closed")
}

/**
 * A partition that has not come to its target.
 *
 * @property position the next offset to be read
 * @property target the offset that it has to come to
 * @property unstable offsets behind the last stable offset (KIP-98): they may not be read before an open transaction ends
 */
public data class Lagging(
    public val partition: Int,
    public val position: Long,
    public val target: Long,
    public val unstable: Long,
) {
    override fun toString(): String {
        val hidden = if (unstable > 0) ", and ${grouped(unstable)} offsets are behind an open transaction" else ""
        return "partition $partition is at ${grouped(position)}, expected to reach ${grouped(target)}$hidden"
    }
}

private fun behind(lagging: List<Lagging>, reason: String?): String = when {
    reason != null -> reason
    lagging.isEmpty() -> "no broker has told where the log ends"
    else -> lagging.joinToString("; ") + "; the broker is slow or away"
}

private fun seconds(timeout: Duration): String = if (timeout.toMillis() % 1000 == 0L) "${timeout.toSeconds()}s" else "${timeout.toMillis()}ms"

private fun grouped(number: Long): String = String.format(java.util.Locale.ROOT, "%,d", number)
