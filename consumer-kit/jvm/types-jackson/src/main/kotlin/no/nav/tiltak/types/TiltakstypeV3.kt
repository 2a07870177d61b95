// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import com.fasterxml.jackson.annotation.JsonCreator
import com.fasterxml.jackson.annotation.JsonValue
import java.time.LocalDateTime
import java.util.UUID

private val FORM_1 = Form("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")

/**
 * A tiltakstype: one kind of labour-market measure.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * Value of the records on `siste-tiltakstyper-v3`, version 3.0.1 of the contract.
 */
public data class TiltakstypeV3(
    /** Id of the tiltakstype; the same as the record key. */
    public val id: UUID,
    /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
    public val navn: String,
    /** Code in Tiltaksadministrasjon, which gjennomføringer refer to. */
    public val tiltakskode: Tiltakskode,
    /** The groups that the tiltakstype is meant for, in no particular order. */
    public val innsatsgrupper: Set<Innsatsgruppe>,
    /** Code of the tiltakstype in Arena, if it has one. Several tiltakstyper can share one. */
    public val arenaKode: String? = null,
    /** What can be chosen as content when a participant is registered, if anything. */
    public val deltakerRegistreringInnhold: DeltakerRegistreringInnhold? = null,
    /** When the tiltakstype was created, in Norwegian local time. */
    public val opprettetTidspunkt: LocalDateTime,
    /** When the tiltakstype was last changed, in Norwegian local time. */
    public val oppdatertTidspunkt: LocalDateTime,
) {
    /** The JSON, as Maps, Lists, Strings and Numbers. */
    @JsonValue
    public fun toJson(): Map<String, Any?> {
        val json = LinkedHashMap<String, Any?>()
        json["id"] = this.id.toString()
        json["navn"] = this.navn
        json["tiltakskode"] = this.tiltakskode.value
        json["innsatsgrupper"] = this.innsatsgrupper.map { it.value }
        json["arenaKode"] = this.arenaKode
        json["deltakerRegistreringInnhold"] = this.deltakerRegistreringInnhold?.toJson()
        json["opprettetTidspunkt"] = this.opprettetTidspunkt.toString()
        json["oppdatertTidspunkt"] = this.oppdatertTidspunkt.toString()
        return json
    }

    public companion object {
        /**
         * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
         *
         * @throws JsonMismatchException it is not what the contract says
         */
        @JvmStatic
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        public fun fromJson(json: Any?): TiltakstypeV3 = read(json, Place.root)

        internal fun read(value: Any?, place: Place): TiltakstypeV3 {
            val json = ObjectReader(value, place)
            return TiltakstypeV3(
                json.required("id", FORM_1::matchingUuid),
                json.required("navn", ::text),
                json.required("tiltakskode", Tiltakskode.Companion::read),
                json.required("innsatsgrupper", { value, place -> set(value, place, Innsatsgruppe.Companion::read) }),
                json.optional("arenaKode", ::text),
                json.optional("deltakerRegistreringInnhold", DeltakerRegistreringInnhold.Companion::read),
                json.required("opprettetTidspunkt", ::localDateTime),
                json.required("oppdatertTidspunkt", ::localDateTime),
            )
        }
    }

    /**
     * Code of a tiltakstype in Tiltaksadministrasjon.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    public class Tiltakskode private constructor(
        /** The value as it stands on the wire. */
        @get:JsonValue
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: Tiltakskode?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is Tiltakskode && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val ARBEIDSRETTET_REHABILITERING: Tiltakskode = Tiltakskode("ARBEIDSRETTET_REHABILITERING")

            @JvmField
            public val AVKLARING: Tiltakskode = Tiltakskode("AVKLARING")

            @JvmField
            public val DIGITALT_OPPFOLGINGSTILTAK: Tiltakskode = Tiltakskode("DIGITALT_OPPFOLGINGSTILTAK")

            @JvmField
            public val JOBBKLUBB: Tiltakskode = Tiltakskode("JOBBKLUBB")

            @JvmField
            public val OPPFOLGING: Tiltakskode = Tiltakskode("OPPFOLGING")

            @JvmField
            public val ARBEIDSFORBEREDENDE_TRENING: Tiltakskode = Tiltakskode("ARBEIDSFORBEREDENDE_TRENING")

            @JvmField
            public val VARIG_TILRETTELAGT_ARBEID_SKJERMET: Tiltakskode = Tiltakskode("VARIG_TILRETTELAGT_ARBEID_SKJERMET")

            @JvmField
            public val TILRETTELAGT_ARBEID_ORDINAER: Tiltakskode = Tiltakskode("TILRETTELAGT_ARBEID_ORDINAER")

            @JvmField
            public val ARBEIDSMARKEDSOPPLAERING: Tiltakskode = Tiltakskode("ARBEIDSMARKEDSOPPLAERING")

            @JvmField
            public val ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING: Tiltakskode = Tiltakskode("ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING")

            @JvmField
            public val ENKELTPLASS_FAG_OG_YRKESOPPLAERING: Tiltakskode = Tiltakskode("ENKELTPLASS_FAG_OG_YRKESOPPLAERING")

            @JvmField
            public val FAG_OG_YRKESOPPLAERING: Tiltakskode = Tiltakskode("FAG_OG_YRKESOPPLAERING")

            @JvmField
            public val GRUPPE_ARBEIDSMARKEDSOPPLAERING: Tiltakskode = Tiltakskode("GRUPPE_ARBEIDSMARKEDSOPPLAERING")

            @JvmField
            public val GRUPPE_FAG_OG_YRKESOPPLAERING: Tiltakskode = Tiltakskode("GRUPPE_FAG_OG_YRKESOPPLAERING")

            @JvmField
            public val HOYERE_UTDANNING: Tiltakskode = Tiltakskode("HOYERE_UTDANNING")

            @JvmField
            public val HOYERE_YRKESFAGLIG_UTDANNING: Tiltakskode = Tiltakskode("HOYERE_YRKESFAGLIG_UTDANNING")

            @JvmField
            public val NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV: Tiltakskode = Tiltakskode("NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV")

            @JvmField
            public val STUDIESPESIALISERING: Tiltakskode = Tiltakskode("STUDIESPESIALISERING")

            @JvmField
            public val INDIVIDUELL_JOBBSTOTTE: Tiltakskode = Tiltakskode("INDIVIDUELL_JOBBSTOTTE")

            @JvmField
            public val INDIVIDUELL_JOBBSTOTTE_UNG: Tiltakskode = Tiltakskode("INDIVIDUELL_JOBBSTOTTE_UNG")

            @JvmField
            public val ARBEID_MED_STOTTE: Tiltakskode = Tiltakskode("ARBEID_MED_STOTTE")

            @JvmField
            public val ARBEIDSTRENING: Tiltakskode = Tiltakskode("ARBEIDSTRENING")

            @JvmField
            public val MIDLERTIDIG_LONNSTLSKUDD: Tiltakskode = Tiltakskode("MIDLERTIDIG_LONNSTLSKUDD")

            @JvmField
            public val VARIG_LONNSTILSKUD: Tiltakskode = Tiltakskode("VARIG_LONNSTILSKUD")

            @JvmField
            public val MENTOR: Tiltakskode = Tiltakskode("MENTOR")

            @JvmField
            public val INKLUDERINGSTILSKUD: Tiltakskode = Tiltakskode("INKLUDERINGSTILSKUD")

            @JvmField
            public val SOMMERJOBB: Tiltakskode = Tiltakskode("SOMMERJOBB")

            @JvmField
            public val VTAO: Tiltakskode = Tiltakskode("VTAO")

            @JvmField
            public val FIREARIG_LONNSTILSUDD: Tiltakskode = Tiltakskode("FIREARIG_LONNSTILSUDD")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<Tiltakskode> = java.util.Collections.unmodifiableList(
                listOf(
                    ARBEIDSRETTET_REHABILITERING,
                    AVKLARING,
                    DIGITALT_OPPFOLGINGSTILTAK,
                    JOBBKLUBB,
                    OPPFOLGING,
                    ARBEIDSFORBEREDENDE_TRENING,
                    VARIG_TILRETTELAGT_ARBEID_SKJERMET,
                    TILRETTELAGT_ARBEID_ORDINAER,
                    ARBEIDSMARKEDSOPPLAERING,
                    ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING,
                    ENKELTPLASS_FAG_OG_YRKESOPPLAERING,
                    FAG_OG_YRKESOPPLAERING,
                    GRUPPE_ARBEIDSMARKEDSOPPLAERING,
                    GRUPPE_FAG_OG_YRKESOPPLAERING,
                    HOYERE_UTDANNING,
                    HOYERE_YRKESFAGLIG_UTDANNING,
                    NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV,
                    STUDIESPESIALISERING,
                    INDIVIDUELL_JOBBSTOTTE,
                    INDIVIDUELL_JOBBSTOTTE_UNG,
                    ARBEID_MED_STOTTE,
                    ARBEIDSTRENING,
                    MIDLERTIDIG_LONNSTLSKUDD,
                    VARIG_LONNSTILSKUD,
                    MENTOR,
                    INKLUDERINGSTILSKUD,
                    SOMMERJOBB,
                    VTAO,
                    FIREARIG_LONNSTILSUDD,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): Tiltakskode = byValue[value] ?: Tiltakskode(value)

            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            internal fun fromJson(json: Any?): Tiltakskode = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Tiltakskode = of(text(value, place))
        }
    }

    /**
     * The groups of need for assistance that a tiltakstype is meant for.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    public class Innsatsgruppe private constructor(
        /** The value as it stands on the wire. */
        @get:JsonValue
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: Innsatsgruppe?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is Innsatsgruppe && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val GODE_MULIGHETER: Innsatsgruppe = Innsatsgruppe("GODE_MULIGHETER")

            @JvmField
            public val TRENGER_VEILEDNING: Innsatsgruppe = Innsatsgruppe("TRENGER_VEILEDNING")

            @JvmField
            public val TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE: Innsatsgruppe = Innsatsgruppe("TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE")

            @JvmField
            public val JOBBE_DELVIS: Innsatsgruppe = Innsatsgruppe("JOBBE_DELVIS")

            @JvmField
            public val LITEN_MULIGHET_TIL_A_JOBBE: Innsatsgruppe = Innsatsgruppe("LITEN_MULIGHET_TIL_A_JOBBE")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<Innsatsgruppe> = java.util.Collections.unmodifiableList(
                listOf(
                    GODE_MULIGHETER,
                    TRENGER_VEILEDNING,
                    TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE,
                    JOBBE_DELVIS,
                    LITEN_MULIGHET_TIL_A_JOBBE,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): Innsatsgruppe = byValue[value] ?: Innsatsgruppe(value)

            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            internal fun fromJson(json: Any?): Innsatsgruppe = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Innsatsgruppe = of(text(value, place))
        }
    }

    /** The content that can be chosen when a participant is registered. */
    public data class DeltakerRegistreringInnhold(
        /** The elements to choose from. */
        public val innholdselementer: List<Innholdselement>,
        /** Text that introduces the choice. */
        public val ledetekst: String,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["innholdselementer"] = this.innholdselementer.map { it.toJson() }
            json["ledetekst"] = this.ledetekst
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            public fun fromJson(json: Any?): DeltakerRegistreringInnhold = read(json, Place.root)

            internal fun read(value: Any?, place: Place): DeltakerRegistreringInnhold {
                val json = ObjectReader(value, place)
                return DeltakerRegistreringInnhold(
                    json.required("innholdselementer", { value, place -> list(value, place, Innholdselement.Companion::read) }),
                    json.required("ledetekst", ::text),
                )
            }
        }
    }

    /** One element of content. */
    public data class Innholdselement(
        /** Text for people. */
        public val tekst: String,
        /** Code of the element. */
        public val innholdskode: String,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["tekst"] = this.tekst
            json["innholdskode"] = this.innholdskode
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            public fun fromJson(json: Any?): Innholdselement = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Innholdselement {
                val json = ObjectReader(value, place)
                return Innholdselement(
                    json.required("tekst", ::text),
                    json.required("innholdskode", ::text),
                )
            }
        }
    }
}
