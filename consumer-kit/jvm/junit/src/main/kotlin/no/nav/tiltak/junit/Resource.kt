package no.nav.tiltak.junit

import java.io.IOException
import java.io.InputStream
import java.nio.file.Files
import java.nio.file.Path

/**
 * A file of a topic that `tiltak-kit` has made. The files are packed into this artifact; the system property
 * `tiltak.junit.resources` names a folder with others, made by `resources.sh <folder> <seed>`.
 */
internal class Resource(private val topic: String, private val name: String) {
    private val where: String

    private val stream: InputStream

    init {
        val folder = System.getProperty("tiltak.junit.resources")
        if (folder == null) {
            where = "$topic/$name"
            stream = Resource::class.java.getResourceAsStream(where) ?: throw missing("is not one of the four topics")
        } else {
            val file = Path.of(folder, topic, name)
            where = file.toString()
            stream = try {
                Files.newInputStream(file)
            } catch (cause: IOException) {
                throw missing("has no file $file (system property tiltak.junit.resources)").initCause(cause)
            }
        }
    }

    private fun missing(problem: String) = IllegalArgumentException(
        "$topic $problem: expected the name of a topic of Tiltaksadministrasjon without prefix, " +
            "such as siste-tiltaksgjennomforinger-v2",
    )

    /** The objects of the lines, each with a function that reads it. */
    fun <T> objects(read: (Fields) -> T): List<T> = stream.bufferedReader().useLines { lines ->
        lines.mapIndexed { index, line ->
            try {
                val fields = Json.parse(line) as? Map<*, *> ?: throw IllegalArgumentException("expected an object")
                read(Fields(fields))
            } catch (cause: IllegalArgumentException) {
                throw IllegalArgumentException("$where, line ${index + 1}: ${cause.message}", cause)
            }
        }.toList()
    }
}

/** The members of an object, of the types that are expected of them. */
internal class Fields(private val members: Map<*, *>) {
    operator fun contains(name: String) = name in members

    fun text(name: String): String = members[name] as? String ?: throw expected(name, "a string")

    fun textOrNull(name: String): String? =
        if (name in members && members[name] == null) null else text(name)

    fun number(name: String): Long = members[name] as? Long ?: throw expected(name, "an integer")

    fun boolean(name: String): Boolean = members[name] as? Boolean ?: throw expected(name, "true or false")

    /** Places of records, each as `[partition, offset]`. */
    fun places(name: String): List<Place> = list(members[name], name).map { place(it, name) }

    fun runs(name: String): List<List<Place>> =
        list(members[name], name).map { run -> list(run, name).map { place(it, name) } }

    private fun list(value: Any?, name: String): List<*> = value as? List<*> ?: throw expected(name, "an array")

    private fun place(value: Any?, name: String): Place {
        val numbers = list(value, name).map { it as? Long ?: throw expected(name, "[partition, offset]") }
        if (numbers.size != 2) throw expected(name, "[partition, offset]")
        return Place(numbers[0].toInt(), numbers[1])
    }

    private fun expected(name: String, what: String) = IllegalArgumentException("expected $what as \"$name\"")
}

/** A partition and an offset in it. */
internal data class Place(val partition: Int, val offset: Long)
