import tools.jackson.core.JacksonException
import tools.jackson.databind.json.JsonMapper

class Jackson3 : Library {
    private val mapper = JsonMapper()

    override fun <T : Any> read(text: String, type: Class<T>): T? = mapper.readValue(text, type)

    override fun write(value: Any): String = mapper.writeValueAsString(value)

    override fun isRefusal(error: Exception): Boolean = error is JacksonException
}
