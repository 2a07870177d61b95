// Reads what stands on standard input with the generated TypeScript, compiled into `types`, and prints what came of it: the
// lines that `tests/jvm-types/Truth.kt` describes.
import { readFileSync } from "node:fs";
import { JsonMismatchError } from "./types/json.js";
import * as arena from "./types/ArenaMigreringTiltaksgjennomforingV1.js";
import * as datavarehus from "./types/DatavarehusTiltakV1.js";
import * as gjennomforinger from "./types/TiltaksgjennomforingV2.js";
import * as tiltakstyper from "./types/TiltakstypeV3.js";

const topics = {
  "siste-tiltakstyper-v3": tiltakstyper,
  "siste-tiltaksgjennomforinger-v2": gjennomforinger,
  "arena-migrering-tiltaksgjennomforinger-v1": arena,
  "datavarehus-tiltak-v1": datavarehus,
};

/** The function of a module whose name begins so and is followed by that of the contract's type. */
const functionOf = (module, start) => Object.entries(module).find(([name]) => name.startsWith(start))[1];

/** How many values and variants a team would not know. */
function unknown(value, module) {
  if (module.Ukjent !== undefined && value instanceof module.Ukjent) return 1;
  if (Array.isArray(value)) return value.reduce((sum, it) => sum + unknown(it, module), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce((sum, [name, it]) => sum + unknown(it, module) + unknownEnum(name, it, module), 0);
}

const ENUMS = {
  tiltakskode: "Tiltakskode",
  status: "GjennomforingStatus",
  oppstart: "Oppstart",
  oppstartstype: "Oppstart",
  pameldingType: "PameldingType",
  pameldingstype: "PameldingType",
  innsatsgrupper: "Innsatsgruppe",
  kurstype: "Kurstype",
  bransje: "Bransje",
  forerkort: "ForerkortKlasse",
  innholdElementer: "InnholdElement",
};

function unknownEnum(name, value, module) {
  const type = module === arena && name === "status" ? "ArenaMigreringStatus" : ENUMS[name];
  const isKnown = type === undefined || value === null ? undefined : module[`isKjent${type}`];
  return isKnown === undefined ? 0 : [value].flat().filter((it) => !isKnown(it)).length;
}

const lines = readFileSync(0, "utf8").split("\n").slice(0, -1);
const told = lines.map((line) => {
  const [topic, digits] = line.split("\t");
  const module = topics[topic];
  try {
    const value = functionOf(module, "parse")(Buffer.from(digits, "hex").toString("utf8"));
    const written = functionOf(module, "stringify")(value);
    return `read\t${unknown(value, module)}\t${Buffer.from(written).toString("hex")}`;
  } catch (error) {
    if (!(error instanceof JsonMismatchError)) throw error;
    return `refused\t${error.pointer}\t${error.message}`;
  }
});
process.stdout.write(told.join("\n") + "\n");
