package no.nav.tiltak.junit

import java.nio.file.Files
import java.nio.file.Path

/**
 * The command `tiltak-kit`, for tests that need more than the packed records: a seeded broker, an audit, another seed.
 *
 * ```
 * val kit = TiltakKit.find()
 * val records = kit.run("fixtures", "siste-tiltakstyper-v3", "--seed", "7").output
 * ```
 */
public class TiltakKit internal constructor(private val launch: (arguments: List<String>) -> Result) {
    /**
     * How a run ended.
     *
     * @property exitCode 0 done and nothing to report, 1 findings, 2 could not run
     * @property output what it printed
     * @property errors what it printed as errors and explanations
     */
    public class Result(public val exitCode: Int, public val output: String, public val errors: String)

    /** Runs the command with these arguments, and waits until it ends. */
    public fun run(vararg arguments: String): Result = launch(arguments.asList())

    public companion object {
        /**
         * Finds the command: the program that the environment variable `TILTAK_KIT` names; else `tiltak-kit` on `PATH`;
         * else the container image, if Testcontainers is on the class path. In the image, paths are those of the container.
         *
         * @throws IllegalStateException there is none, or `TILTAK_KIT` names no program
         */
        @JvmStatic
        public fun find(): TiltakKit = find(System.getenv(), ::kitInContainer)

        internal fun find(environment: Map<String, String>, inContainer: () -> TiltakKit): TiltakKit {
            environment[VARIABLE]?.takeIf { it.isNotEmpty() }?.let { name ->
                val program = Path.of(name)
                check(isProgram(program)) {
                    "the environment variable $VARIABLE names $name, which is no program: expected the path of tiltak-kit"
                }
                return program(program)
            }
            environment["PATH"].orEmpty().split(':').filter { it.isNotEmpty() }.map { Path.of(it, "tiltak-kit") }
                .firstOrNull(::isProgram)?.let { return program(it) }
            return try {
                inContainer()
            } catch (cause: NoClassDefFoundError) {
                throw IllegalStateException(
                    "no tiltak-kit: set the environment variable $VARIABLE to the program, put tiltak-kit on PATH, or add " +
                        "org.testcontainers:testcontainers to the tests, which runs the image $KIT_IMAGE",
                    cause,
                )
            }
        }

        private fun isProgram(path: Path) = Files.isRegularFile(path) && Files.isExecutable(path)

        private fun program(path: Path) = TiltakKit { arguments ->
            // In a file: a full pipe of errors must not stop the program while its output is read.
            val errors = Files.createTempFile("tiltak-kit", ".txt")
            try {
                val process = ProcessBuilder(listOf(path.toAbsolutePath().toString()) + arguments)
                    .redirectError(errors.toFile()).start()
                process.outputStream.close()
                val output = process.inputStream.bufferedReader().readText()
                Result(process.waitFor(), output, Files.readString(errors))
            } finally {
                Files.delete(errors)
            }
        }
    }
}

private const val VARIABLE = "TILTAK_KIT"
