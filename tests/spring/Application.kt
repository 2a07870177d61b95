package my.application

import no.nav.tiltak.types.TiltakstypeV3
import org.apache.kafka.clients.admin.Admin
import org.apache.kafka.clients.admin.NewTopic
import org.apache.kafka.clients.producer.KafkaProducer
import org.apache.kafka.clients.producer.ProducerRecord
import org.apache.kafka.common.serialization.ByteArraySerializer
import org.springframework.boot.SpringApplication
import org.springframework.boot.autoconfigure.SpringBootApplication
import org.springframework.stereotype.Component
import java.util.UUID
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit

// What kafka/README.md calls the team's own, with records of each kind, and what came of them on standard output.

private val isDeleted = CountDownLatch(1)

@Component
class Seen : Tiltakstyper {
    override fun save(id: UUID, tiltakstype: TiltakstypeV3) =
        println("save $id ${tiltakstype.tiltakskode.value}${if (tiltakstype.tiltakskode.kjent == null) " unknown" else ""}")

    override fun delete(id: UUID) {
        println("delete $id")
        isDeleted.countDown()
    }
}

@SpringBootApplication(proxyBeanMethods = false)
class Application

private const val TOPIC = "siste-tiltakstyper-v3"
private const val ID = "59a64a02-efdd-471d-9529-356ff5553a5d"

fun main(arguments: Array<String>) {
    val (brokers, value) = arguments
    val settings = mapOf<String, Any>("bootstrap.servers" to brokers)
    Admin.create(settings).use { it.createTopics(listOf(NewTopic(TOPIC, 1, 1))).all().get() }
    KafkaProducer(settings, ByteArraySerializer(), ByteArraySerializer()).use { producer ->
        fun send(key: String, value: String?) = producer.send(ProducerRecord(TOPIC, key.toByteArray(), value?.toByteArray())).get()
        send(ID, value)
        send(ID, value.replace(Regex("\"tiltakskode\":\"[A-Z_]*\""), "\"tiltakskode\":\"FROM_A_LATER_VERSION\""))
        send(ID, value.replace("\"navn\":\"", "\"navn\":7,\"x\":\""))
        send(ID, value.dropLast(1))
        send(ID.uppercase(), value)
        send(ID, null)
    }
    val settingsOfSpring = arrayOf("--spring.kafka.bootstrap-servers=$brokers", "--logging.pattern.console=%level %logger{0} %msg%n")
    SpringApplication.run(Application::class.java, *settingsOfSpring).use {
        check(isDeleted.await(60, TimeUnit.SECONDS)) { "the tombstone did not come" }
    }
}
