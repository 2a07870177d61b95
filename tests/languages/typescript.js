// Makes TypeScript of the value schemas, and asks the compiler which values are no literals of their type.
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const { compile } = require("json-schema-to-typescript");
const { schemas, casesOf, print } = require("./work.js");

/** JSON may hold two characters that end a line in TypeScript. */
const oneLine = (json) => json.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");

async function main() {
  fs.rmSync("typescript", { recursive: true, force: true });
  fs.mkdirSync("typescript");
  const files = new Map();
  for (const schema of schemas.filter((it) => it.part === "value")) {
    fs.writeFileSync(`typescript/${schema.topic}.ts`, await compile(schema.schema, schema.title));
    // A literal a line: the line that an error stands on says whose it is.
    const cases = casesOf(schema);
    const literals = cases.map((it, index) => `export const value${index}: T = ${oneLine(it.text)};\n`);
    const file = `typescript/${schema.topic}.cases.ts`;
    fs.writeFileSync(file, `import type { ${schema.title} as T } from "./${schema.topic}";\n${literals.join("")}`);
    files.set(file, cases);
  }

  const options = ["--strict", "--noEmit", "--pretty", "false", "--module", "preserve", "--target", "es2022"];
  const tsc = spawnSync("node_modules/.bin/tsc", [...options, ...files.keys()], { encoding: "utf8" });
  if (tsc.error) throw tsc.error;
  const refused = new Set();
  for (const line of tsc.stdout.split("\n").filter((it) => it !== "" && !it.startsWith(" "))) {
    const [, file, number] = /^([^(]+)\((\d+),\d+\): error /.exec(line) ?? [];
    const it = files.get(file)?.[number - 2];
    if (it === undefined) throw new Error(`tsc: ${line}`);
    refused.add(it.name);
  }
  print(refused);
}

main();
