// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import kotlinx.serialization.KSerializer
import kotlinx.serialization.SerializationException
import kotlinx.serialization.descriptors.PrimitiveKind
import kotlinx.serialization.descriptors.PrimitiveSerialDescriptor
import kotlinx.serialization.descriptors.SerialDescriptor
import kotlinx.serialization.descriptors.buildClassSerialDescriptor
import kotlinx.serialization.encoding.Decoder
import kotlinx.serialization.encoding.Encoder
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonDecoder
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonEncoder
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import java.math.BigInteger

/**
 * Reads and writes a class of the contract as JSON, whatever the settings of the `Json` are: unknown properties are always
 * passed over, nothing is coerced.
 */
public abstract class ContractSerializer<T : Any> internal constructor(
    name: String,
    private val read: (Any?) -> T,
    private val write: (T) -> Any?,
) : KSerializer<T> {
    override val descriptor: SerialDescriptor = buildClassSerialDescriptor(name)

    override fun deserialize(decoder: Decoder): T {
        val json = decoder as? JsonDecoder ?: throw SerializationException("a contract's class is read from JSON only")
        return read(plain(json.decodeJsonElement(), Place.root))
    }

    override fun serialize(encoder: Encoder, value: T) {
        val json = encoder as? JsonEncoder ?: throw SerializationException("a contract's class is written as JSON only")
        json.encodeJsonElement(element(write(value)))
    }
}

/** Reads and writes a class of the contract that is a string. */
public abstract class ContractEnumSerializer<T : Any> internal constructor(
    name: String,
    private val read: (String) -> T,
    private val write: (T) -> String,
) : KSerializer<T> {
    override val descriptor: SerialDescriptor = PrimitiveSerialDescriptor(name, PrimitiveKind.STRING)

    override fun deserialize(decoder: Decoder): T =
        if (decoder is JsonDecoder) read(text(plain(decoder.decodeJsonElement(), Place.root), Place.root))
        else read(decoder.decodeString())

    override fun serialize(encoder: Encoder, value: T) {
        encoder.encodeString(write(value))
    }
}

private val NUMBER = Regex("-?(0|[1-9][0-9]*)([.][0-9]+)?([eE][+-]?[0-9]+)?")

private fun plain(json: JsonElement, place: Place): Any? = when (json) {
    JsonNull -> null
    is JsonPrimitive -> if (json.isString) json.content else unquoted(json.content, place)
    is JsonArray -> json.mapIndexed { index, item -> plain(item, Place(place, index.toString())) }
    is JsonObject -> json.mapValues { (name, value) -> plain(value, Place(place, name)) }
}

/** The parser takes any word without quotes. */
private fun unquoted(text: String, place: Place): Any = when {
    text == "true" -> true
    text == "false" -> false
    !NUMBER.matches(text) -> place.mismatch("JSON", Any())
    else -> text.toLongOrNull().takeIf { text != "-0" } ?: exact(text)
}

/** As a BigDecimal where that says more than a double. */
private fun exact(text: String): Any {
    if (text.all { it == '-' || it in '0'..'9' } && text != "-0") return BigInteger(text)
    return text.toBigDecimalOrNull()?.takeIf { it.signum() != 0 } ?: text.toDouble()
}

private fun element(value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    is Number -> JsonPrimitive(value)
    is Map<*, *> -> JsonObject(value.entries.associate { (name, it) -> name.toString() to element(it) })
    is Collection<*> -> JsonArray(value.map(::element))
    else -> throw SerializationException("a ${value::class.simpleName} is no JSON")
}
