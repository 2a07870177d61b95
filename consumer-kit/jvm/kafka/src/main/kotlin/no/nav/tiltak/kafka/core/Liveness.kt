package no.nav.tiltak.kafka.core

/** What a reader says of its liveness. */
internal sealed interface Notice {
    /** The brokers have not confirmed the position for so long. */
    data class Stale(val ageMs: Long, val reason: String) : Notice

    /** They do again, after so long. */
    data class Recovered(val ageMs: Long) : Notice
}

/** Decides when a reader is stale, when that is worth a warning, and when a missing right is final. It has no clock. */
internal class Liveness(refreshMs: Long, private val authorizationGraceMs: Long, now: Now) {
    private val staleAfterMs = refreshMs * STALE_AFTER_INTERVALS
    private var unauthorizedSince: Long? = null
    private var lastWarning: Long? = null
    private var repeatMs = 0L

    /** When the brokers last confirmed the position. */
    var confirmed = now
        private set

    /** Why the last request failed. */
    var reason: String? = null
        private set

    /** The brokers answered and still serve the reader. */
    fun confirm(now: Now): Notice? {
        val notice = lastWarning?.let { Notice.Recovered(age(now)) }
        confirmed = now
        reason = null
        unauthorizedSince = null
        lastWarning = null
        return notice
    }

    /** A request failed. True if the right to read has been missing for too long, and the reader has to stop. */
    fun fail(now: Now, reason: String, isUnauthorized: Boolean): Boolean {
        this.reason = reason
        if (!isUnauthorized) return false
        val since = unauthorizedSince ?: now.moment.also { unauthorizedSince = it }
        return now.moment - since >= authorizationGraceMs
    }

    fun isStale(now: Now): Boolean = age(now) > staleAfterMs

    /** The warning that is due, if one is: when the reader becomes stale, and then at intervals that double. */
    fun tick(now: Now): Notice? {
        if (!isStale(now)) return null
        val last = lastWarning
        repeatMs = when {
            last == null -> FIRST_REPEAT_MS
            now.moment - last >= repeatMs -> minOf(repeatMs * 2, LONGEST_REPEAT_MS)
            else -> return null
        }
        lastWarning = now.moment
        return Notice.Stale(age(now), reason ?: NO_ANSWER)
    }

    private fun age(now: Now) = now.moment - confirmed.moment
}

internal const val NO_ANSWER = "the brokers have not answered since"
private const val STALE_AFTER_INTERVALS = 3
private const val FIRST_REPEAT_MS = 15_000L
private const val LONGEST_REPEAT_MS = 600_000L
