package no.nav.tiltak.kafka

import java.io.IOException
import java.nio.file.Files
import java.nio.file.Path

/** The settings that nais gives an application with `kafka.pool`. */
public object NaisKafka {
    /**
     * Client settings out of `KAFKA_BROKERS` and of the files that `KAFKA_CA_PATH`, `KAFKA_CERTIFICATE_PATH` and
     * `KAFKA_PRIVATE_KEY_PATH` name (PEM): no key store and no password are needed.
     *
     * @throws IllegalStateException if a variable is not set, or names a file that cannot be read
     */
    @JvmStatic
    @JvmOverloads
    public fun clientSettings(variable: (String) -> String? = System::getenv): Map<String, String> {
        fun value(name: String, what: String): String = variable(name)?.takeIf { it.isNotEmpty() }
            ?: error("$name is not set: expected $what, which nais sets for an application with `kafka.pool`")

        fun file(name: String, what: String): String {
            val path = value(name, what)
            return try {
                Files.readString(Path.of(path))
            } catch (exception: IOException) {
                throw IllegalStateException("$name names $path, which cannot be read: $exception", exception)
            }
        }
        return mapOf(
            "bootstrap.servers" to value("KAFKA_BROKERS", "the brokers as host:port, comma-separated"),
            "security.protocol" to "SSL",
            "ssl.truststore.type" to "PEM",
            "ssl.truststore.certificates" to file("KAFKA_CA_PATH", "the file of the authority's certificate"),
            "ssl.keystore.type" to "PEM",
            "ssl.keystore.certificate.chain" to file("KAFKA_CERTIFICATE_PATH", "the file of the certificate"),
            "ssl.keystore.key" to file("KAFKA_PRIVATE_KEY_PATH", "the file of the private key"),
        )
    }
}
