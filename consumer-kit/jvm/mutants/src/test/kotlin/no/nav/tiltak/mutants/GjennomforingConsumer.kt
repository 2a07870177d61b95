package no.nav.tiltak.mutants

/** Keeps the last value of each key, with the mistake of a mutant. */
class GjennomforingConsumer(private val mutant: Mutant = Mutant.RIGHT) {
    /** The last record of each key on each partition; a tombstone has no row. */
    private val last = HashMap<String, HashMap<Int, Last>>()

    private class Last(val partition: Int, val timestamp: Long, val row: Gjennomforing?)

    fun handle(partition: Int, timestamp: Long, key: String, value: String?) {
        try {
            take(partition, timestamp, key, value)
        } catch (refused: Refused) {
            if (mutant != Mutant.SWALLOWS_EVERYTHING) throw refused
        }
    }

    private fun take(partition: Int, timestamp: Long, key: String, value: String?) {
        uuid(key)
        if (value == null && mutant == Mutant.IGNORES_TOMBSTONES) return
        val row = value?.let { gjennomforing(it, ::enum, ::variant) }
        val ofKey = last.getOrPut(key, ::HashMap)
        // Between partitions the timestamp decides, and then the partition.
        if (mutant == Mutant.TAKES_WHAT_COMES_LAST) ofKey.clear()
        ofKey[partition] = Last(partition, timestamp, row)
    }

    private fun enum(name: String, value: String) {
        val isStrict = mutant == Mutant.STRICT_ENUM || mutant == Mutant.SWALLOWS_EVERYTHING
        if (isStrict && name == "status" && Status.entries.none { it.name == value }) throw Refused("/status: unknown")
    }

    private fun variant(value: String) {
        if (mutant == Mutant.STRICT_VARIANT && value !in VARIANTS) throw Refused("/type: unknown")
    }

    fun rows(): Map<String, Gjennomforing> = buildMap {
        for ((key, ofKey) in last) {
            ofKey.values.maxWith(compareBy({ it.timestamp }, { it.partition })).row?.let { put(key, it) }
        }
    }

    private enum class Status { GJENNOMFORES, AVSLUTTET, AVBRUTT, AVLYST }

    private companion object {
        val VARIANTS = setOf("TiltaksgjennomforingV2.Gruppe", "TiltaksgjennomforingV2.Enkeltplass")
    }
}
