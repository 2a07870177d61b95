// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
import * as json from "./json.js";
import type { Place } from "./json.js";

export { JsonMismatchError } from "./json.js";

/** Parses the text of a record's value on `arena-migrering-tiltaksgjennomforinger-v1` (version 1.0.2 of the contract).
 *
 * @throws JsonMismatchError it is not what the contract says */
export function parseArenaMigreringTiltaksgjennomforingV1(text: string): ArenaMigreringTiltaksgjennomforingV1 {
  return readArenaMigreringTiltaksgjennomforingV1(json.parse(text), json.root);
}

/** Writes the JSON text. */
export function stringifyArenaMigreringTiltaksgjennomforingV1(value: ArenaMigreringTiltaksgjennomforingV1): string {
  return json.stringify(value);
}

/**
 * A gjennomføring as Arena replicates it.
 *
 * No text is written with U+0000 in it; one in an earlier record may have it.
 */
export interface ArenaMigreringTiltaksgjennomforingV1 {
  /** Id of the gjennomføring; the same as the record key. */
  readonly id: string;
  /** Id in Arena, once Arena has given one. */
  readonly arenaId: number | null;
  /** Code of the tiltakstype in Arena, such as INDOPPFAG. Not the code of Tiltaksadministrasjon. */
  readonly tiltakskode: string;
  /** First day. */
  readonly startDato: string;
  /** Last day, if it is known. */
  readonly sluttDato: string | null;
  /** When the gjennomføring was created, in Norwegian local time. */
  readonly opprettetTidspunkt: string;
  /** When the gjennomføring was last changed, in Norwegian local time. */
  readonly endretTidspunkt: string;
  /** Name for people. Written with something to read in it; the name in an earlier record may be blank. */
  readonly navn: string;
  /** Organisation number of the provider. */
  readonly orgnummer: string;
  /** Number of places, if it is known. */
  readonly antallPlasser: number | null;
  /** Status of the gjennomføring. */
  readonly status: ArenaMigreringStatus;
  /** The Nav unit that is responsible for the gjennomføring. */
  readonly enhet: string;
  /** Whether participants can be put forward now. */
  readonly apentForInnsok: boolean;
  /** Part of full time, in percent. */
  readonly deltidsprosent: number;
}

function readArenaMigreringTiltaksgjennomforingV1(value: unknown, at: Place): ArenaMigreringTiltaksgjennomforingV1 {
  const it = json.object(value, at);
  return {
    id: json.required(it, "id", json.matching(new RegExp("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", "u")), at),
    arenaId: json.nullable(it, "arenaId", json.int, at),
    tiltakskode: json.required(it, "tiltakskode", json.text, at),
    startDato: json.required(it, "startDato", json.date, at),
    sluttDato: json.nullable(it, "sluttDato", json.date, at),
    opprettetTidspunkt: json.required(it, "opprettetTidspunkt", json.localDateTime, at),
    endretTidspunkt: json.required(it, "endretTidspunkt", json.localDateTime, at),
    navn: json.required(it, "navn", json.text, at),
    orgnummer: json.required(it, "orgnummer", json.matching(new RegExp("^[0-9]{9}$", "u")), at),
    antallPlasser: json.nullable(it, "antallPlasser", json.int, at),
    status: json.required(it, "status", readArenaMigreringStatus, at),
    enhet: json.required(it, "enhet", json.matching(new RegExp("^[0-9]{4}$", "u")), at),
    apentForInnsok: json.required(it, "apentForInnsok", json.boolean, at),
    deltidsprosent: json.required(it, "deltidsprosent", json.double, at),
  };
}

/** The values of ArenaMigreringStatus that this version knows. */
export const kjenteArenaMigreringStatus = [
  "GJENNOMFORES",
  "AVSLUTTET",
  "AVBRUTT",
  "AVLYST",
] as const;

export type KjentArenaMigreringStatus = (typeof kjenteArenaMigreringStatus)[number];

/**
 * Status of a gjennomføring as Arena is told of it.
 *
 * A list that may grow: a value that is not known is kept, and is none of `kjenteArenaMigreringStatus`.
 */
export type ArenaMigreringStatus = KjentArenaMigreringStatus | (string & {});

/** Whether this version knows the value. */
export function isKjentArenaMigreringStatus(value: ArenaMigreringStatus): value is KjentArenaMigreringStatus {
  return (kjenteArenaMigreringStatus as readonly string[]).includes(value);
}

function readArenaMigreringStatus(value: unknown, at: Place): ArenaMigreringStatus {
  return json.text(value, at);
}
