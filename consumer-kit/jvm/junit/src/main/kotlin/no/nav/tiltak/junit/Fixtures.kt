package no.nav.tiltak.junit

import org.junit.jupiter.api.TestTemplate
import org.junit.jupiter.api.extension.ExtendWith

/**
 * A test that runs once for each of some valid records of a topic. Its parameter is a [TopicRecord]; some are tombstones.
 *
 * @property topic the topic's name, without prefix
 */
@Target(AnnotationTarget.FUNCTION)
@Retention(AnnotationRetention.RUNTIME)
@MustBeDocumented
@TestTemplate
@ExtendWith(FixturesExtension::class)
public annotation class Fixtures(val topic: String)
