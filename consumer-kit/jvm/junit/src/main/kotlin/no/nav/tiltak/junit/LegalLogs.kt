package no.nav.tiltak.junit

import org.junit.jupiter.api.TestTemplate
import org.junit.jupiter.api.extension.ExtendWith

/**
 * A test that runs once for each of many logs that compaction may leave of a history, without a broker. Its parameter is a
 * [LegalLog], which the test has to [check][LegalLog.check].
 *
 * The histories hold tombstones, payloads of later versions of the contract, gaps in the offsets and, if [staleValues], a
 * key with an older value on another partition. Partitions are read in any order, also while compaction runs, and readers
 * are stopped and started again.
 *
 * ```kotlin
 * @LegalLogs("siste-tiltaksgjennomforinger-v2")
 * fun `the table holds the last value of each key`(log: LegalLog) = log.check(MyReader())
 * ```
 *
 * @property topic the topic's name, without prefix
 * @property count how many logs, at most the 1,000 that are packed; taken from as many histories as there are
 * @property staleValues whether a key may have an older value on another partition. A reader tells it by its timestamp.
 * Only for a reader that gets no timestamps, and never more partitions, it may be false.
 */
@Target(AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
@TestTemplate
@ExtendWith(LegalLogsExtension::class)
public annotation class LegalLogs(
    val topic: String,
    val count: Int = 100,
    val staleValues: Boolean = true,
)
