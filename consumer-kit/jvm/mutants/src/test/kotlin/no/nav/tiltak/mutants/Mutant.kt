package no.nav.tiltak.mutants

/** A reader of gjennomføringer: the right one, and those with one mistake each. */
enum class Mutant(val mistake: String) {
    RIGHT("none"),
    STRICT_ENUM("an unknown value of one of its enums stops it"),
    STRICT_VARIANT("an unknown variant stops it"),
    IGNORES_TOMBSTONES("a removed key stays"),
    READS_UNCOMMITTED("it takes what was aborted"),
    TAKES_WHAT_COMES_LAST("an older value on another partition writes over a newer one"),
    READY_AT_THE_LAST_RECORD("it waits for the record before the end of the log, which is a marker"),
    SWALLOWS_EVERYTHING("it passes over what it cannot read"),
}
