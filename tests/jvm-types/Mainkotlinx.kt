import kotlinx.serialization.SerializationException
import kotlinx.serialization.json.Json
import kotlinx.serialization.serializer
import no.nav.tiltak.kafka.utf8

object Kotlinx : Library {
    @Suppress("UNCHECKED_CAST")
    override fun <T : Any> read(text: String, type: Class<T>): T? = Json.decodeFromString(serializer(type), text) as T

    override fun <T : Any> read(bytes: ByteArray, type: Class<T>): T? = read(utf8(bytes), type)

    override fun write(value: Any): String = Json.encodeToString(serializer(typeOf(value)), value)

    override fun isRefusal(error: Exception): Boolean = error is SerializationException

    /** The class that the topic's values have, and not that of a variant. */
    private fun typeOf(value: Any): Class<*> = types.values.first { it.isInstance(value) }
}

fun main(arguments: Array<String>) = tell(Kotlinx, arguments)
