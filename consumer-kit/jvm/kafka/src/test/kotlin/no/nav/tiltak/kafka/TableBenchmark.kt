package no.nav.tiltak.kafka

import org.apache.kafka.clients.admin.Admin
import org.apache.kafka.clients.admin.NewTopic
import org.apache.kafka.clients.producer.KafkaProducer
import org.apache.kafka.clients.producer.ProducerRecord
import org.apache.kafka.common.serialization.Serdes
import org.apache.kafka.common.serialization.StringSerializer
import org.apache.kafka.common.utils.Bytes
import org.apache.kafka.streams.KafkaStreams
import org.apache.kafka.streams.StoreQueryParameters
import org.apache.kafka.streams.StreamsBuilder
import org.apache.kafka.streams.StreamsConfig
import org.apache.kafka.streams.kstream.Consumed
import org.apache.kafka.streams.kstream.Materialized
import org.apache.kafka.streams.state.KeyValueStore
import org.apache.kafka.streams.state.QueryableStoreTypes
import org.apache.kafka.streams.state.Stores
import java.io.File
import java.lang.management.ManagementFactory
import java.nio.file.Files
import java.time.Duration
import java.util.Properties
import java.util.UUID
import java.util.concurrent.CountDownLatch
import kotlin.random.Random

/**
 * `TableBenchmark [records] [rounds]`: a [CompactedTable] beside the `GlobalKTable` of Kafka Streams, with its store on
 * disk (RocksDB, the default) and in memory, on the same topic of the broker of `KAFKA_BROKERS`, each in a JVM of its
 * own, in turn. It prints the median of the rounds.
 */
fun main(arguments: Array<String>) {
    val brokers = System.getenv("KAFKA_BROKERS")
    if (arguments.size == 3) return println(measure(arguments[0], brokers, arguments[1], arguments[2].toInt()))
    val records = arguments.getOrNull(0)?.toInt() ?: 1_000_000
    val rounds = arguments.getOrNull(1)?.toInt() ?: 3
    val topic = "benchmark-${UUID.randomUUID()}"
    fill(brokers, topic, records)
    println("$records records of about 500 bytes on 2 partitions, median of $rounds rounds")
    val found = CONTENDERS.associateWith { ArrayList<List<Double>>() }
    repeat(rounds) { for ((contender, runs) in found) runs += inJvm(contender, topic, records) }
    val medians = found.mapValues { (_, runs) -> runs.first().indices.map { column -> runs.map { it[column] }.sorted()[rounds / 2] } }
    val own = medians.getValue(CONTENDERS.first())
    println("%-28s %12s %12s %14s %12s".format("", "complete, s", "CPU, s", "heap, MB", "RSS peak, MB"))
    for ((contender, columns) in medians) {
        println("%-28s %12.2f %12.2f %14.0f %12.0f".format(contender, *columns.toTypedArray()))
        val ratios = columns.zip(own) { other, one -> other / one }
        println("%-28s %11.2fx %11.2fx %13.2fx %11.2fx".format("", *ratios.toTypedArray()))
    }
}

private val CONTENDERS = listOf("CompactedTable", "GlobalKTable, RocksDB", "GlobalKTable, in memory")

private fun fill(brokers: String, topic: String, records: Int) {
    Admin.create(mapOf<String, Any>("bootstrap.servers" to brokers)).use { admin ->
        admin.createTopics(listOf(NewTopic(topic, 2, 1).configs(mapOf("cleanup.policy" to "compact")))).all().get()
    }
    val random = Random(1)
    val letters = (1..100_000).map { 'a' + random.nextInt(26) }.joinToString("")
    val settings = mapOf<String, Any>("bootstrap.servers" to brokers, "compression.type" to "lz4", "linger.ms" to 20, "batch.size" to 262_144)
    KafkaProducer(settings, StringSerializer(), StringSerializer()).use { producer ->
        for (index in 0 until records) {
            val start = random.nextInt(letters.length - 450)
            val value = """{"id":$index,"navn":"${letters.substring(start, start + 450)}"}"""
            producer.send(ProducerRecord(topic, UUID(random.nextLong(), index.toLong()).toString(), value)) { _, error -> if (error != null) throw error }
        }
    }
}

/** What a contender has measured of itself. */
private fun inJvm(contender: String, topic: String, records: Int): List<Double> {
    val java = File(System.getProperty("java.home"), "bin/java").path
    val command = listOf(java, "-Xmx4g", "-XX:+UseParallelGC", "-cp", System.getProperty("java.class.path"), "no.nav.tiltak.kafka.TableBenchmarkKt", contender, topic, "$records")
    val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    val printed = process.inputStream.bufferedReader().readText()
    check(process.waitFor() == 0) { "$contender has failed: $printed" }
    return printed.trim().split(" ").map(String::toDouble)
}

private fun measure(contender: String, brokers: String, topic: String, records: Int): String {
    val start = System.nanoTime()
    val (size, close) = when (contender) {
        CONTENDERS[0] -> compactedTable(brokers, topic)
        else -> globalTable(brokers, topic, isInMemory = contender == CONTENDERS[2])
    }
    val seconds = (System.nanoTime() - start) / 1e9
    val cpu = (ManagementFactory.getOperatingSystemMXBean() as com.sun.management.OperatingSystemMXBean).processCpuTime / 1e9
    check(size() == records) { "$contender holds ${size()} rows, expected $records" }
    repeat(3) { System.gc() }
    val heap = ManagementFactory.getMemoryMXBean().heapMemoryUsage.used / 1e6
    val peak = File("/proc/self/status").readLines().single { it.startsWith("VmHWM") }.filter(Char::isDigit).toLong() / 1e3
    close()
    return "$seconds $cpu $heap $peak"
}

private fun compactedTable(brokers: String, topic: String): Pair<() -> Int, () -> Unit> {
    val table = CompactedTable.start(topic, mapOf("bootstrap.servers" to brokers), { String(it) }, { String(it) })
    table.awaitReady(Duration.ofMinutes(10))
    return Pair({ table.size }, table::close)
}

private fun globalTable(brokers: String, topic: String, isInMemory: Boolean): Pair<() -> Int, () -> Unit> {
    val builder = StreamsBuilder()
    val store = if (isInMemory) Materialized.`as`<String, String>(Stores.inMemoryKeyValueStore("table")) else Materialized.`as`<String, String, KeyValueStore<Bytes, ByteArray>>("table")
    builder.globalTable(topic, Consumed.with(Serdes.String(), Serdes.String()), store)
    val folder = Files.createTempDirectory("benchmark")
    val settings = Properties()
    settings += mapOf(
        StreamsConfig.APPLICATION_ID_CONFIG to "benchmark-${UUID.randomUUID()}",
        StreamsConfig.BOOTSTRAP_SERVERS_CONFIG to brokers,
        StreamsConfig.STATE_DIR_CONFIG to folder.toString(),
        StreamsConfig.consumerPrefix("max.poll.records") to 5_000,
        StreamsConfig.consumerPrefix("isolation.level") to "read_committed",
    )
    val streams = KafkaStreams(builder.build(), settings)
    val running = CountDownLatch(1)
    streams.setStateListener { new, _ -> if (new == KafkaStreams.State.RUNNING) running.countDown() }
    streams.start()
    running.await()
    val view = streams.store(StoreQueryParameters.fromNameAndType("table", QueryableStoreTypes.keyValueStore<String, String>()))
    val count = { view.all().use { rows -> rows.asSequence().count() } }
    return Pair(count) {
        streams.close()
        folder.toFile().deleteRecursively()
    }
}
