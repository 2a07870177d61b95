// Reads what stands on standard input with the generated classes and one library, and prints what came of it.
//
// A line is a topic, a tab and a record's value in hexadecimal digits. For each comes a line: `read`, how many unknown enum values and
// variants are in it, and what is written again, in hexadecimal digits; or `refused`, the JSON pointer and the message. What is thrown that
// is not meant for bad input ends the program.

import no.nav.tiltak.types.ArenaMigreringTiltaksgjennomforingV1
import no.nav.tiltak.types.DatavarehusTiltakV1
import no.nav.tiltak.types.JsonMismatchException
import no.nav.tiltak.types.TiltaksgjennomforingV2
import no.nav.tiltak.types.TiltakstypeV3
import java.lang.reflect.Modifier
import java.util.HexFormat

/** A library that reads and writes JSON, as a team has it. */
interface Library {
    /** What the text is; null where the library says that it is nothing. */
    fun <T : Any> read(text: String, type: Class<T>): T?

    /** The same, of a record's bytes. */
    fun <T : Any> read(bytes: ByteArray, type: Class<T>): T?

    fun write(value: Any): String

    /** Whether the library says with this that the text is not what it should be. */
    fun isRefusal(error: Exception): Boolean
}

val types: Map<String, Class<out Any>> = mapOf(
    "siste-tiltakstyper-v3" to TiltakstypeV3::class.java,
    "siste-tiltaksgjennomforinger-v2" to TiltaksgjennomforingV2::class.java,
    "arena-migrering-tiltaksgjennomforinger-v1" to ArenaMigreringTiltaksgjennomforingV1::class.java,
    "datavarehus-tiltak-v1" to DatavarehusTiltakV1::class.java,
)

/** What is told with the arguments of the program: of anything with `anything`, else of what Rust has read and written. */
fun tell(library: Library, arguments: Array<String>) = if ("anything" in arguments) tellAnything(library) else tellTruth(library)

private fun tellTruth(library: Library) {
    val output = System.out.buffered().writer()
    for (line in generateSequence(::readlnOrNull)) {
        val (topic, value) = line.split('\t')
        val text = String(HexFormat.of().parseHex(value))
        val told = try {
            told(library, text, types.getValue(topic))
        } catch (error: Exception) {
            if (!library.isRefusal(error)) throw error
            val mismatch = generateSequence<Throwable>(error) { it.cause }.firstNotNullOfOrNull { it as? JsonMismatchException }
            val message = (mismatch ?: error).message.orEmpty().replace(Regex("\\s"), " ")
            "refused\t${mismatch?.pointer ?: "-"}\t$message"
        }
        output.write(told + "\n")
    }
    output.flush()
}

private fun <T : Any> told(library: Library, text: String, type: Class<T>): String {
    val value = library.read(text, type) ?: return "refused\t-\tnull"
    val written = library.write(value)
    check(library.read(written, type) == value) { "what was written is another value" }
    return "read\t${unknown(value)}\t${HexFormat.of().formatHex(written.toByteArray())}"
}

/** How many unknown values and variants there are: what a team sees that asks each for `kjent`. */
private fun unknown(value: Any?): Int {
    if (value is Collection<*>) return value.sumOf(::unknown)
    val type = value?.javaClass ?: return 0
    if (!type.name.startsWith("no.nav.tiltak.types.")) return 0
    if (type.simpleName == "Ukjent") return 1
    val getters = type.methods.filter { it.name.startsWith("get") && it.parameterCount == 0 && !Modifier.isStatic(it.modifiers) }
    getters.find { it.name == "getKjent" }?.let { return if (it.invoke(value) == null) 1 else 0 }
    return getters.filter { it.name != "getClass" }.sumOf { unknown(it.invoke(value)) }
}
