import com.fasterxml.jackson.core.JsonProcessingException
import com.fasterxml.jackson.databind.DeserializationFeature
import com.fasterxml.jackson.databind.ObjectMapper
import com.fasterxml.jackson.databind.PropertyNamingStrategies
import com.fasterxml.jackson.module.kotlin.kotlinModule
import tools.jackson.core.JacksonException
import tools.jackson.databind.json.JsonMapper

class Jackson2(private val mapper: ObjectMapper) : Library {
    override fun <T : Any> read(text: String, type: Class<T>): T? = mapper.readValue(text, type)

    override fun <T : Any> read(bytes: ByteArray, type: Class<T>): T? = mapper.readValue(bytes, type)

    override fun write(value: Any): String = mapper.writeValueAsString(value)

    override fun isRefusal(error: Exception): Boolean = error is JsonProcessingException
}

/** A mapper as teams have it, with settings that change what other classes read. */
fun mapperOfATeam(): ObjectMapper = ObjectMapper()
    .registerModule(kotlinModule())
    .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
    .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY, DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
    .enable(DeserializationFeature.USE_JAVA_ARRAY_FOR_JSON_ARRAY, DeserializationFeature.USE_BIG_INTEGER_FOR_INTS)
    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_TRAILING_TOKENS)

class Jackson3 : Library {
    private val mapper = JsonMapper()

    override fun <T : Any> read(text: String, type: Class<T>): T? = mapper.readValue(text, type)

    override fun <T : Any> read(bytes: ByteArray, type: Class<T>): T? = mapper.readValue(bytes, type)

    override fun write(value: Any): String = mapper.writeValueAsString(value)

    override fun isRefusal(error: Exception): Boolean = error is JacksonException
}

fun main(arguments: Array<String>) {
    val library = when (arguments[0]) {
        // The one thing that no class can say: Jackson 3 refuses by itself what stands behind the JSON.
        "jackson2" -> Jackson2(ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS))
        "jackson2-settings" -> Jackson2(mapperOfATeam())
        "jackson3" -> Jackson3()
        else -> error("no such library")
    }
    tell(library, arguments)
}
