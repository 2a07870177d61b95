// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
package no.nav.tiltak.types

import java.time.LocalDate
import java.time.LocalDateTime
import java.util.UUID
import kotlinx.serialization.Serializable

private val FORM_3 = Form("^[0-9]{4}\\z")
private val FORM_2 = Form("^[0-9]{9}\\z")
private val FORM_1 = Form("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\z")

/**
 * A gjennomføring as Arena replicates it.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * Value of the records on `arena-migrering-tiltaksgjennomforinger-v1`, version 1.0.2 of the contract.
 */
@Serializable(with = ArenaMigreringTiltaksgjennomforingV1.Serializer::class)
public data class ArenaMigreringTiltaksgjennomforingV1(
    /** Id of the gjennomføring; the same as the record key. */
    public val id: UUID,
    /** Id in Arena, once Arena has given one. */
    public val arenaId: Int? = null,
    /** Code of the tiltakstype in Arena, such as INDOPPFAG. Not the code of Tiltaksadministrasjon. */
    public val tiltakskode: String,
    /** First day. */
    public val startDato: LocalDate,
    /** Last day, if it is known. */
    public val sluttDato: LocalDate? = null,
    /** When the gjennomføring was created, in Norwegian local time. */
    public val opprettetTidspunkt: LocalDateTime,
    /** When the gjennomføring was last changed, in Norwegian local time. */
    public val endretTidspunkt: LocalDateTime,
    /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
    public val navn: String,
    /** Organisation number of the provider. */
    public val orgnummer: String,
    /** Number of places, if it is known. */
    public val antallPlasser: Int? = null,
    /** Status of the gjennomføring. */
    public val status: ArenaMigreringStatus,
    /** The Nav unit that is responsible for the gjennomføring. */
    public val enhet: String,
    /** Whether participants can be put forward now. */
    public val apentForInnsok: Boolean,
    /** Part of full time, in percent. */
    public val deltidsprosent: Double,
) {
    /** The JSON, as Maps, Lists, Strings and Numbers. */
    public fun toJson(): Map<String, Any?> {
        val json = LinkedHashMap<String, Any?>()
        json["id"] = this.id.toString()
        json["arenaId"] = this.arenaId
        json["tiltakskode"] = this.tiltakskode
        json["startDato"] = this.startDato.toString()
        json["sluttDato"] = this.sluttDato?.toString()
        json["opprettetTidspunkt"] = this.opprettetTidspunkt.toString()
        json["endretTidspunkt"] = this.endretTidspunkt.toString()
        json["navn"] = this.navn
        json["orgnummer"] = this.orgnummer
        json["antallPlasser"] = this.antallPlasser
        json["status"] = this.status.value
        json["enhet"] = this.enhet
        json["apentForInnsok"] = this.apentForInnsok
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
        public fun fromJson(json: Any?): ArenaMigreringTiltaksgjennomforingV1 = read(json, Place.root)

        internal fun read(value: Any?, place: Place): ArenaMigreringTiltaksgjennomforingV1 {
            val json = ObjectReader(value, place)
            return ArenaMigreringTiltaksgjennomforingV1(
                json.required("id", FORM_1::matchingUuid),
                json.optional("arenaId", ::int),
                json.required("tiltakskode", ::text),
                json.required("startDato", ::date),
                json.optional("sluttDato", ::date),
                json.required("opprettetTidspunkt", ::localDateTime),
                json.required("endretTidspunkt", ::localDateTime),
                json.required("navn", ::text),
                json.required("orgnummer", FORM_2::matching),
                json.optional("antallPlasser", ::int),
                json.required("status", ArenaMigreringStatus.Companion::read),
                json.required("enhet", FORM_3::matching),
                json.required("apentForInnsok", ::boolean),
                json.required("deltidsprosent", ::double),
            )
        }
    }

    /** Reads and writes it as JSON. */
    public object Serializer : ContractSerializer<ArenaMigreringTiltaksgjennomforingV1>("ArenaMigreringTiltaksgjennomforingV1", ArenaMigreringTiltaksgjennomforingV1::fromJson, ArenaMigreringTiltaksgjennomforingV1::toJson)

    /**
     * Status of a gjennomføring as Arena is told of it.
     *
     * A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.
     */
    @Serializable(with = ArenaMigreringTiltaksgjennomforingV1.ArenaMigreringStatus.Serializer::class)
    public class ArenaMigreringStatus private constructor(
        /** The value as it stands on the wire. */
        public val value: String,
    ) {
        /** This value, if this version knows it. */
        public val kjent: ArenaMigreringStatus?
            get() = if (value in byValue) this else null

        override fun equals(other: Any?): Boolean = other is ArenaMigreringStatus && value == other.value

        override fun hashCode(): Int = value.hashCode()

        override fun toString(): String = value

        public companion object {
            @JvmField
            public val GJENNOMFORES: ArenaMigreringStatus = ArenaMigreringStatus("GJENNOMFORES")

            @JvmField
            public val AVSLUTTET: ArenaMigreringStatus = ArenaMigreringStatus("AVSLUTTET")

            @JvmField
            public val AVBRUTT: ArenaMigreringStatus = ArenaMigreringStatus("AVBRUTT")

            @JvmField
            public val AVLYST: ArenaMigreringStatus = ArenaMigreringStatus("AVLYST")

            /** Every value that this version knows, in the order of the contract. */
            @JvmField
            public val kjente: List<ArenaMigreringStatus> = java.util.Collections.unmodifiableList(
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
            public fun of(value: String): ArenaMigreringStatus = byValue[value] ?: ArenaMigreringStatus(value)

            internal fun read(value: Any?, place: Place): ArenaMigreringStatus = of(text(value, place))
        }

        /** Reads and writes it as a string. */
        public object Serializer : ContractEnumSerializer<ArenaMigreringStatus>("ArenaMigreringTiltaksgjennomforingV1.ArenaMigreringStatus", ArenaMigreringTiltaksgjennomforingV1.ArenaMigreringStatus::of, ArenaMigreringTiltaksgjennomforingV1.ArenaMigreringStatus::value)
    }
}
