// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
import * as json from "./json.js";
import type { Place } from "./json.js";

export { JsonMismatchError } from "./json.js";

/** Parses the text of a record's value on `siste-tiltaksgjennomforinger-v2` (version 2.0.2 of the contract).
 *
 * @throws JsonMismatchError it is not what the contract says */
export function parseTiltaksgjennomforingV2(text: string): TiltaksgjennomforingV2 {
  return readTiltaksgjennomforingV2(json.parse(text), json.root);
}

/** Writes the JSON text. */
export function stringifyTiltaksgjennomforingV2(value: TiltaksgjennomforingV2): string {
  return json.stringify(value);
}

/**
 * A gjennomføring: one concrete running of a tiltakstype by one arrangør.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * A later version may add a variant, which is an Ukjent.
 */
export type TiltaksgjennomforingV2 = Gruppe | Enkeltplass | Ukjent;

function readTiltaksgjennomforingV2(value: unknown, at: Place): TiltaksgjennomforingV2 {
  switch (json.required(json.object(value, at), "type", json.text, at)) {
    case "TiltaksgjennomforingV2.Gruppe":
      return readGruppe(value, at);
    case "TiltaksgjennomforingV2.Enkeltplass":
      return readEnkeltplass(value, at);
    default:
      return new Ukjent(json.map(json.anything)(value, at));
  }
}

/** A variant that this version of the contract does not know. It is written as it was read. */
export class Ukjent {
  readonly type = "Ukjent" as const;

  /** All properties, the discriminator too. */
  constructor(readonly content: json.JsonObject) {}

  toJSON(): json.JsonObject {
    return this.content;
  }
}

/** A group measure. */
export interface Gruppe {
  readonly type: "TiltaksgjennomforingV2.Gruppe";
  /** Id of the gjennomføring; the same as the record key. */
  readonly id: string;
  /** Tiltaksnummer of the gjennomføring. */
  readonly lopenummer: string;
  /** When the gjennomføring was created. */
  readonly opprettetTidspunkt: string;
  /** When the gjennomføring was last changed. */
  readonly oppdatertTidspunkt: string;
  /** Code of the tiltakstype, which is published on siste-tiltakstyper-v3. */
  readonly tiltakskode: Tiltakskode;
  /** The provider. */
  readonly arrangor: Arrangor;
  /** Status of the gjennomføring. */
  readonly status: GjennomforingStatus;
  /** How participants start. */
  readonly oppstart: Oppstart;
  /** How a participant is taken in. */
  readonly pameldingType: PameldingType;
  /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
  readonly navn: string;
  /** First day. */
  readonly startDato: string;
  /** Last day, if it is known. */
  readonly sluttDato: string | null;
  /** The day from which the arrangør may see the gjennomføring before it starts, if one is set. */
  readonly tilgjengeligForArrangorFraOgMedDato: string | null;
  /** Whether participants can be put forward now. */
  readonly apentForPamelding: boolean;
  /** Number of places. */
  readonly antallPlasser: number;
  /** Part of full time, in percent. */
  readonly deltidsprosent: number;
  /** Where participants meet, if it is known. */
  readonly oppmoteSted: string | null;
}

function readGruppe(value: unknown, at: Place): Gruppe {
  const it = json.object(value, at);
  return {
    type: "TiltaksgjennomforingV2.Gruppe",
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    lopenummer: json.required(it, "lopenummer", json.matching(new RegExp("^[0-9]{4}[#/][0-9]+$", "u")), at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.instant, at),
    oppdatertTidspunkt: json.required(it, "oppdatertTidspunkt", json.instant, at),
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    arrangor: json.required(it, "arrangor", readArrangor, at),
    status: json.required(it, "status", readGjennomforingStatus, at),
    oppstart: json.required(it, "oppstart", readOppstart, at),
    pameldingType: json.required(it, "pameldingType", readPameldingType, at),
    navn: json.required(it, "navn", json.text, at),
    startDato: json.required(it, "startDato", json.date, at),
    sluttDato: json.nullable(it, "sluttDato", json.date, at),
    tilgjengeligForArrangorFraOgMedDato: json.nullable(it, "tilgjengeligForArrangorFraOgMedDato", json.date, at),
    apentForPamelding: json.required(it, "apentForPamelding", json.boolean, at),
    antallPlasser: json.required(it, "antallPlasser", json.int, at),
    deltidsprosent: json.required(it, "deltidsprosent", json.double, at),
    oppmoteSted: json.nullable(it, "oppmoteSted", json.text, at),
  };
}

/** A single bought place. */
export interface Enkeltplass {
  readonly type: "TiltaksgjennomforingV2.Enkeltplass";
  /** Id of the gjennomføring; the same as the record key. */
  readonly id: string;
  /** Tiltaksnummer of the gjennomføring; left out when it has none yet. */
  readonly lopenummer?: string;
  /** When the gjennomføring was created. */
  readonly opprettetTidspunkt: string;
  /** When the gjennomføring was last changed. */
  readonly oppdatertTidspunkt: string;
  /** Code of the tiltakstype, which is published on siste-tiltakstyper-v3. */
  readonly tiltakskode: Tiltakskode;
  /** The provider. */
  readonly arrangor: Arrangor;
  /** Status of the gjennomføring. */
  readonly status: GjennomforingStatus;
  /** How participants start. */
  readonly oppstart: Oppstart;
  /** How a participant is taken in. */
  readonly pameldingType: PameldingType;
}

function readEnkeltplass(value: unknown, at: Place): Enkeltplass {
  const it = json.object(value, at);
  return {
    type: "TiltaksgjennomforingV2.Enkeltplass",
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    ...json.optional(it, "lopenummer", json.matching(new RegExp("^[0-9]{4}[#/][0-9]+$", "u")), at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.instant, at),
    oppdatertTidspunkt: json.required(it, "oppdatertTidspunkt", json.instant, at),
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    arrangor: json.required(it, "arrangor", readArrangor, at),
    status: json.required(it, "status", readGjennomforingStatus, at),
    oppstart: json.required(it, "oppstart", readOppstart, at),
    pameldingType: json.required(it, "pameldingType", readPameldingType, at),
  };
}

/** The values of Tiltakskode that this version knows. */
export const kjenteTiltakskode = [
  "ARBEIDSRETTET_REHABILITERING",
  "AVKLARING",
  "DIGITALT_OPPFOLGINGSTILTAK",
  "JOBBKLUBB",
  "OPPFOLGING",
  "ARBEIDSFORBEREDENDE_TRENING",
  "VARIG_TILRETTELAGT_ARBEID_SKJERMET",
  "TILRETTELAGT_ARBEID_ORDINAER",
  "ARBEIDSMARKEDSOPPLAERING",
  "ENKELTPLASS_ARBEIDSMARKEDSOPPLAERING",
  "ENKELTPLASS_FAG_OG_YRKESOPPLAERING",
  "FAG_OG_YRKESOPPLAERING",
  "GRUPPE_ARBEIDSMARKEDSOPPLAERING",
  "GRUPPE_FAG_OG_YRKESOPPLAERING",
  "HOYERE_UTDANNING",
  "HOYERE_YRKESFAGLIG_UTDANNING",
  "NORSKOPPLAERING_GRUNNLEGGENDE_FERDIGHETER_FOV",
  "STUDIESPESIALISERING",
  "INDIVIDUELL_JOBBSTOTTE",
  "INDIVIDUELL_JOBBSTOTTE_UNG",
  "ARBEID_MED_STOTTE",
  "ARBEIDSTRENING",
  "MIDLERTIDIG_LONNSTLSKUDD",
  "VARIG_LONNSTILSKUD",
  "MENTOR",
  "INKLUDERINGSTILSKUD",
  "SOMMERJOBB",
  "VTAO",
  "FIREARIG_LONNSTILSUDD",
] as const;

export type KjentTiltakskode = (typeof kjenteTiltakskode)[number];

/**
 * Code of a tiltakstype in Tiltaksadministrasjon.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteTiltakskode`.
 */
export type Tiltakskode = KjentTiltakskode | (string & {});

/** Whether this version knows the value. */
export function isKjentTiltakskode(value: Tiltakskode): value is KjentTiltakskode {
  return (kjenteTiltakskode as readonly string[]).includes(value);
}

function readTiltakskode(value: unknown, at: Place): Tiltakskode {
  return json.text(value, at);
}

/** The provider of a gjennomføring. */
export interface Arrangor {
  /** Organisation number of the provider. */
  readonly organisasjonsnummer: string;
}

function readArrangor(value: unknown, at: Place): Arrangor {
  const it = json.object(value, at);
  return {
    organisasjonsnummer: json.required(it, "organisasjonsnummer", json.matching(new RegExp("^[0-9]{9}$", "u")), at),
  };
}

/** The values of GjennomforingStatus that this version knows. */
export const kjenteGjennomforingStatus = [
  "GJENNOMFORES",
  "AVSLUTTET",
  "AVBRUTT",
  "AVLYST",
] as const;

export type KjentGjennomforingStatus = (typeof kjenteGjennomforingStatus)[number];

/**
 * Status of a gjennomføring.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteGjennomforingStatus`.
 */
export type GjennomforingStatus = KjentGjennomforingStatus | (string & {});

/** Whether this version knows the value. */
export function isKjentGjennomforingStatus(value: GjennomforingStatus): value is KjentGjennomforingStatus {
  return (kjenteGjennomforingStatus as readonly string[]).includes(value);
}

function readGjennomforingStatus(value: unknown, at: Place): GjennomforingStatus {
  return json.text(value, at);
}

/** The values of Oppstart that this version knows. */
export const kjenteOppstart = [
  "LOPENDE",
  "FELLES",
  "ENKELTPLASS",
] as const;

export type KjentOppstart = (typeof kjenteOppstart)[number];

/**
 * How participants start: continuously, all on one date, or on a single bought place.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteOppstart`.
 */
export type Oppstart = KjentOppstart | (string & {});

/** Whether this version knows the value. */
export function isKjentOppstart(value: Oppstart): value is KjentOppstart {
  return (kjenteOppstart as readonly string[]).includes(value);
}

function readOppstart(value: unknown, at: Place): Oppstart {
  return json.text(value, at);
}

/** The values of PameldingType that this version knows. */
export const kjentePameldingType = [
  "DIREKTE_VEDTAK",
  "TRENGER_GODKJENNING",
] as const;

export type KjentPameldingType = (typeof kjentePameldingType)[number];

/**
 * How a participant is taken in.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjentePameldingType`.
 */
export type PameldingType = KjentPameldingType | (string & {});

/** Whether this version knows the value. */
export function isKjentPameldingType(value: PameldingType): value is KjentPameldingType {
  return (kjentePameldingType as readonly string[]).includes(value);
}

function readPameldingType(value: unknown, at: Place): PameldingType {
  return json.text(value, at);
}
