package no.nav.tiltak.kafka

import com.fasterxml.jackson.annotation.JsonCreator
import com.fasterxml.jackson.annotation.JsonProperty
import org.apache.kafka.clients.consumer.ConsumerRecord
import org.apache.kafka.common.TopicPartition
import org.apache.kafka.common.errors.RecordDeserializationException
import org.apache.kafka.common.errors.RecordDeserializationException.DeserializationExceptionOrigin
import org.apache.kafka.common.header.internals.RecordHeaders
import org.apache.kafka.common.record.TimestampType
import org.apache.kafka.common.serialization.Deserializer
import org.apache.kafka.common.serialization.Serdes
import org.apache.kafka.streams.StreamsBuilder
import org.apache.kafka.streams.StreamsConfig
import org.apache.kafka.streams.TestInputTopic
import org.apache.kafka.streams.TopologyTestDriver
import org.apache.kafka.streams.errors.DeserializationExceptionHandler
import org.apache.kafka.streams.errors.ErrorHandlerContext
import org.apache.kafka.streams.kstream.Consumed
import org.apache.kafka.streams.kstream.Materialized
import org.apache.kafka.streams.state.KeyValueStore
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertInstanceOf
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.params.ParameterizedTest
import org.junit.jupiter.params.provider.Arguments
import org.junit.jupiter.params.provider.MethodSource
import org.springframework.kafka.support.serializer.ErrorHandlingDeserializer
import org.springframework.kafka.support.serializer.SerializationUtils
import java.nio.ByteBuffer
import java.util.UUID
import java.util.stream.Stream
import kotlin.random.Random

data class Tiltak @JsonCreator constructor(
    @param:JsonProperty("navn") val navn: String,
    @param:JsonProperty("deltakere") val deltakere: List<Deltaker>,
)

data class Deltaker @JsonCreator constructor(
    @param:JsonProperty("a/b~c") val antall: Int,
    @param:JsonProperty("periode") val periode: Periode? = null,
)

/** As generated types are: they read what a library has parsed, and know the places in that. */
class Periode private constructor() {
    companion object {
        @JvmStatic
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        fun fromJson(json: Any?): Periode = throw JsonMismatchException("/fra", "a date", if (json is String) "a string" else "nothing")
    }
}

class JsonMismatchException(val pointer: String, val expected: String, val found: String) : IllegalArgumentException("hemmelig")

private val jackson2 = com.fasterxml.jackson.databind.ObjectMapper()
private val jackson3 = tools.jackson.databind.json.JsonMapper()
private val readers: Map<String, (ByteArray) -> Tiltak> = mapOf(
    "Jackson 2" to { jackson2.readValue(it, Tiltak::class.java) },
    "Jackson 3" to { jackson3.readValue(it, Tiltak::class.java) },
)

private const val GOOD = """{"navn":"n","deltakere":[{"a/b~c":1},{"a/b~c":2}]}"""
private const val BAD = """{"navn":"n","deltakere":[{"a/b~c":1},{"a/b~c":"hemmelig"}]}"""

private class WithPlace : RuntimeException("hemmelig"), ReadProblem {
    override val pointer = "/a"
    override val problem = "expected a number, found a string"
}

/** As a framework makes it, by the name of its class. */
class TiltakDeserializer : RecordDeserializer<Tiltak>(readers.getValue("Jackson 2"))

class RecordDeserializerTest {
    private fun record(value: String?, key: String? = "key") =
        ConsumerRecord("my-topic", 1, 7, key?.toByteArray(), value?.toByteArray())

    @ParameterizedTest
    @MethodSource("jackson")
    fun `a failure has the place in the document and none of its content`(read: (ByteArray) -> Tiltak) {
        val decoded = RecordReader({ String(it) }, read).decode(record(BAD))
        val failure = assertInstanceOf(Decoded.Failed::class.java, decoded).failure
        assertEquals("/deltakere/1/a~1b~0c", failure.pointer)
        assertTrue("$failure".startsWith("my-topic, partition 1, offset 7, key key: the value at /deltakere/1/a~1b~0c cannot be decoded: ")) { "$failure" }
        assertFalse("hemmelig" in "$failure")
    }

    @Test
    fun `values, tombstones and failures are told apart`() {
        val reader = RecordReader({ String(it) }, readers.getValue("Jackson 2"))
        assertEquals(Decoded.Value("key", Tiltak("n", listOf(Deltaker(1), Deltaker(2)))), reader.decode(record(GOOD)))
        assertEquals(Decoded.Tombstone("key"), reader.decode(record(null)))
        val noKey = assertInstanceOf(Decoded.Failed::class.java, reader.decode(record(GOOD, key = null))).failure
        assertEquals("my-topic, partition 1, offset 7, no key: the key cannot be decoded: expected a key, found none", "$noKey")
    }

    @Test
    fun `an exception that knows its place says it`() {
        val decoded = RecordReader({ String(it) }, { throw WithPlace() }).decode(record(GOOD)) as Decoded.Failed
        assertEquals("/a" to "expected a number, found a string", decoded.failure.pointer to decoded.failure.problem)
    }

    @ParameterizedTest
    @MethodSource("jackson")
    fun `what a generated type says is told, below the place where a library has put it`(read: (ByteArray) -> Tiltak) {
        val decoded = RecordReader({ String(it) }, read).decode(record("""{"navn":"n","deltakere":[{"a/b~c":1,"periode":"hemmelig"}]}""")) as Decoded.Failed
        assertEquals("/deltakere/0/periode/fra" to "expected a date, found a string", decoded.failure.pointer to decoded.failure.problem)
    }

    @Test
    fun `the path of kotlinx serialization is a pointer, unless it can be read in two ways`() {
        class JsonDecodingException(@Suppress("unused") val path: String, @Suppress("unused") val offset: Int) : RuntimeException("hemmelig")
        fun failure(path: String, offset: Int) =
            (RecordReader({ String(it) }, { throw JsonDecodingException(path, offset) }).decode(record(GOOD)) as Decoded.Failed).failure
        for ((path, pointer) in mapOf("$.a[1].b~c" to "/a/1/b~0c", "$['x/y'].z" to "/x~1y/z", "$" to null, "$.a[b" to null)) {
            assertEquals(pointer, failure(path, 7).pointer)
            assertTrue(failure(path, 7).problem.endsWith("JsonDecodingException at offset 7")) { failure(path, 7).problem }
        }
        assertEquals("", failure("$", -1).pointer)
    }

    @Test
    fun `text that is no JSON is told with how far the parser came`() {
        val failure = (RecordReader({ String(it) }, readers.getValue("Jackson 2")).decode(record("{\n hemmelig")) as Decoded.Failed).failure
        assertEquals(null to "com.fasterxml.jackson.core.JsonParseException at line 2, column 2", failure.pointer to failure.problem)
    }

    @Test
    fun `a key is a UUID in lower case, and bytes are UTF-8`() {
        assertEquals(UUID.fromString("59a64a02-efdd-471d-9529-356ff5553a5d"), uuidKey("59a64a02-efdd-471d-9529-356ff5553a5d".toByteArray()))
        val upper = assertThrows(MalformedBytesException::class.java) { uuidKey("59A64A02-EFDD-471D-9529-356FF5553A5D".toByteArray()) }
        assertEquals("expected a UUID of 36 lower-case characters, found a string of 36 characters", upper.message)
        assertEquals("æ", utf8("æ".toByteArray()))
        for (cut in listOf(byteArrayOf(0x61, -61), byteArrayOf(0x61, -61, 0x61))) {
            val malformed = assertThrows(MalformedBytesException::class.java) { utf8(cut) }
            assertEquals("expected UTF-8, found a byte that is none at offset 1", malformed.message)
        }
    }

    @Test
    fun `null of a reading function in Java, JSON null and very deep JSON are failures too`() {
        val nulls = RecordReader<String, Tiltak>({ String(it) }, readers.getValue("Jackson 2")).decode(record("null")) as Decoded.Failed
        assertEquals("the reading function gives null", nulls.failure.problem)
        fun deep(bytes: ByteArray): Tiltak = deep(bytes + 1)
        assertInstanceOf(Decoded.Failed::class.java, RecordReader({ String(it) }, ::deep).decode(record(GOOD)))
    }

    @Test
    fun `the content of a record is a type`() {
        assertEquals(Record.Upsert("1"), ConsumerRecord<String, String?>("t", 0, 0, "k", "1").toRecord())
        assertEquals(Record.Tombstone, ConsumerRecord<String, String?>("t", 0, 0, "k", null).toRecord())
    }

    @Test
    fun `the exception of a deserializer quotes no payload, nor does a cause of it`() {
        val deserializer = TiltakDeserializer()
        deserializer.configure(emptyMap<String, Any>(), false)
        assertNull(deserializer.deserialize("my-topic", null))
        val thrown = assertThrows(UndecodableException::class.java) { deserializer.deserialize("my-topic", BAD.toByteArray()) }
        assertEquals(
            "my-topic: a value cannot be decoded at /deltakere/1/a~1b~0c: com.fasterxml.jackson.databind.exc.InvalidFormatException",
            thrown.message,
        )
        assertFalse("hemmelig" in thrown.stackTraceToString())
        assertTrue(thrown.stackTrace.any { "jackson" in it.className }) { "the trace of the cause" }
    }

    @Test
    fun `what a consumer throws becomes a failure with its place`() {
        val cause = assertThrows(UndecodableException::class.java) { TiltakDeserializer().deserialize("my-topic", BAD.toByteArray()) }
        val thrown = RecordDeserializationException(
            DeserializationExceptionOrigin.VALUE, TopicPartition("my-topic", 3), 9, 0, TimestampType.CREATE_TIME,
            ByteBuffer.wrap("key".toByteArray()), ByteBuffer.wrap(BAD.toByteArray()), RecordHeaders(), "no", cause,
        )
        val failure = DecodeFailure.of(thrown)
        assertEquals(listOf(3, 9L, "key", "/deltakere/1/a~1b~0c"), listOf(failure.partition, failure.offset, failure.key, failure.pointer))
    }

    @Test
    fun `Spring's error handling deserializer takes it as it is`() {
        val headers = RecordHeaders()
        val deserializer = ErrorHandlingDeserializer<Tiltak>()
        deserializer.configure(mapOf(ErrorHandlingDeserializer.VALUE_DESERIALIZER_CLASS to TiltakDeserializer::class.java.name), false)
        assertEquals("n", deserializer.deserialize("my-topic", headers, GOOD.toByteArray())?.navn)
        assertNull(deserializer.deserialize("my-topic", headers, BAD.toByteArray()))
        val record = ConsumerRecord<ByteArray?, ByteArray?>("my-topic", 1, 7, "key".toByteArray(), null)
        headers.forEach(record.headers()::add)
        val thrown = SerializationUtils.byteArrayToDeserializationException(
            org.springframework.core.log.LogAccessor(javaClass),
            record.headers().single { "Exception" in it.key() },
        )!!
        assertEquals("/deltakere/1/a~1b~0c", DecodeFailure.of(record, thrown).pointer)
    }

    @Test
    fun `Kafka Streams takes the serde and its handler makes a failure of what is thrown`() {
        val serde = RecordSerde(readers.getValue("Jackson 2"), { jackson2.writeValueAsBytes(mapOf("navn" to it.navn, "deltakere" to emptyList<Int>())) })
        val builder = StreamsBuilder()
        builder.table("my-topic", Consumed.with(Serdes.String(), serde), Materialized.`as`<String, Tiltak, KeyValueStore<org.apache.kafka.common.utils.Bytes, ByteArray>>("table"))
        val settings = java.util.Properties()
        settings += mapOf(
            StreamsConfig.APPLICATION_ID_CONFIG to "test",
            StreamsConfig.BOOTSTRAP_SERVERS_CONFIG to "nowhere:1",
            StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG to Serdes.StringSerde::class.java,
            StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG to Serdes.ByteArraySerde::class.java,
            StreamsConfig.STATE_DIR_CONFIG to "target/streams",
            StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG to Collecting::class.java,
        )
        Collecting.failures.clear()
        TopologyTestDriver(builder.build(), settings).use { driver ->
            val input: TestInputTopic<String, ByteArray> =
                driver.createInputTopic("my-topic", Serdes.String().serializer(), Serdes.ByteArray().serializer())
            input.pipeInput("a", GOOD.toByteArray())
            input.pipeInput("b", BAD.toByteArray())
            input.pipeInput("c", GOOD.toByteArray())
            input.pipeInput("c", null as ByteArray?)
            val store = driver.getKeyValueStore<String, Tiltak>("table")
            assertEquals(listOf("n", null, null), listOf("a", "b", "c").map { store.get(it)?.navn })
        }
        val failure = Collecting.failures.single()
        assertEquals("b" to "/deltakere/1/a~1b~0c", failure.key to failure.pointer)
    }

    class Collecting : DeserializationExceptionHandler {
        override fun configure(configs: Map<String, *>) = Unit

        override fun handleError(
            context: ErrorHandlerContext,
            record: ConsumerRecord<ByteArray?, ByteArray?>,
            exception: Exception,
        ): DeserializationExceptionHandler.Response {
            failures += DecodeFailure.of(record, exception)
            return DeserializationExceptionHandler.Response.resume()
        }

        companion object {
            val failures = ArrayList<DecodeFailure>()
        }
    }

    @Test
    fun `a serde without a function that writes says so`() {
        val serde = RecordSerde(readers.getValue("Jackson 2"))
        val thrown = assertThrows(UnsupportedOperationException::class.java) { serde.serializer().serialize("my-topic", Tiltak("n", emptyList())) }
        assertEquals("my-topic: this serde only reads: give RecordSerde a function that writes", thrown.message)
    }

    @ParameterizedTest
    @MethodSource("jackson")
    fun `anything that is no value gives the deserializer's own exception`(read: (ByteArray) -> Tiltak) {
        val deserializer: Deserializer<Tiltak> = RecordDeserializer(read)
        val random = Random(1)
        var refused = 0
        repeat(5_000) {
            val bytes = GOOD.toByteArray()
            repeat(random.nextInt(4)) { bytes[random.nextInt(bytes.size)] = random.nextInt().toByte() }
            val data = if (random.nextBoolean()) bytes.copyOf(random.nextInt(bytes.size + 1)) else bytes
            try {
                deserializer.deserialize("my-topic", data)
            } catch (exception: UndecodableException) {
                refused++
                assertEquals(exception.problem.substringAfterLast(' ').contains("NullPointer"), false)
            }
        }
        assertTrue(refused in 2_000..4_999) { "$refused" }
    }

    companion object {
        @JvmStatic
        fun jackson(): Stream<Arguments> = readers.entries.map { Arguments.of(it.value) }.stream()
    }
}

class NaisKafkaTest {
    @Test
    fun `a variable that is missing and a file that cannot be read are named`() {
        val missing = assertThrows(IllegalStateException::class.java) { NaisKafka.clientSettings { null } }
        assertEquals(
            "KAFKA_BROKERS is not set: expected the brokers as host:port, comma-separated, which nais sets for an application with `kafka.pool`",
            missing.message,
        )
        val unreadable = assertThrows(IllegalStateException::class.java) { NaisKafka.clientSettings { "/nowhere" } }
        assertTrue(unreadable.message.orEmpty().startsWith("KAFKA_CA_PATH names /nowhere, which cannot be read: ")) { "${unreadable.message}" }
    }
}
