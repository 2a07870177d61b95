package no.nav.tiltak.mutants

import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.databind.JsonNode
import com.fasterxml.jackson.databind.ObjectMapper
import java.time.Instant
import java.time.format.DateTimeParseException
import java.util.UUID

/** What the readers keep of a gjennomføring. Enums and the variant are kept as they are on the wire. */
data class Gjennomforing(
    val variant: String,
    val changed: Instant,
    val tiltakskode: String,
    val status: String,
    val oppstart: String,
    val pameldingType: String,
)

/** A record that the contract does not permit. */
class Refused(problem: String, cause: Exception? = null) : Exception(problem, cause)

private val mapper = ObjectMapper()

/** Reads a payload. The parameters are what mutants do with an enum value and with a variant. */
fun gjennomforing(
    value: String,
    enum: (name: String, value: String) -> Unit = { _, _ -> },
    variant: (String) -> Unit = {},
): Gjennomforing {
    val document = try {
        mapper.readTree(value)
    } catch (cause: JsonProcessingException) {
        throw Refused("not JSON", cause)
    }
    if (!document.isObject) throw Refused("expected an object")
    fun text(name: String): String {
        val node: JsonNode = document.path(name)
        return if (node.isTextual) node.textValue() else throw Refused("/$name: expected a string and found ${node.nodeType}")
    }
    fun enum(name: String) = text(name).also { enum(name, it) }
    uuid(text("id"))
    val changed = try {
        Instant.parse(text("oppdatertTidspunkt"))
    } catch (cause: DateTimeParseException) {
        throw Refused("/oppdatertTidspunkt: expected an instant", cause)
    }
    return Gjennomforing(
        variant = text("type").also(variant),
        changed = changed,
        tiltakskode = enum("tiltakskode"),
        status = enum("status"),
        oppstart = enum("oppstart"),
        pameldingType = enum("pameldingType"),
    )
}

/** A UUID in lower case: another spelling is another key. */
fun uuid(text: String) {
    val isUuid = try {
        UUID.fromString(text).toString() == text
    } catch (cause: IllegalArgumentException) {
        throw Refused("expected a UUID", cause)
    }
    if (!isUuid) throw Refused("expected a UUID in lower case")
}
