// Made by `contracts generate`. Changes are made in the schemas, or in the generator.
/** JSON that is not what the contract says. The message names places and kinds, and never a value. */
export class JsonMismatchError extends Error {
  override readonly name = "JsonMismatchError";

  constructor(
    /** Where in the JSON (RFC 6901); empty for the whole. */
    readonly pointer: string,
    /** What the contract says that stands there. */
    readonly expected: string,
    /** What stands there, without its content. */
    readonly found: string,
  ) {
    super(`${pointer === "" ? "" : `at ${pointer}: `}expected ${expected}, found ${found}`);
  }
}

/** A place in a JSON document. */
export interface Place {
  readonly parent: Place | null;
  readonly token: string;
}

export const root: Place = { parent: null, token: "" };

/** Reads what stands at a place; undefined is nothing at all. */
export type Reader<T> = (value: unknown, at: Place) => T;

function pointer(at: Place): string {
  return at.parent === null ? "" : `${pointer(at.parent)}/${at.token.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return `a string of ${[...value].length} characters`;
  if (typeof value === "boolean") return "true or false";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  return Array.isArray(value) ? "an array" : "an object";
}

export function mismatch(at: Place, expected: string, value: unknown): never {
  throw new JsonMismatchError(pointer(at), expected, describe(value));
}

const BIG = "\u0000integer";

/** Parses JSON text. An integer that a number would round is a bigint. */
export function parse(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!/[0-9]{16}/.test(text)) return parsed;
    const marked = text.replace(/"(?:[^"\\]|\\.)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/g, (token) =>
      /^-?[0-9]{16,}$/.test(token) ? `{${JSON.stringify(BIG)}:"${token}"}` : token,
    );
    return JSON.parse(marked, (_, value: unknown) =>
      isObject(value) && typeof value[BIG] === "string" ? BigInt(value[BIG]) : value,
    );
  } catch {
    throw new JsonMismatchError("", "JSON", `${text.length} characters that are not`);
  }
}

/** Writes JSON text; a bigint as the number that it is. */
export function stringify(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (Array.isArray(value)) return `[${value.map(stringify).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if ("toJSON" in value && typeof value.toJSON === "function") return stringify(value.toJSON());
  const properties = Object.entries(value).filter(([, it]) => it !== undefined);
  return `{${properties.map(([name, it]) => `${JSON.stringify(name)}:${stringify(it)}`).join(",")}}`;
}

export type JsonObject = { readonly [name: string]: unknown };

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function object(value: unknown, at: Place): JsonObject {
  return isObject(value) ? value : mismatch(at, "an object", value);
}

/** A property of the object's own: one that is called `constructor` is no function. */
function own(json: JsonObject, name: string): unknown {
  return Object.hasOwn(json, name) ? json[name] : undefined;
}

export function required<T>(json: JsonObject, name: string, read: Reader<T>, at: Place): T {
  return read(own(json, name), { parent: at, token: name });
}

/** A property that is null or is not there is null, whichever of the two the contract says. */
export function nullable<T>(json: JsonObject, name: string, read: Reader<T>, at: Place): T | null {
  const value = own(json, name);
  return value === undefined || value === null ? null : read(value, { parent: at, token: name });
}

/** A property that is null or is not there is left out. */
export function optional<N extends string, T>(
  json: JsonObject,
  name: N,
  read: Reader<T>,
  at: Place,
): { readonly [K in N]?: T } {
  const value = nullable(json, name, read, at);
  return value === null ? {} : ({ [name]: value } as { readonly [K in N]?: T });
}

export const text: Reader<string> = (value, at) => (typeof value === "string" ? value : mismatch(at, "a string", value));

export function matching(pattern: RegExp): Reader<string> {
  return (value, at) =>
    pattern.test(text(value, at)) ? text(value, at) : mismatch(at, `a string that matches ${pattern.source}`, value);
}

export const uuid = matching(/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/);

export const boolean: Reader<boolean> = (value, at) =>
  typeof value === "boolean" ? value : mismatch(at, "true or false", value);

export const int: Reader<number> = (value, at) =>
  typeof value === "number" && Number.isInteger(value) && value >= -2147483648 && value <= 2147483647
    ? value + 0
    : mismatch(at, "an integer of 32 bits", value);

export const long: Reader<bigint> = (value, at) => {
  const integer = typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof integer === "bigint" && BigInt.asIntN(64, integer) === integer
    ? integer
    : mismatch(at, "an integer of 64 bits", value);
};

export const double: Reader<number> = (value, at) => {
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number !== "number") mismatch(at, "a number", value);
  return Number.isFinite(number) ? number : mismatch(at, "a number within the doubles", value);
};

const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]+))?)?(.*))?$/s;

/** Milliseconds of a date in a calendar that repeats after 400 years, which has no year below 100. */
function day(year: number, month: number, date: number): number | null {
  const time = new Date(Date.UTC(year + 400, month - 1, date));
  return time.getUTCMonth() === month - 1 && time.getUTCDate() === date ? time.getTime() : null;
}

/** Milliseconds, fraction and what stands behind the time. */
function dateTime(value: string): { time: number; nanos: string; zone: string } | null {
  const match = DATE_TIME.exec(value);
  if (match === null || match[4] === undefined) return null;
  const [year, month, date, hour, minute, second] = match.slice(1, 7).map((it) => Number(it ?? 0)) as [
    number, number, number, number, number, number,
  ];
  const nanos = (match[7] ?? "").slice(0, 9).padEnd(9, "0");
  const start = day(year, month, date);
  const isEnd = hour === 24 && minute === 0 && second === 0 && /^0*$/.test(match[7] ?? "");
  if (start === null || minute > 59 || second > 59 || (hour > 23 && !isEnd)) return null;
  const time = start + ((hour * 60 + minute) * 60 + second) * 1000;
  return spelling(time, nanos) === null ? null : { time, nanos, zone: match[8] ?? "" };
}

function offset(zone: string): number | null {
  if (zone === "Z" || zone === "z") return 0;
  const match = /^([+-])([0-9]{2})(?::([0-9]{2})(?::([0-9]{2}))?|([0-9]{2}))?$/.exec(zone);
  if (match === null) return null;
  const [hour, minute, second] = [match[2], match[3] ?? match[5], match[4]].map((it) => Number(it ?? 0)) as [
    number, number, number,
  ];
  const seconds = (hour * 60 + minute) * 60 + second;
  if (minute > 59 || second > 59 || seconds > 18 * 60 * 60) return null;
  return (match[1] === "-" ? -seconds : seconds) * 1000;
}

/** Date, hour and minute, seconds, and a fraction of 0, 3, 6 or 9 digits; null outside of the years 0000 to 9999. */
function spelling(time: number, nanos: string): [string, string, string] | null {
  const moment = new Date(time);
  const year = moment.getUTCFullYear() - 400;
  if (year < 0 || year > 9999) return null;
  const iso = new Date(Date.UTC(year < 5000 ? year + 400 : year - 400, moment.getUTCMonth(), moment.getUTCDate())).toISOString();
  const clock = moment.toISOString().slice(-13, -5);
  const fraction = nanos.replace(/(000){1,3}$/, "");
  return [
    `${String(year).padStart(4, "0")}${iso.slice(4, 10)}T${clock.slice(0, 5)}`,
    clock.slice(5),
    fraction === "" ? "" : `.${fraction}`,
  ];
}

/** A date, such as 2026-01-31. */
export const date: Reader<string> = (value, at) => {
  const match = DATE_TIME.exec(text(value, at));
  return match !== null && match[4] === undefined && day(Number(match[1]), Number(match[2]), Number(match[3])) !== null
    ? text(value, at)
    : mismatch(at, "a date, such as 2026-01-31", value);
};

/** Any spelling of ISO 8601's extended format, as the contract spells it: 2026-01-31T09:00, or with seconds. */
export const localDateTime: Reader<string> = (value, at) => {
  const read = dateTime(text(value, at));
  const parts = read === null || read.zone !== "" ? null : spelling(read.time, read.nanos);
  if (parts === null) mismatch(at, "a local date-time without zone, such as 2026-01-31T09:00", value);
  const [start, seconds, fraction] = parts;
  return start + (seconds === ":00" && fraction === "" ? "" : seconds) + fraction;
};

/** Any spelling of ISO 8601's extended format with a zone, as the contract spells it: 2026-01-31T09:00:00Z. */
export const instant: Reader<string> = (value, at) => {
  const read = dateTime(text(value, at));
  const zone = read === null ? null : offset(read.zone);
  const parts = read === null || zone === null ? null : spelling(read.time - zone, read.nanos);
  return parts === null ? mismatch(at, "an instant, such as 2026-01-31T09:00:00Z", value) : `${parts.join("")}Z`;
};

export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((item: unknown, index) => read(item, { parent: at, token: String(index) }))
      : mismatch(at, "an array", value);
}

/** The items of a set in their order; of one that stands there twice, the first is there. */
export function set<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, at) => [...new Map(list(read)(value, at).map((it) => [stringify(it), it])).values()];
}

export function map<T>(read: Reader<T>): Reader<{ readonly [name: string]: T }> {
  return (value, at) => {
    const entries = Object.entries(object(value, at));
    return Object.fromEntries(entries.map(([name, it]) => [name, read(it, { parent: at, token: name })]));
  };
}

export function orNull<T>(read: Reader<T>): Reader<T | null> {
  return (value, at) => (value === null ? null : read(value, at));
}

/** Anything that is there. A number beyond the doubles is the nearest of them. */
export const anything: Reader<unknown> = (value, at) => {
  if (value === undefined) mismatch(at, "a value", value);
  if (Array.isArray(value)) return list(anything)(value, at);
  if (isObject(value)) return map(anything)(value, at);
  return typeof value === "number" ? Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value)) : value;
};
