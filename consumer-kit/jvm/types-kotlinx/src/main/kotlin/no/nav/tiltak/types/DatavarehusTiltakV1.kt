// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import java.time.LocalDate
import java.time.LocalDateTime
import java.util.UUID
import kotlinx.serialization.Serializable

private val FORM_2 = Form("^[0-9]{9}\\z")
private val FORM_1 = Form("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")

/**
 * A gjennomføring with its tiltakstype and avtale. The variant follows from the tiltakskode.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * Value of the records on `datavarehus-tiltak-v1`, version 1.0.2 of the contract.
 *
 * The property `type` says which variant it is. A variant that this version does not know is an [Ukjent]. A later version may add a variant: a `when` with an `else` takes it.
 */
@Serializable(with = DatavarehusTiltakV1.Serializer::class)
public sealed interface DatavarehusTiltakV1 {
    /** The JSON, as Maps, Lists, Strings and Numbers. */
    public fun toJson(): Map<String, Any?>

    /** Any measure that is neither AMO nor vocational training. */
    @Serializable(with = DatavarehusTiltakV1.Tiltak.Serializer::class)
    public data class Tiltak(
        /** Code of the tiltakstype. */
        public val tiltakskode: Tiltakskode,
        /** The avtale that the gjennomføring runs under, if any. */
        public val avtale: Avtale? = null,
        /** The gjennomføring. */
        public val gjennomforing: Gjennomforing,
    ) : DatavarehusTiltakV1 {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        override fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto"
            json["tiltakskode"] = this.tiltakskode.value
            json["avtale"] = this.avtale?.toJson()
            json["gjennomforing"] = this.gjennomforing.toJson()
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Tiltak = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Tiltak {
                val json = ObjectReader(value, place)
                json.tag("type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto")
                return Tiltak(
                    json.required("tiltakskode", Tiltakskode.Companion::read),
                    json.optional("avtale", Avtale.Companion::read),
                    json.required("gjennomforing", Gjennomforing.Companion::read),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Tiltak>("DatavarehusTiltakV1.Tiltak", DatavarehusTiltakV1.Tiltak::fromJson, DatavarehusTiltakV1.Tiltak::toJson)
    }

    /** Arbeidsmarkedsopplæring (AMO). */
    @Serializable(with = DatavarehusTiltakV1.Amo.Serializer::class)
    public data class Amo(
        /** Code of the tiltakstype. */
        public val tiltakskode: Tiltakskode,
        /** The avtale that the gjennomføring runs under, if any. */
        public val avtale: Avtale? = null,
        /** The gjennomføring. */
        public val gjennomforing: Gjennomforing,
        /** What kind of course it is, if it is categorised. */
        public val amoKategorisering: AmoKategorisering? = null,
    ) : DatavarehusTiltakV1 {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        override fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto"
            json["tiltakskode"] = this.tiltakskode.value
            json["avtale"] = this.avtale?.toJson()
            json["gjennomforing"] = this.gjennomforing.toJson()
            json["amoKategorisering"] = this.amoKategorisering?.toJson()
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Amo = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Amo {
                val json = ObjectReader(value, place)
                json.tag("type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto")
                return Amo(
                    json.required("tiltakskode", Tiltakskode.Companion::read),
                    json.optional("avtale", Avtale.Companion::read),
                    json.required("gjennomforing", Gjennomforing.Companion::read),
                    json.optional("amoKategorisering", AmoKategorisering.Companion::read),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Amo>("DatavarehusTiltakV1.Amo", DatavarehusTiltakV1.Amo::fromJson, DatavarehusTiltakV1.Amo::toJson)
    }

    /** Vocational training. */
    @Serializable(with = DatavarehusTiltakV1.Yrkesfag.Serializer::class)
    public data class Yrkesfag(
        /** Code of the tiltakstype. */
        public val tiltakskode: Tiltakskode,
        /** The avtale that the gjennomføring runs under, if any. */
        public val avtale: Avtale? = null,
        /** The gjennomføring. */
        public val gjennomforing: Gjennomforing,
        /** The education that is given, if it is known. */
        public val utdanningslop: Utdanningslop? = null,
    ) : DatavarehusTiltakV1 {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        override fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["type"] = "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto"
            json["tiltakskode"] = this.tiltakskode.value
            json["avtale"] = this.avtale?.toJson()
            json["gjennomforing"] = this.gjennomforing.toJson()
            json["utdanningslop"] = this.utdanningslop?.toJson()
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Yrkesfag = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Yrkesfag {
                val json = ObjectReader(value, place)
                json.tag("type", "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto")
                return Yrkesfag(
                    json.required("tiltakskode", Tiltakskode.Companion::read),
                    json.optional("avtale", Avtale.Companion::read),
                    json.required("gjennomforing", Gjennomforing.Companion::read),
                    json.optional("utdanningslop", Utdanningslop.Companion::read),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Yrkesfag>("DatavarehusTiltakV1.Yrkesfag", DatavarehusTiltakV1.Yrkesfag::fromJson, DatavarehusTiltakV1.Yrkesfag::toJson)
    }

    /** A variant that this version of the contract does not know. It is written as it was read. */
    @Serializable(with = DatavarehusTiltakV1.Ukjent.Serializer::class)
    public class Ukjent internal constructor(
        /** All properties, the discriminator too: String, Boolean, Long, BigInteger, Double, List, Map and null. */
        public val content: Map<String, Any?>,
    ) : DatavarehusTiltakV1 {
        /** The value of the property `type`. */
        public val type: String get() = text(content["type"], Place.root)

        /** The JSON, as Maps, Lists, Strings and Numbers. */
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
            public fun fromJson(json: Any?): Ukjent = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Ukjent {
                ObjectReader(value, place).required("type", ::text)
                return Ukjent(map(value, place, ::content))
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Ukjent>("DatavarehusTiltakV1.Ukjent", DatavarehusTiltakV1.Ukjent::fromJson, DatavarehusTiltakV1.Ukjent::toJson)
    }

    public companion object {
        /**
         * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
         *
         * @throws JsonMismatchException it is not what the contract says
         */
        @JvmStatic
        public fun fromJson(json: Any?): DatavarehusTiltakV1 = read(json, Place.root)

        internal fun read(value: Any?, place: Place): DatavarehusTiltakV1 {
            val json = ObjectReader(value, place)
            return when (json.required("type", ::text)) {
                "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto" -> Tiltak.read(value, place)
                "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto" -> Amo.read(value, place)
                "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto" -> Yrkesfag.read(value, place)
                else -> Ukjent.read(value, place)
            }
        }
    }

    /** Reads and writes it as JSON. */
    public object Serializer : ContractSerializer<DatavarehusTiltakV1>("DatavarehusTiltakV1", DatavarehusTiltakV1::fromJson, DatavarehusTiltakV1::toJson)

    /**
     * Code of a tiltakstype in Tiltaksadministrasjon.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.Tiltakskode.Serializer::class)
    public class Tiltakskode private constructor(
        /** The value as it stands on the wire. */
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

            internal fun read(value: Any?, place: Place): Tiltakskode = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<Tiltakskode>("DatavarehusTiltakV1.Tiltakskode", DatavarehusTiltakV1.Tiltakskode::of, DatavarehusTiltakV1.Tiltakskode::value)
    }

    /** The avtale that a gjennomføring runs under. */
    @Serializable(with = DatavarehusTiltakV1.Avtale.Serializer::class)
    public data class Avtale(
        /** Id of the avtale. */
        public val id: UUID,
        /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
        public val navn: String,
        /** When the avtale was created, in Norwegian local time. */
        public val opprettetTidspunkt: LocalDateTime,
        /** When the avtale was last changed, in Norwegian local time. */
        public val oppdatertTidspunkt: LocalDateTime,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["id"] = this.id.toString()
            json["navn"] = this.navn
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
            public fun fromJson(json: Any?): Avtale = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Avtale {
                val json = ObjectReader(value, place)
                return Avtale(
                    json.required("id", FORM_1::matchingUuid),
                    json.required("navn", ::text),
                    json.required("opprettetTidspunkt", ::localDateTime),
                    json.required("oppdatertTidspunkt", ::localDateTime),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Avtale>("DatavarehusTiltakV1.Avtale", DatavarehusTiltakV1.Avtale::fromJson, DatavarehusTiltakV1.Avtale::toJson)
    }

    /** The gjennomføring. For a single place, navn, startDato, sluttDato, status and deltidsprosent are null. */
    @Serializable(with = DatavarehusTiltakV1.Gjennomforing.Serializer::class)
    public data class Gjennomforing(
        /** Id of the gjennomføring; the same as the record key. */
        public val id: UUID,
        /** When the gjennomføring was created, in Norwegian local time. */
        public val opprettetTidspunkt: LocalDateTime,
        /** When the gjennomføring was last changed, in Norwegian local time. */
        public val oppdatertTidspunkt: LocalDateTime,
        /** The provider. */
        public val arrangor: Arrangor,
        /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
        public val navn: String? = null,
        /** How participants start. */
        public val oppstartstype: Oppstart,
        /** How a participant is taken in. */
        public val pameldingstype: PameldingType,
        /** First day. */
        public val startDato: LocalDate? = null,
        /** Last day, if it is known. */
        public val sluttDato: LocalDate? = null,
        /** Status of the gjennomføring. */
        public val status: GjennomforingStatus? = null,
        /** Number in Arena, if the gjennomføring has one. */
        public val arena: ArenaNummer? = null,
        /** Part of full time, in percent. */
        public val deltidsprosent: Double? = null,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["id"] = this.id.toString()
            json["opprettetTidspunkt"] = this.opprettetTidspunkt.toString()
            json["oppdatertTidspunkt"] = this.oppdatertTidspunkt.toString()
            json["arrangor"] = this.arrangor.toJson()
            json["navn"] = this.navn
            json["oppstartstype"] = this.oppstartstype.value
            json["pameldingstype"] = this.pameldingstype.value
            json["startDato"] = this.startDato?.toString()
            json["sluttDato"] = this.sluttDato?.toString()
            json["status"] = this.status?.value
            json["arena"] = this.arena?.toJson()
            json["deltidsprosent"] = this.deltidsprosent
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Gjennomforing = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Gjennomforing {
                val json = ObjectReader(value, place)
                return Gjennomforing(
                    json.required("id", FORM_1::matchingUuid),
                    json.required("opprettetTidspunkt", ::localDateTime),
                    json.required("oppdatertTidspunkt", ::localDateTime),
                    json.required("arrangor", Arrangor.Companion::read),
                    json.optional("navn", ::text),
                    json.required("oppstartstype", Oppstart.Companion::read),
                    json.required("pameldingstype", PameldingType.Companion::read),
                    json.optional("startDato", ::date),
                    json.optional("sluttDato", ::date),
                    json.optional("status", GjennomforingStatus.Companion::read),
                    json.optional("arena", ArenaNummer.Companion::read),
                    json.optional("deltidsprosent", ::double),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Gjennomforing>("DatavarehusTiltakV1.Gjennomforing", DatavarehusTiltakV1.Gjennomforing::fromJson, DatavarehusTiltakV1.Gjennomforing::toJson)
    }

    /** The provider of a gjennomføring. */
    @Serializable(with = DatavarehusTiltakV1.Arrangor.Serializer::class)
    public data class Arrangor(
        /** Organisation number of the provider. */
        public val organisasjonsnummer: String,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
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
            public fun fromJson(json: Any?): Arrangor = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Arrangor {
                val json = ObjectReader(value, place)
                return Arrangor(
                    json.required("organisasjonsnummer", FORM_2::matching),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Arrangor>("DatavarehusTiltakV1.Arrangor", DatavarehusTiltakV1.Arrangor::fromJson, DatavarehusTiltakV1.Arrangor::toJson)
    }

    /**
     * How participants start: continuously, all on one date, or on a single bought place.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.Oppstart.Serializer::class)
    public class Oppstart private constructor(
        /** The value as it stands on the wire. */
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

            internal fun read(value: Any?, place: Place): Oppstart = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<Oppstart>("DatavarehusTiltakV1.Oppstart", DatavarehusTiltakV1.Oppstart::of, DatavarehusTiltakV1.Oppstart::value)
    }

    /**
     * How a participant is taken in.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.PameldingType.Serializer::class)
    public class PameldingType private constructor(
        /** The value as it stands on the wire. */
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

            internal fun read(value: Any?, place: Place): PameldingType = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<PameldingType>("DatavarehusTiltakV1.PameldingType", DatavarehusTiltakV1.PameldingType::of, DatavarehusTiltakV1.PameldingType::value)
    }

    /**
     * Status of a gjennomføring.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.GjennomforingStatus.Serializer::class)
    public class GjennomforingStatus private constructor(
        /** The value as it stands on the wire. */
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

            internal fun read(value: Any?, place: Place): GjennomforingStatus = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<GjennomforingStatus>("DatavarehusTiltakV1.GjennomforingStatus", DatavarehusTiltakV1.GjennomforingStatus::of, DatavarehusTiltakV1.GjennomforingStatus::value)
    }

    /** Number of a gjennomføring in Arena. */
    @Serializable(with = DatavarehusTiltakV1.ArenaNummer.Serializer::class)
    public data class ArenaNummer(
        /** Year. */
        public val aar: Int,
        /** Running number within the year. */
        public val lopenummer: Int,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["aar"] = this.aar
            json["lopenummer"] = this.lopenummer
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): ArenaNummer = read(json, Place.root)

            internal fun read(value: Any?, place: Place): ArenaNummer {
                val json = ObjectReader(value, place)
                return ArenaNummer(
                    json.required("aar", ::int),
                    json.required("lopenummer", ::int),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<ArenaNummer>("DatavarehusTiltakV1.ArenaNummer", DatavarehusTiltakV1.ArenaNummer::fromJson, DatavarehusTiltakV1.ArenaNummer::toJson)
    }

    /** What kind of AMO course it is. Which properties there are follows from tiltakskode and kurstype. */
    @Serializable(with = DatavarehusTiltakV1.AmoKategorisering.Serializer::class)
    public data class AmoKategorisering(
        /** Kind of course. */
        public val kurstype: Kurstype? = null,
        /** The industry that the course is aimed at. */
        public val bransje: Bransje? = null,
        /** Driving-licence classes that the course leads to. */
        public val forerkort: List<ForerkortKlasse>? = null,
        /** What the course contains. */
        public val innholdElementer: List<InnholdElement>? = null,
        /** Whether the course leads to a test in Norwegian. */
        public val norskprove: Boolean? = null,
        /** Certificates that the course leads to. */
        public val sertifiseringer: List<Sertifisering>? = null,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            if (this.kurstype != null) json["kurstype"] = this.kurstype.value
            if (this.bransje != null) json["bransje"] = this.bransje.value
            if (this.forerkort != null) json["forerkort"] = this.forerkort.map { it.value }
            if (this.innholdElementer != null) json["innholdElementer"] = this.innholdElementer.map { it.value }
            if (this.norskprove != null) json["norskprove"] = this.norskprove
            if (this.sertifiseringer != null) json["sertifiseringer"] = this.sertifiseringer.map { it.toJson() }
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): AmoKategorisering = read(json, Place.root)

            internal fun read(value: Any?, place: Place): AmoKategorisering {
                val json = ObjectReader(value, place)
                return AmoKategorisering(
                    json.optional("kurstype", Kurstype.Companion::read),
                    json.optional("bransje", Bransje.Companion::read),
                    json.optional("forerkort", { value, place -> list(value, place, ForerkortKlasse.Companion::read) }),
                    json.optional("innholdElementer", { value, place -> list(value, place, InnholdElement.Companion::read) }),
                    json.optional("norskprove", ::boolean),
                    json.optional("sertifiseringer", { value, place -> list(value, place, Sertifisering.Companion::read) }),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<AmoKategorisering>("DatavarehusTiltakV1.AmoKategorisering", DatavarehusTiltakV1.AmoKategorisering::fromJson, DatavarehusTiltakV1.AmoKategorisering::toJson)
    }

    /**
     * Kind of course in arbeidsmarkedsopplæring (AMO).
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.Kurstype.Serializer::class)
    public class Kurstype private constructor(
        /** The value as it stands on the wire. */
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: Kurstype?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is Kurstype && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val NORSKOPPLAERING: Kurstype = Kurstype("NORSKOPPLAERING")

            @JvmField
            public val GRUNNLEGGENDE_FERDIGHETER: Kurstype = Kurstype("GRUNNLEGGENDE_FERDIGHETER")

            @JvmField
            public val FORBEREDENDE_OPPLAERING_FOR_VOKSNE: Kurstype = Kurstype("FORBEREDENDE_OPPLAERING_FOR_VOKSNE")

            @JvmField
            public val BRANSJE_OG_YRKESRETTET: Kurstype = Kurstype("BRANSJE_OG_YRKESRETTET")

            @JvmField
            public val STUDIESPESIALISERING: Kurstype = Kurstype("STUDIESPESIALISERING")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<Kurstype> = java.util.Collections.unmodifiableList(
                listOf(
                    NORSKOPPLAERING,
                    GRUNNLEGGENDE_FERDIGHETER,
                    FORBEREDENDE_OPPLAERING_FOR_VOKSNE,
                    BRANSJE_OG_YRKESRETTET,
                    STUDIESPESIALISERING,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): Kurstype = byValue[value] ?: Kurstype(value)

            internal fun read(value: Any?, place: Place): Kurstype = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<Kurstype>("DatavarehusTiltakV1.Kurstype", DatavarehusTiltakV1.Kurstype::of, DatavarehusTiltakV1.Kurstype::value)
    }

    /**
     * The industry that a course is aimed at.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.Bransje.Serializer::class)
    public class Bransje private constructor(
        /** The value as it stands on the wire. */
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: Bransje?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is Bransje && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val INGENIOR_OG_IKT_FAG: Bransje = Bransje("INGENIOR_OG_IKT_FAG")

            @JvmField
            public val HELSE_PLEIE_OG_OMSORG: Bransje = Bransje("HELSE_PLEIE_OG_OMSORG")

            @JvmField
            public val BARNE_OG_UNGDOMSARBEID: Bransje = Bransje("BARNE_OG_UNGDOMSARBEID")

            @JvmField
            public val KONTORARBEID: Bransje = Bransje("KONTORARBEID")

            @JvmField
            public val BUTIKK_OG_SALGSARBEID: Bransje = Bransje("BUTIKK_OG_SALGSARBEID")

            @JvmField
            public val BYGG_OG_ANLEGG: Bransje = Bransje("BYGG_OG_ANLEGG")

            @JvmField
            public val INDUSTRIARBEID: Bransje = Bransje("INDUSTRIARBEID")

            @JvmField
            public val REISELIV_SERVERING_OG_TRANSPORT: Bransje = Bransje("REISELIV_SERVERING_OG_TRANSPORT")

            @JvmField
            public val SERVICEYRKER_OG_ANNET_ARBEID: Bransje = Bransje("SERVICEYRKER_OG_ANNET_ARBEID")

            @JvmField
            public val ANDRE_BRANSJER: Bransje = Bransje("ANDRE_BRANSJER")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<Bransje> = java.util.Collections.unmodifiableList(
                listOf(
                    INGENIOR_OG_IKT_FAG,
                    HELSE_PLEIE_OG_OMSORG,
                    BARNE_OG_UNGDOMSARBEID,
                    KONTORARBEID,
                    BUTIKK_OG_SALGSARBEID,
                    BYGG_OG_ANLEGG,
                    INDUSTRIARBEID,
                    REISELIV_SERVERING_OG_TRANSPORT,
                    SERVICEYRKER_OG_ANNET_ARBEID,
                    ANDRE_BRANSJER,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): Bransje = byValue[value] ?: Bransje(value)

            internal fun read(value: Any?, place: Place): Bransje = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<Bransje>("DatavarehusTiltakV1.Bransje", DatavarehusTiltakV1.Bransje::of, DatavarehusTiltakV1.Bransje::value)
    }

    /**
     * Driving-licence class that a course leads to.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.ForerkortKlasse.Serializer::class)
    public class ForerkortKlasse private constructor(
        /** The value as it stands on the wire. */
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: ForerkortKlasse?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is ForerkortKlasse && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val A: ForerkortKlasse = ForerkortKlasse("A")

            @JvmField
            public val A1: ForerkortKlasse = ForerkortKlasse("A1")

            @JvmField
            public val A2: ForerkortKlasse = ForerkortKlasse("A2")

            @JvmField
            public val AM: ForerkortKlasse = ForerkortKlasse("AM")

            @JvmField
            public val AM_147: ForerkortKlasse = ForerkortKlasse("AM_147")

            @JvmField
            public val B: ForerkortKlasse = ForerkortKlasse("B")

            @JvmField
            public val B_78: ForerkortKlasse = ForerkortKlasse("B_78")

            @JvmField
            public val BE: ForerkortKlasse = ForerkortKlasse("BE")

            @JvmField
            public val C: ForerkortKlasse = ForerkortKlasse("C")

            @JvmField
            public val C1: ForerkortKlasse = ForerkortKlasse("C1")

            @JvmField
            public val C1E: ForerkortKlasse = ForerkortKlasse("C1E")

            @JvmField
            public val CE: ForerkortKlasse = ForerkortKlasse("CE")

            @JvmField
            public val D: ForerkortKlasse = ForerkortKlasse("D")

            @JvmField
            public val D1: ForerkortKlasse = ForerkortKlasse("D1")

            @JvmField
            public val D1E: ForerkortKlasse = ForerkortKlasse("D1E")

            @JvmField
            public val DE: ForerkortKlasse = ForerkortKlasse("DE")

            @JvmField
            public val S: ForerkortKlasse = ForerkortKlasse("S")

            @JvmField
            public val T: ForerkortKlasse = ForerkortKlasse("T")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<ForerkortKlasse> = java.util.Collections.unmodifiableList(
                listOf(
                    A,
                    A1,
                    A2,
                    AM,
                    AM_147,
                    B,
                    B_78,
                    BE,
                    C,
                    C1,
                    C1E,
                    CE,
                    D,
                    D1,
                    D1E,
                    DE,
                    S,
                    T,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): ForerkortKlasse = byValue[value] ?: ForerkortKlasse(value)

            internal fun read(value: Any?, place: Place): ForerkortKlasse = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<ForerkortKlasse>("DatavarehusTiltakV1.ForerkortKlasse", DatavarehusTiltakV1.ForerkortKlasse::of, DatavarehusTiltakV1.ForerkortKlasse::value)
    }

    /**
     * What a course contains.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = DatavarehusTiltakV1.InnholdElement.Serializer::class)
    public class InnholdElement private constructor(
        /** The value as it stands on the wire. */
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: InnholdElement?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is InnholdElement && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val GRUNNLEGGENDE_FERDIGHETER: InnholdElement = InnholdElement("GRUNNLEGGENDE_FERDIGHETER")

            @JvmField
            public val BRANSJERETTET_OPPLARING: InnholdElement = InnholdElement("BRANSJERETTET_OPPLARING")

            @JvmField
            public val TEORETISK_OPPLAERING: InnholdElement = InnholdElement("TEORETISK_OPPLAERING")

            @JvmField
            public val JOBBSOKER_KOMPETANSE: InnholdElement = InnholdElement("JOBBSOKER_KOMPETANSE")

            @JvmField
            public val PRAKSIS: InnholdElement = InnholdElement("PRAKSIS")

            @JvmField
            public val ARBEIDSMARKEDSKUNNSKAP: InnholdElement = InnholdElement("ARBEIDSMARKEDSKUNNSKAP")

            @JvmField
            public val NORSKOPPLAERING: InnholdElement = InnholdElement("NORSKOPPLAERING")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<InnholdElement> = java.util.Collections.unmodifiableList(
                listOf(
                    GRUNNLEGGENDE_FERDIGHETER,
                    BRANSJERETTET_OPPLARING,
                    TEORETISK_OPPLAERING,
                    JOBBSOKER_KOMPETANSE,
                    PRAKSIS,
                    ARBEIDSMARKEDSKUNNSKAP,
                    NORSKOPPLAERING,
                ),
            )

            private val byValue = kjente.associateBy { it.value }

            /** The value with this text, known or not. */
            @JvmStatic
            public fun of(value: String): InnholdElement = byValue[value] ?: InnholdElement(value)

            internal fun read(value: Any?, place: Place): InnholdElement = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<InnholdElement>("DatavarehusTiltakV1.InnholdElement", DatavarehusTiltakV1.InnholdElement::of, DatavarehusTiltakV1.InnholdElement::value)
    }

    /** A certificate. */
    @Serializable(with = DatavarehusTiltakV1.Sertifisering.Serializer::class)
    public data class Sertifisering(
        /** Id of the concept in Nav's taxonomy. All 64 bits are used: it does not fit in a double. */
        public val konseptId: Long,
        /** Text for people. */
        public val label: String,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["konseptId"] = this.konseptId
            json["label"] = this.label
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Sertifisering = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Sertifisering {
                val json = ObjectReader(value, place)
                return Sertifisering(
                    json.required("konseptId", ::long),
                    json.required("label", ::text),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Sertifisering>("DatavarehusTiltakV1.Sertifisering", DatavarehusTiltakV1.Sertifisering::fromJson, DatavarehusTiltakV1.Sertifisering::toJson)
    }

    /** The education that is given. */
    @Serializable(with = DatavarehusTiltakV1.Utdanningslop.Serializer::class)
    public data class Utdanningslop(
        /** Id of the utdanningsprogram. */
        public val utdanningsprogram: UUID,
        /** Ids of the utdanninger within it, in no particular order. */
        public val utdanninger: Set<UUID>,
    ) {
        /** The JSON, as Maps, Lists, Strings and Numbers. */
        public fun toJson(): Map<String, Any?> {
            val json = LinkedHashMap<String, Any?>()
            json["utdanningsprogram"] = this.utdanningsprogram.toString()
            json["utdanninger"] = this.utdanninger.map { it.toString() }
            return json
        }

        public companion object {
            /**
             * Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.
             *
             * @throws JsonMismatchException it is not what the contract says
             */
            @JvmStatic
            public fun fromJson(json: Any?): Utdanningslop = read(json, Place.root)

            internal fun read(value: Any?, place: Place): Utdanningslop {
                val json = ObjectReader(value, place)
                return Utdanningslop(
                    json.required("utdanningsprogram", FORM_1::matchingUuid),
                    json.required("utdanninger", { value, place -> set(value, place, FORM_1::matchingUuid) }),
                )
            }
        }

        /** Reads and writes it as JSON. */
        public object Serializer : ContractSerializer<Utdanningslop>("DatavarehusTiltakV1.Utdanningslop", DatavarehusTiltakV1.Utdanningslop::fromJson, DatavarehusTiltakV1.Utdanningslop::toJson)
    }
}
