// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import com.fasterxml.jackson.annotation.JsonCreator
import com.fasterxml.jackson.annotation.JsonValue
import java.time.Instant
import java.time.LocalDate
import java.util.UUID

private val FORM_2 = Form("^[0-9]{4}[#/][0-9]+\\z")
private val FORM_3 = Form("^[0-9]{9}\\z")
private val FORM_1 = Form("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")

/**
 * A gjennomføring: one concrete running of a tiltakstype by one arrangør.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * Value of the records on `siste-tiltaksgjennomforinger-v2`, version 2.0.2 of the contract.
 *
 * The property `type` says which variant it is. A variant that this version does not know is an [Ukjent]. A later version may add a variant: a `when` with an `else` takes it.
 */
public sealed interface TiltaksgjennomforingV2 {
    /** The JSON, as Maps, Lists, Strings and Numbers. */
    @JsonValue
    public fun toJson(): Map<String, Any?>

    /** A group measure. */
    public data class Gruppe(
        /** Id of the gjennomføring; the same as the record key. */
        public val id: UUID,
        /** Tiltaksnummer of the gjennomføring. */
        public val lopenummer: String,
        /** When the gjennomføring was created. */
        public val opprettetTidspunkt: Instant,
        /** When the gjennomføring was last changed. */
        public val oppdatertTidspunkt: Instant,
        /** Code of the tiltakstype, which is published on siste-tiltakstyper-v3. */
        public val tiltakskode: Tiltakskode,
        /** The provider. */
        public val arrangor: Arrangor,
        /** Status of the gjennomføring. */
        public val status: GjennomforingStatus,
        /** How participants start. */
        public val oppstart: Oppstart,
        /** How a participant is taken in. */
        public val pameldingType: PameldingType,
        /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
        public val navn: String,
        /** First day. */
        public val startDato: LocalDate,
        /** Last day, if it is known. */
        public val sluttDato: LocalDate? = null,
        /** The day from which the arrangør may see the gjennomføring before it starts, if one is set. */
        public val tilgjengeligForArrangorFraOgMedDato: LocalDate? = null,
        /** Whether participants can be put forward now. */
        public val apentForPamelding: Boolean,
        /** Number of places. */
        public val antallPlasser: Int,
        /** Part of full time, in percent. */
        public val deltidsprosent: Double,
        /** Where participants meet, if it is known. */
        public val oppmoteSted: String? = null,
    ) : TiltaksgjennomforingV2 {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        override fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["type"] = "TiltaksgjennomforingV2.Gruppe"
            json["id"] = this.id.toString()
            json["lopenummer"] = this.lopenummer
            json["opprettetTidspunkt"] = this.opprettetTidspunkt.toString()
            json["oppdatertTidspunkt"] = this.oppdatertTidspunkt.toString()
            json["tiltakskode"] = this.tiltakskode.value
            json["arrangor"] = this.arrangor.toJson()
            json["status"] = this.status.value
            json["oppstart"] = this.oppstart.value
            json["pameldingType"] = this.pameldingType.value
            json["navn"] = this.navn
            json["startDato"] = this.startDato.toString()
            json["sluttDato"] = this.sluttDato?.toString()
            json["tilgjengeligForArrangorFraOgMedDato"] = this.tilgjengeligForArrangorFraOgMedDato?.toString()
            json["apentForPamelding"] = this.apentForPamelding
            json["antallPlasser"] = this.antallPlasser
            json["deltidsprosent"] = this.deltidsprosent
            json["oppmoteSted"] = this.oppmoteSted
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
            public fun fromJson(json: Any?): Gruppe = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Gruppe {
                val json = ObjectReader(value, place)
                json.tag("type", "TiltaksgjennomforingV2.Gruppe")
                return Gruppe(
                    json.required("id", FORM_1::matchingUuid),
                    json.required("lopenummer", FORM_2::matching),
                    json.required("opprettetTidspunkt", ::instant),
                    json.required("oppdatertTidspunkt", ::instant),
                    json.required("tiltakskode", Tiltakskode.Companion::read),
                    json.required("arrangor", Arrangor.Companion::read),
                    json.required("status", GjennomforingStatus.Companion::read),
                    json.required("oppstart", Oppstart.Companion::read),
                    json.required("pameldingType", PameldingType.Companion::read),
                    json.required("navn", ::text),
                    json.required("startDato", ::date),
                    json.optional("sluttDato", ::date),
                    json.optional("tilgjengeligForArrangorFraOgMedDato", ::date),
                    json.required("apentForPamelding", ::boolean),
                    json.required("antallPlasser", ::int),
                    json.required("deltidsprosent", ::double),
                    json.optional("oppmoteSted", ::text),
                )
            }
        }
    }

    /** A single bought place. */
    public data class Enkeltplass(
        /** Id of the gjennomføring; the same as the record key. */
        public val id: UUID,
        /** Tiltaksnummer of the gjennomføring; left out when it has none yet. */
        public val lopenummer: String? = null,
        /** When the gjennomføring was created. */
        public val opprettetTidspunkt: Instant,
        /** When the gjennomføring was last changed. */
        public val oppdatertTidspunkt: Instant,
        /** Code of the tiltakstype, which is published on siste-tiltakstyper-v3. */
        public val tiltakskode: Tiltakskode,
        /** The provider. */
        public val arrangor: Arrangor,
        /** Status of the gjennomføring. */
        public val status: GjennomforingStatus,
        /** How participants start. */
        public val oppstart: Oppstart,
        /** How a participant is taken in. */
        public val pameldingType: PameldingType,
    ) : TiltaksgjennomforingV2 {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        override fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["type"] = "TiltaksgjennomforingV2.Enkeltplass"
            json["id"] = this.id.toString()
            if (this.lopenummer != null) json["lopenummer"] = this.lopenummer
            json["opprettetTidspunkt"] = this.opprettetTidspunkt.toString()
            json["oppdatertTidspunkt"] = this.oppdatertTidspunkt.toString()
            json["tiltakskode"] = this.tiltakskode.value
            json["arrangor"] = this.arrangor.toJson()
            json["status"] = this.status.value
            json["oppstart"] = this.oppstart.value
            json["pameldingType"] = this.pameldingType.value
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
            public fun fromJson(json: Any?): Enkeltplass = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Enkeltplass {
                val json = ObjectReader(value, place)
                json.tag("type", "TiltaksgjennomforingV2.Enkeltplass")
                return Enkeltplass(
                    json.required("id", FORM_1::matchingUuid),
                    json.optional("lopenummer", FORM_2::matching),
                    json.required("opprettetTidspunkt", ::instant),
                    json.required("oppdatertTidspunkt", ::instant),
                    json.required("tiltakskode", Tiltakskode.Companion::read),
                    json.required("arrangor", Arrangor.Companion::read),
                    json.required("status", GjennomforingStatus.Companion::read),
                    json.required("oppstart", Oppstart.Companion::read),
                    json.required("pameldingType", PameldingType.Companion::read),
                )
            }
        }
    }

    /** A variant that this version of the contract does not know. It is written as it was read. */
    public class Ukjent internal constructor(
        /** All properties, the discriminator too: String, Boolean, Long, BigInteger, Double, List, Map and null. */
        public val content: Map<String, Any?>,
    ) : TiltaksgjennomforingV2 {
        /** The value of the property `type`. */
        public val type: String get() = text(content["type"], Place.root)

        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        override fun toJson(): Map<String, Any?> = content

        override fun equals(other: Any?): Boolean = other is Ukjent && content == other.content

        override fun hashCode(): Int = content.hashCode()

        /** The type alone: the content may be personal data. */
        override fun toString(): String = "Ukjent(type=$type)"

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            public fun fromJson(json: Any?): Ukjent = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Ukjent {
                ObjectReader(value, place).required("type", ::text)
                return Ukjent(map(value, place, ::content))
            }
        }
    }

    public companion object {
        /**
         * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
         *
         * @throws JsonMismatchException it is not what the contract says
         */
        @JvmStatic
        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        public fun fromJson(json: Any?): TiltaksgjennomforingV2 = read(json, Place.root)

        internal fun read(value: Any?, place: Place): TiltaksgjennomforingV2 {
            val json = ObjectReader(value, place)
            return when (json.required("type", ::text)) {
                "TiltaksgjennomforingV2.Gruppe" -> Gruppe.read(value, place)
                "TiltaksgjennomforingV2.Enkeltplass" -> Enkeltplass.read(value, place)
                else -> Ukjent.read(value, place)
            }
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

    /** The provider of a gjennomføring. */
    public data class Arrangor(
        /** Organisation number of the provider. */
        public val organisasjonsnummer: String,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        @JsonValue
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["organisasjonsnummer"] = this.organisasjonsnummer
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
            public fun fromJson(json: Any?): Arrangor = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Arrangor {
                val json = ObjectReader(value, place)
                return Arrangor(
                    json.required("organisasjonsnummer", FORM_3::matching),
                )
            }
        }
    }

    /**
     * Status of a gjennomføring.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    public class GjennomforingStatus private constructor(
        /** The value as it stands on the wire. */
        @get:JsonValue
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: GjennomforingStatus?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is GjennomforingStatus && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val GJENNOMFORES: GjennomforingStatus = GjennomforingStatus("GJENNOMFORES")

            @JvmField
            public val AVSLUTTET: GjennomforingStatus = GjennomforingStatus("AVSLUTTET")

            @JvmField
            public val AVBRUTT: GjennomforingStatus = GjennomforingStatus("AVBRUTT")

            @JvmField
            public val AVLYST: GjennomforingStatus = GjennomforingStatus("AVLYST")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<GjennomforingStatus> = java.util.Collections.unmodifiableList(
                listOf(
                    GJENNOMFORES,
                    AVSLUTTET,
                    AVBRUTT,
                    AVLYST,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): GjennomforingStatus = byValue[value] ?: GjennomforingStatus(value)

            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            internal fun fromJson(json: Any?): GjennomforingStatus = read(json, Place.root)

            internal fun read(value: Any?, place: Place): GjennomforingStatus = of(text(value, place))
        }
    }

    /**
     * How participants start: continuously, all on one date, or on a single bought place.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    public class Oppstart private constructor(
        /** The value as it stands on the wire. */
        @get:JsonValue
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: Oppstart?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is Oppstart && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val LOPENDE: Oppstart = Oppstart("LOPENDE")

            @JvmField
            public val FELLES: Oppstart = Oppstart("FELLES")

            @JvmField
            public val ENKELTPLASS: Oppstart = Oppstart("ENKELTPLASS")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<Oppstart> = java.util.Collections.unmodifiableList(
                listOf(
                    LOPENDE,
                    FELLES,
                    ENKELTPLASS,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): Oppstart = byValue[value] ?: Oppstart(value)

            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            internal fun fromJson(json: Any?): Oppstart = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Oppstart = of(text(value, place))
        }
    }

    /**
     * How a participant is taken in.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    public class PameldingType private constructor(
        /** The value as it stands on the wire. */
        @get:JsonValue
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: PameldingType?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is PameldingType && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val DIREKTE_VEDTAK: PameldingType = PameldingType("DIREKTE_VEDTAK")

            @JvmField
            public val TRENGER_GODKJENNING: PameldingType = PameldingType("TRENGER_GODKJENNING")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<PameldingType> = java.util.Collections.unmodifiableList(
                listOf(
                    DIREKTE_VEDTAK,
                    TRENGER_GODKJENNING,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): PameldingType = byValue[value] ?: PameldingType(value)

            @JvmStatic
            @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
            internal fun fromJson(json: Any?): PameldingType = read(json, Place.root)

            internal fun read(value: Any?, place: Place): PameldingType = of(text(value, place))
        }
    }
}
