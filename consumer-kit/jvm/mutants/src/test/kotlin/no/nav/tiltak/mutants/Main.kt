package no.nav.tiltak.mutants

import com.fasterxml.jackson.databind.ObjectMapper
import org.junit.platform.engine.discovery.DiscoverySelectors.selectClass
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder
import org.junit.platform.launcher.core.LauncherFactory
import org.junit.platform.launcher.listeners.SummaryGeneratingListener
import org.junit.platform.launcher.listeners.TestExecutionSummary
import java.nio.file.Path
import java.time.Duration
import kotlin.io.path.exists
import kotlin.io.path.name
import kotlin.io.path.readLines
import kotlin.system.measureTimeMillis

/** The outcome of one of the two checks of a mutant: green if it has found nothing. */
private class Outcome(val why: String?) {
    override fun toString() = if (why == null) "green" else "red"
}

/**
 * Runs each mutant through the tests without a broker and through those with one, once for each run, and prints a line for
 * each: run, mutant, extension, awkward, and why. Then the time that 1,000 logs take.
 *
 * Arguments: the brokers, and a folder for each run, with `resources` as `resources.sh` makes them, and `table.ndjson`, the
 * export of the topic. The folder's name is the prefix of the topics of `tiltak-kit seed --awkward`.
 */
fun main(arguments: Array<String>) {
    val brokers = arguments.first()
    for (run in arguments.drop(1).map(Path::of)) {
        val expected = export(run.resolve("table.ndjson"))
        for (mutant in Mutant.entries) {
            val extension = extension(mutant, run.resolve("resources"))
            val awkward = awkward(mutant, brokers, "${run.name}-$TOPIC", expected)
            println(listOf(run.name, mutant, extension, awkward, extension.why ?: "", awkward.why ?: "").joinToString("\t"))
        }
    }
    System.clearProperty("tiltak.junit.resources")
    for (round in 1..2) {
        val summary: TestExecutionSummary
        val took = measureTimeMillis { summary = summary(EveryLogTest::class.java) }
        check(summary.failures.isEmpty()) { "a log is red" }
        println("time\t$round\t${summary.testsSucceededCount}\t$took")
    }
}

private fun extension(mutant: Mutant, resources: Path): Outcome {
    if (resources.exists()) System.setProperty("tiltak.junit.resources", resources.toString())
    GjennomforingReaderTest.mutant = mutant
    val summary = summary(GjennomforingReaderTest::class.java)
    check(summary.testsFoundCount > 100) { "only ${summary.testsFoundCount} tests were found" }
    val failures = summary.failures.groupingBy { it.testIdentifier.legacyReportingName.substringBefore('(') }.eachCount()
    return Outcome(if (failures.isEmpty()) null else failures.entries.joinToString { "${it.value} of ${it.key}" })
}

private fun summary(test: Class<*>): TestExecutionSummary {
    val listener = SummaryGeneratingListener()
    val request = LauncherDiscoveryRequestBuilder.request().selectors(selectClass(test)).build()
    LauncherFactory.create().execute(request, listener)
    return listener.summary
}

/** Starts the application, and compares what it holds once it is ready. */
private fun awkward(mutant: Mutant, brokers: String, topic: String, expected: Map<String, Gjennomforing>): Outcome {
    val app = GjennomforingApp(brokers, topic, mutant)
    val isReady = try {
        app.becomesReady(READY_WITHIN)
    } catch (stopped: Refused) {
        return Outcome("stopped: ${stopped.message}")
    }
    if (!isReady) return Outcome("not ready, though everything is read")
    val held = app.rows()
    val differing = (expected.keys + held.keys).count { held[it] != expected[it] }
    return Outcome(if (differing == 0) null else "$differing of ${expected.size} keys differ")
}

/** What `tiltak-kit table … --export` says that the topic holds. */
private fun export(file: Path): Map<String, Gjennomforing> {
    val mapper = ObjectMapper()
    val lines = file.readLines().map(mapper::readTree)
    check(lines.isNotEmpty()) { "$file is empty" }
    return lines.associate { it["key"].asText() to gjennomforing(it["value"].asText()) }
}

private val READY_WITHIN = Duration.ofSeconds(60)
