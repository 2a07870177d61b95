// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
import * as json from "./json.js";
import type { Place } from "./json.js";

export { JsonMismatchError } from "./json.js";

/** Parses the text of a record's value on `datavarehus-tiltak-v1` (version 1.0.2 of the contract).
 *
 * @throws JsonMismatchError it is not what the contract says */
export function parseDatavarehusTiltakV1(text: string): DatavarehusTiltakV1 {
  return readDatavarehusTiltakV1(json.parse(text), json.root);
}

/** Writes the JSON text. */
export function stringifyDatavarehusTiltakV1(value: DatavarehusTiltakV1): string {
  return json.stringify(value);
}

/**
 * A gjennomføring with its tiltakstype and avtale. The variant follows from the tiltakskode.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 *
 * A later version may add a variant, which is an Ukjent.
 */
export type DatavarehusTiltakV1 = Tiltak | Amo | Yrkesfag | Ukjent;

function readDatavarehusTiltakV1(value: unknown, at: Place): DatavarehusTiltakV1 {
  switch (json.required(json.object(value, at), "type", json.text, at)) {
    case "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto":
      return readTiltak(value, at);
    case "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto":
      return readAmo(value, at);
    case "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto":
      return readYrkesfag(value, at);
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

/** Any measure that is neither AMO nor vocational training. */
export interface Tiltak {
  readonly type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto";
  /** Code of the tiltakstype. */
  readonly tiltakskode: Tiltakskode;
  /** The avtale that the gjennomføring runs under, if any. */
  readonly avtale: Avtale | null;
  /** The gjennomføring. */
  readonly gjennomforing: Gjennomforing;
}

function readTiltak(value: unknown, at: Place): Tiltak {
  const it = json.object(value, at);
  return {
    type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1Dto",
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    avtale: json.nullable(it, "avtale", readAvtale, at),
    gjennomforing: json.required(it, "gjennomforing", readGjennomforing, at),
  };
}

/** Arbeidsmarkedsopplæring (AMO). */
export interface Amo {
  readonly type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto";
  /** Code of the tiltakstype. */
  readonly tiltakskode: Tiltakskode;
  /** The avtale that the gjennomføring runs under, if any. */
  readonly avtale: Avtale | null;
  /** The gjennomføring. */
  readonly gjennomforing: Gjennomforing;
  /** What kind of course it is, if it is categorised. */
  readonly amoKategorisering: AmoKategorisering | null;
}

function readAmo(value: unknown, at: Place): Amo {
  const it = json.object(value, at);
  return {
    type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1AmoDto",
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    avtale: json.nullable(it, "avtale", readAvtale, at),
    gjennomforing: json.required(it, "gjennomforing", readGjennomforing, at),
    amoKategorisering: json.nullable(it, "amoKategorisering", readAmoKategorisering, at),
  };
}

/** Vocational training. */
export interface Yrkesfag {
  readonly type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto";
  /** Code of the tiltakstype. */
  readonly tiltakskode: Tiltakskode;
  /** The avtale that the gjennomføring runs under, if any. */
  readonly avtale: Avtale | null;
  /** The gjennomføring. */
  readonly gjennomforing: Gjennomforing;
  /** The education that is given, if it is known. */
  readonly utdanningslop: Utdanningslop | null;
}

function readYrkesfag(value: unknown, at: Place): Yrkesfag {
  const it = json.object(value, at);
  return {
    type: "no.nav.mulighetsrommet.api.datavarehus.model.DatavarehusTiltakV1YrkesfagDto",
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    avtale: json.nullable(it, "avtale", readAvtale, at),
    gjennomforing: json.required(it, "gjennomforing", readGjennomforing, at),
    utdanningslop: json.nullable(it, "utdanningslop", readUtdanningslop, at),
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

/** The avtale that a gjennomføring runs under. */
export interface Avtale {
  /** Id of the avtale. */
  readonly id: string;
  /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
  readonly navn: string;
  /** When the avtale was created, in Norwegian local time. */
  readonly opprettetTidspunkt: string;
  /** When the avtale was last changed, in Norwegian local time. */
  readonly oppdatertTidspunkt: string;
}

function readAvtale(value: unknown, at: Place): Avtale {
  const it = json.object(value, at);
  return {
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    navn: json.required(it, "navn", json.text, at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.localDateTime, at),
    oppdatertTidspunkt: json.required(it, "oppdatertTidspunkt", json.localDateTime, at),
  };
}

/** The gjennomføring. For a single place, navn, startDato, sluttDato, status and deltidsprosent are null. */
export interface Gjennomforing {
  /** Id of the gjennomføring; the same as the record key. */
  readonly id: string;
  /** When the gjennomføring was created, in Norwegian local time. */
  readonly opprettetTidspunkt: string;
  /** When the gjennomføring was last changed, in Norwegian local time. */
  readonly oppdatertTidspunkt: string;
  /** The provider. */
  readonly arrangor: Arrangor;
  /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
  readonly navn: string | null;
  /** How participants start. */
  readonly oppstartstype: Oppstart;
  /** How a participant is taken in. */
  readonly pameldingstype: PameldingType;
  /** First day. */
  readonly startDato: string | null;
  /** Last day, if it is known. */
  readonly sluttDato: string | null;
  /** Status of the gjennomføring. */
  readonly status: GjennomforingStatus | null;
  /** Number in Arena, if the gjennomføring has one. */
  readonly arena: ArenaNummer | null;
  /** Part of full time, in percent. */
  readonly deltidsprosent: number | null;
}

function readGjennomforing(value: unknown, at: Place): Gjennomforing {
  const it = json.object(value, at);
  return {
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.localDateTime, at),
    oppdatertTidspunkt: json.required(it, "oppdatertTidspunkt", json.localDateTime, at),
    arrangor: json.required(it, "arrangor", readArrangor, at),
    navn: json.nullable(it, "navn", json.text, at),
    oppstartstype: json.required(it, "oppstartstype", readOppstart, at),
    pameldingstype: json.required(it, "pameldingstype", readPameldingType, at),
    startDato: json.nullable(it, "startDato", json.date, at),
    sluttDato: json.nullable(it, "sluttDato", json.date, at),
    status: json.nullable(it, "status", readGjennomforingStatus, at),
    arena: json.nullable(it, "arena", readArenaNummer, at),
    deltidsprosent: json.nullable(it, "deltidsprosent", json.double, at),
  };
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

/** Number of a gjennomføring in Arena. */
export interface ArenaNummer {
  /** Year. */
  readonly aar: number;
  /** Running number within the year. */
  readonly lopenummer: number;
}

function readArenaNummer(value: unknown, at: Place): ArenaNummer {
  const it = json.object(value, at);
  return {
    aar: json.required(it, "aar", json.int, at),
    lopenummer: json.required(it, "lopenummer", json.int, at),
  };
}

/** What kind of AMO course it is. Which properties there are follows from tiltakskode and kurstype. */
export interface AmoKategorisering {
  /** Kind of course. */
  readonly kurstype?: Kurstype;
  /** The industry that the course is aimed at. */
  readonly bransje?: Bransje;
  /** Driving-licence classes that the course leads to. */
  readonly forerkort?: readonly (ForerkortKlasse)[];
  /** What the course contains. */
  readonly innholdElementer?: readonly (InnholdElement)[];
  /** Whether the course leads to a test in Norwegian. */
  readonly norskprove?: boolean;
  /** Certificates that the course leads to. */
  readonly sertifiseringer?: readonly (Sertifisering)[];
}

function readAmoKategorisering(value: unknown, at: Place): AmoKategorisering {
  const it = json.object(value, at);
  return {
    ...json.optional(it, "kurstype", readKurstype, at),
    ...json.optional(it, "bransje", readBransje, at),
    ...json.optional(it, "forerkort", json.list(readForerkortKlasse), at),
    ...json.optional(it, "innholdElementer", json.list(readInnholdElement), at),
    ...json.optional(it, "norskprove", json.boolean, at),
    ...json.optional(it, "sertifiseringer", json.list(readSertifisering), at),
  };
}

/** The values of Kurstype that this version knows. */
export const kjenteKurstype = [
  "NORSKOPPLAERING",
  "GRUNNLEGGENDE_FERDIGHETER",
  "FORBEREDENDE_OPPLAERING_FOR_VOKSNE",
  "BRANSJE_OG_YRKESRETTET",
  "STUDIESPESIALISERING",
] as const;

export type KjentKurstype = (typeof kjenteKurstype)[number];

/**
 * Kind of course in arbeidsmarkedsopplæring (AMO).
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteKurstype`.
 */
export type Kurstype = KjentKurstype | (string & {});

/** Whether this version knows the value. */
export function isKjentKurstype(value: Kurstype): value is KjentKurstype {
  return (kjenteKurstype as readonly string[]).includes(value);
}

function readKurstype(value: unknown, at: Place): Kurstype {
  return json.text(value, at);
}

/** The values of Bransje that this version knows. */
export const kjenteBransje = [
  "INGENIOR_OG_IKT_FAG",
  "HELSE_PLEIE_OG_OMSORG",
  "BARNE_OG_UNGDOMSARBEID",
  "KONTORARBEID",
  "BUTIKK_OG_SALGSARBEID",
  "BYGG_OG_ANLEGG",
  "INDUSTRIARBEID",
  "REISELIV_SERVERING_OG_TRANSPORT",
  "SERVICEYRKER_OG_ANNET_ARBEID",
  "ANDRE_BRANSJER",
] as const;

export type KjentBransje = (typeof kjenteBransje)[number];

/**
 * The industry that a course is aimed at.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteBransje`.
 */
export type Bransje = KjentBransje | (string & {});

/** Whether this version knows the value. */
export function isKjentBransje(value: Bransje): value is KjentBransje {
  return (kjenteBransje as readonly string[]).includes(value);
}

function readBransje(value: unknown, at: Place): Bransje {
  return json.text(value, at);
}

/** The values of ForerkortKlasse that this version knows. */
export const kjenteForerkortKlasse = [
  "A",
  "A1",
  "A2",
  "AM",
  "AM_147",
  "B",
  "B_78",
  "BE",
  "C",
  "C1",
  "C1E",
  "CE",
  "D",
  "D1",
  "D1E",
  "DE",
  "S",
  "T",
] as const;

export type KjentForerkortKlasse = (typeof kjenteForerkortKlasse)[number];

/**
 * Driving-licence class that a course leads to.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteForerkortKlasse`.
 */
export type ForerkortKlasse = KjentForerkortKlasse | (string & {});

/** Whether this version knows the value. */
export function isKjentForerkortKlasse(value: ForerkortKlasse): value is KjentForerkortKlasse {
  return (kjenteForerkortKlasse as readonly string[]).includes(value);
}

function readForerkortKlasse(value: unknown, at: Place): ForerkortKlasse {
  return json.text(value, at);
}

/** The values of InnholdElement that this version knows. */
export const kjenteInnholdElement = [
  "GRUNNLEGGENDE_FERDIGHETER",
  "BRANSJERETTET_OPPLARING",
  "TEORETISK_OPPLAERING",
  "JOBBSOKER_KOMPETANSE",
  "PRAKSIS",
  "ARBEIDSMARKEDSKUNNSKAP",
  "NORSKOPPLAERING",
] as const;

export type KjentInnholdElement = (typeof kjenteInnholdElement)[number];

/**
 * What a course contains.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteInnholdElement`.
 */
export type InnholdElement = KjentInnholdElement | (string & {});

/** Whether this version knows the value. */
export function isKjentInnholdElement(value: InnholdElement): value is KjentInnholdElement {
  return (kjenteInnholdElement as readonly string[]).includes(value);
}

function readInnholdElement(value: unknown, at: Place): InnholdElement {
  return json.text(value, at);
}

/** A certificate. */
export interface Sertifisering {
  /** Id of the concept in Nav's taxonomy. All 64 bits are used: it does not fit in a double. */
  readonly konseptId: bigint;
  /** Text for people. */
  readonly label: string;
}

function readSertifisering(value: unknown, at: Place): Sertifisering {
  const it = json.object(value, at);
  return {
    konseptId: json.required(it, "konseptId", json.long, at),
    label: json.required(it, "label", json.text, at),
  };
}

/** The education that is given. */
export interface Utdanningslop {
  /** Id of the utdanningsprogram. */
  readonly utdanningsprogram: string;
  /** Ids of the utdanninger within it, in no particular order. */
  readonly utdanninger: readonly (string)[];
}

function readUtdanningslop(value: unknown, at: Place): Utdanningslop {
  const it = json.object(value, at);
  return {
    utdanningsprogram: json.required(it, "utdanningsprogram", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    utdanninger: json.required(it, "utdanninger", json.set(json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u"))), at),
  };
}
