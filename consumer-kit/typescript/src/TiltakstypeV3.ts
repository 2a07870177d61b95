// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
import * as json from "./json.js";
import type { Place } from "./json.js";

export { JsonMismatchError } from "./json.js";

/** Parses the text of a record's value on `siste-tiltakstyper-v3` (version 3.0.1 of the contract).
 *
 * @throws JsonMismatchError it is not what the contract says */
export function parseTiltakstypeV3(text: string): TiltakstypeV3 {
  return readTiltakstypeV3(json.parse(text), json.root);
}

/** Writes the JSON text. */
export function stringifyTiltakstypeV3(value: TiltakstypeV3): string {
  return json.stringify(value);
}

/**
 * A tiltakstype: one kind of labour-market measure.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 */
export interface TiltakstypeV3 {
  /** Id of the tiltakstype; the same as the record key. */
  readonly id: string;
  /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
  readonly navn: string;
  /** Code in Tiltaksadministrasjon, which gjennomføringer refer to. */
  readonly tiltakskode: Tiltakskode;
  /** The groups that the tiltakstype is meant for, in no particular order. */
  readonly innsatsgrupper: readonly (Innsatsgruppe)[];
  /** Code of the tiltakstype in Arena, if it has one. Several tiltakstyper can share one. */
  readonly arenaKode: string | null;
  /** What can be chosen as content when a participant is registered, if anything. */
  readonly deltakerRegistreringInnhold: DeltakerRegistreringInnhold | null;
  /** When the tiltakstype was created, in Norwegian local time. */
  readonly opprettetTidspunkt: string;
  /** When the tiltakstype was last changed, in Norwegian local time. */
  readonly oppdatertTidspunkt: string;
}

function readTiltakstypeV3(value: unknown, at: Place): TiltakstypeV3 {
  const it = json.object(value, at);
  return {
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    navn: json.required(it, "navn", json.text, at),
    tiltakskode: json.required(it, "tiltakskode", readTiltakskode, at),
    innsatsgrupper: json.required(it, "innsatsgrupper", json.set(readInnsatsgruppe), at),
    arenaKode: json.nullable(it, "arenaKode", json.text, at),
    deltakerRegistreringInnhold: json.nullable(it, "deltakerRegistreringInnhold", readDeltakerRegistreringInnhold, at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.localDateTime, at),
    oppdatertTidspunkt: json.required(it, "oppdatertTidspunkt", json.localDateTime, at),
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

/** The values of Innsatsgruppe that this version knows. */
export const kjenteInnsatsgruppe = [
  "GODE_MULIGHETER",
  "TRENGER_VEILEDNING",
  "TRENGER_VEILEDNING_NEDSATT_ARBEIDSEVNE",
  "JOBBE_DELVIS",
  "LITEN_MULIGHET_TIL_A_JOBBE",
] as const;

export type KjentInnsatsgruppe = (typeof kjenteInnsatsgruppe)[number];

/**
 * The groups of need for assistance that a tiltakstype is meant for.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteInnsatsgruppe`.
 */
export type Innsatsgruppe = KjentInnsatsgruppe | (string & {});

/** Whether this version knows the value. */
export function isKjentInnsatsgruppe(value: Innsatsgruppe): value is KjentInnsatsgruppe {
  return (kjenteInnsatsgruppe as readonly string[]).includes(value);
}

function readInnsatsgruppe(value: unknown, at: Place): Innsatsgruppe {
  return json.text(value, at);
}

/** The content that can be chosen when a participant is registered. */
export interface DeltakerRegistreringInnhold {
  /** The elements to choose from. */
  readonly innholdselementer: readonly (Innholdselement)[];
  /** Text that introduces the choice. */
  readonly ledetekst: string;
}

function readDeltakerRegistreringInnhold(value: unknown, at: Place): DeltakerRegistreringInnhold {
  const it = json.object(value, at);
  return {
    innholdselementer: json.required(it, "innholdselementer", json.list(readInnholdselement), at),
    ledetekst: json.required(it, "ledetekst", json.text, at),
  };
}

/** One element of content. */
export interface Innholdselement {
  /** Text for people. */
  readonly tekst: string;
  /** Code of the element. */
  readonly innholdskode: string;
}

function readInnholdselement(value: unknown, at: Place): Innholdselement {
  const it = json.object(value, at);
  return {
    tekst: json.required(it, "tekst", json.text, at),
    innholdskode: json.required(it, "innholdskode", json.text, at),
  };
}
