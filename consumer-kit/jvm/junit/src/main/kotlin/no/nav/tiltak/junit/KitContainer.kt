package no.nav.tiltak.junit

import org.testcontainers.containers.GenericContainer
import org.testcontainers.utility.DockerImageName

/** The image of this version. */
internal const val KIT_IMAGE: String = "ghcr.io/navikt/tiltak-kontrakter:0.1.0"

/**
 * The kit in a container, which Testcontainers removes when the tests end. It is on the network of the machine: a broker
 * at `localhost` is the one that the tests see. The environment variable `TILTAK_KIT_IMAGE` names another image.
 *
 * @throws NoClassDefFoundError Testcontainers is not on the class path
 */
internal fun kitInContainer(): TiltakKit {
    val container = GenericContainer(DockerImageName.parse(System.getenv("TILTAK_KIT_IMAGE") ?: KIT_IMAGE))
        .withNetworkMode("host").withCommand("sleep", "infinity")
    container.start()
    return TiltakKit { arguments ->
        val ended = container.execInContainer("tiltak-kit", *arguments.toTypedArray())
        TiltakKit.Result(ended.exitCode, ended.stdout, ended.stderr)
    }
}
