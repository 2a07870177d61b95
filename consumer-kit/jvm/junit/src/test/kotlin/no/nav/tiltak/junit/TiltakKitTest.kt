package no.nav.tiltak.junit

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir
import java.nio.file.Files
import java.nio.file.Path
import java.nio.file.attribute.PosixFilePermissions

class TiltakKitTest {
    @TempDir
    lateinit var folder: Path

    private fun program(path: String, script: String): String {
        val file = folder.resolve(path)
        Files.createDirectories(file.parent)
        Files.writeString(file, "#!/bin/sh\n$script\n")
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x")).toString()
    }

    private fun find(vararg environment: Pair<String, String>) =
        TiltakKit.find(mapOf(*environment)) { TiltakKit { TiltakKit.Result(0, "container", "") } }

    @Test
    fun `the variable goes before the search path, and both before the image`() {
        val named = program("named/kit", "printf variable")
        program("bin/tiltak-kit", "printf path")
        val path = "PATH" to "${folder.resolve("empty")}:${folder.resolve("bin")}"
        assertEquals("variable", find("TILTAK_KIT" to named, path).run().output)
        assertEquals("path", find("TILTAK_KIT" to "", path).run().output)
        assertEquals("container", find("PATH" to folder.toString()).run().output)
    }

    @Test
    fun `a variable that names no program is an error, and nothing else is tried`() {
        program("bin/tiltak-kit", "printf path")
        val error = assertThrows(IllegalStateException::class.java) {
            find("TILTAK_KIT" to "/no/such/kit", "PATH" to folder.resolve("bin").toString())
        }
        assertEquals(
            "the environment variable TILTAK_KIT names /no/such/kit, which is no program: expected the path of tiltak-kit",
            error.message,
        )
    }

    @Test
    fun `without any of the three, the error names all of them`() {
        val error = assertThrows(IllegalStateException::class.java) {
            TiltakKit.find(emptyMap()) { throw NoClassDefFoundError() }
        }
        for (way in listOf("TILTAK_KIT", "PATH", "org.testcontainers:testcontainers", KIT_IMAGE)) {
            assertTrue(way in error.message!!, error.message)
        }
    }

    @Test
    fun `a run gives its exit code, its output and its errors, however long they are`() {
        val kit = find("TILTAK_KIT" to program("kit", "seq 100000 >&2; printf '%s|' \"$@\"; exit 1"))
        val result = kit.run("fixtures", "a topic")
        assertEquals(1, result.exitCode)
        assertEquals("fixtures|a topic|", result.output)
        assertEquals(100_000, result.errors.lines().count { it.isNotEmpty() })
    }

    @Test
    fun `the image has the version of this artifact`() {
        val version = Regex("<version>(.*)</version>").find(Files.readString(Path.of("pom.xml")))!!.groupValues[1]
        assertEquals(version, KIT_IMAGE.substringAfterLast(':'))
    }
}
