package no.nav.tiltak.junit

import org.junit.jupiter.api.extension.AfterTestExecutionCallback
import org.junit.jupiter.api.extension.Extension
import org.junit.jupiter.api.extension.ExtensionContext
import org.junit.jupiter.api.extension.ParameterContext
import org.junit.jupiter.api.extension.ParameterResolver
import org.junit.jupiter.api.extension.TestTemplateInvocationContext
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider
import java.util.stream.Stream

/** A test that runs once for each parameter that its annotation asks for. */
internal abstract class ParametersExtension<A : Annotation>(
    private val annotation: Class<A>,
) : TestTemplateInvocationContextProvider {
    abstract fun parameters(annotation: A): List<Any>

    override fun supportsTestTemplate(context: ExtensionContext): Boolean =
        context.requiredTestMethod.isAnnotationPresent(annotation)

    override fun provideTestTemplateInvocationContexts(
        context: ExtensionContext,
    ): Stream<TestTemplateInvocationContext> =
        parameters(context.requiredTestMethod.getAnnotation(annotation)).map { Invocation(it) }.stream()
            .map { it as TestTemplateInvocationContext }
}

internal class LegalLogsExtension : ParametersExtension<LegalLogs>(LegalLogs::class.java) {
    override fun parameters(annotation: LegalLogs) =
        LegalLogFile(annotation.topic).take(annotation.count, annotation.staleValues)
}

internal class FixturesExtension : ParametersExtension<Fixtures>(Fixtures::class.java) {
    override fun parameters(annotation: Fixtures) = records(annotation.topic, "fixtures.ndjson")
}

internal class LaterExtension : ParametersExtension<Later>(Later::class.java) {
    override fun parameters(annotation: Later): List<LaterRecord> {
        val why = Resource(annotation.topic, "later.why.ndjson").objects { line ->
            val name = line.text("novelty")
            val novelty = Novelty.entries.find { it.name == name }
            Pair(novelty ?: throw IllegalArgumentException("$name is no novelty"), line.text("pointer"))
        }
        return records(annotation.topic, "later.ndjson").zip(why) { record, (novelty, pointer) ->
            LaterRecord(record, novelty, pointer, isBound(pointer, annotation.binds))
        }
    }
}

internal class FlawedExtension : ParametersExtension<Flawed>(Flawed::class.java) {
    override fun parameters(annotation: Flawed): List<FlawedRecord> {
        val records = records(annotation.topic, "flawed.ndjson").iterator()
        val flawed = Resource(annotation.topic, "flawed.why.ndjson").objects { line ->
            val pointer = line.text("pointer")
            FlawedRecord(
                records.next(), line.text("flaw"), pointer, line.boolean("isRead"), isBound(pointer, annotation.binds),
            )
        }
        val unknown = annotation.except.filter { name -> flawed.none { it.flaw == name } }
        require(unknown.isEmpty()) {
            "@Flawed(except = …): there is no $unknown; there are ${flawed.map { it.flaw }.distinct().sorted()}"
        }
        return flawed.filter { it.flaw !in annotation.except }
    }
}

/** The records of a file of `tiltak-kit fixtures`, as if each were on one partition at the number of its line. */
private fun records(topic: String, file: String): List<TopicRecord> {
    var offset = 0L
    return Resource(topic, file).objects { line ->
        TopicRecord(topic, 0, offset++, FIRST_TIMESTAMP + offset, line.text("key"), line.textOrNull("value"))
    }
}

/** 2026-03-16, 9 o'clock. */
private const val FIRST_TIMESTAMP = 1_773_651_600_000

/** Whether a pointer is one of those that are bound, is below one or holds one, as the empty pointer does. */
internal fun isBound(pointer: String, binds: Array<String>): Boolean {
    val place = pointer.split('/').joinToString("/") { if (it.toIntOrNull() == null) it else "*" }
    return binds.any { place == it || place.startsWith("$it/") || it.startsWith("$place/") }
}

private class Invocation(private val parameter: Any) : TestTemplateInvocationContext {
    override fun getDisplayName(invocationIndex: Int) = "[$invocationIndex] $parameter"

    override fun getAdditionalExtensions(): List<Extension> = listOf(Resolver(parameter), CheckedAfterwards(parameter))
}

private class Resolver(private val parameter: Any) : ParameterResolver {
    override fun supportsParameter(parameterContext: ParameterContext, extensionContext: ExtensionContext) =
        parameterContext.parameter.type.isInstance(parameter)

    override fun resolveParameter(parameterContext: ParameterContext, extensionContext: ExtensionContext) = parameter
}

/** Fails a test that has not checked its parameter: it says nothing. */
private class CheckedAfterwards(private val parameter: Any) : AfterTestExecutionCallback {
    override fun afterTestExecution(context: ExtensionContext) {
        if (parameter is Checkable && !parameter.isChecked && context.executionException.isEmpty) {
            throw AssertionError("the test has not called check(reader) of its ${parameter.javaClass.simpleName}")
        }
    }
}
