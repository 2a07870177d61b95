package no.nav.tiltak.kafka

// What exceptions say of themselves. This module knows no JSON library, so it asks for properties by their names.

private const val MOST_CAUSES = 20

/** The exception and its causes, outermost first. */
internal fun causes(exception: Throwable): Sequence<Throwable> = generateSequence(exception) { it.cause }.take(MOST_CAUSES)

private class Problem(override val pointer: String?, override val problem: String) : ReadProblem

/**
 * The problem that an exception tells of itself, or a cause of it; else its class and the place that it has.
 *
 * A library that wraps an exception knows the place of what threw it: the pointers are put together.
 */
internal fun problemOf(exception: Throwable): ReadProblem {
    val wrappers = ArrayList<String>()
    for (cause in causes(exception)) {
        (cause as? ReadProblem ?: mismatch(cause))?.let { told ->
            return Problem(told.pointer?.let { wrappers.joinToString("") + it } ?: wrappers.lastOrNull(), told.problem)
        }
        pathOf(cause)?.let(wrappers::add)
    }
    if (exception is StackOverflowError) return Problem(null, "it is nested too deeply to be read (${exception.javaClass.name})")
    val position = positionOf(exception)
    // A parser that gives up knows how far it came, and not always where that is in the document.
    return Problem(pathOf(exception)?.takeUnless { it.isEmpty() && position != null }, exception.javaClass.name + position.orEmpty())
}

/** What the exception of the generated types says. In each package that they are generated to, it is another class. */
private fun mismatch(exception: Throwable): ReadProblem? {
    if (exception.javaClass.simpleName != "JsonMismatchException") return null
    val (pointer, expected, found) = listOf("getPointer", "getExpected", "getFound").map { read(exception, it) as? String ?: return null }
    return Problem(pointer, "expected $expected, found $found")
}

/** The JSON pointer out of `getPath()`, which exceptions of Jackson 2 and 3 and of kotlinx.serialization have. */
private fun pathOf(exception: Throwable): String? = when (val path = read(exception, "getPath")) {
    is List<*> -> path.map(::step).takeUnless { null in it }?.joinToString("") { pointerTo(it.orEmpty()) }
    is String -> pointerOf(path)
    else -> null
}

/** A step of Jackson's path: the name of a property, or an index. */
private fun step(reference: Any?): String? {
    val name = (read(reference, "getFieldName") ?: read(reference, "getPropertyName")) as? String
    return name ?: (read(reference, "getIndex") as? Int)?.takeIf { it >= 0 }?.toString()
}

private val PATH_STEP = Regex("""[.]([^.\[]+)|\[([0-9]+)]|\['([^']*)']""")

/** The pointer of a path such as `$.deltakere[1].navn`; null if it can be read in two ways. */
private fun pointerOf(path: String): String? {
    if (!path.startsWith("$")) return null
    val steps = PATH_STEP.findAll(path, 1).toList()
    if (steps.sumOf { it.value.length } != path.length - 1) return null
    return steps.joinToString("") { step -> pointerTo(step.groupValues.drop(1).first { it.isNotEmpty() || step.value == "['']" }) }
}

private fun pointerTo(step: String): String = "/" + step.replace("~", "~0").replace("/", "~1")

/** How far a parser came: `getLocation()` of Jackson, `getOffset()` of kotlinx.serialization. */
private fun positionOf(exception: Throwable): String? {
    if (generateSequence<Class<*>>(exception.javaClass) { it.superclass }.any { it.simpleName == "DatabindException" }) return null
    (read(exception, "getOffset") as? Int)?.let { return if (it >= 0) " at offset $it" else null }
    val location = read(exception, "getLocation") ?: return null
    val (line, column) = listOf("getLineNr", "getColumnNr").map { read(location, it) as? Int ?: return null }
    return " at line $line, column $column"
}

/** What a getter gives; null if there is none. */
private fun read(of: Any?, getter: String): Any? = try {
    of?.javaClass?.methods?.find { it.name == getter && it.parameterCount == 0 }?.invoke(of)
} catch (_: ReflectiveOperationException) {
    null
}
