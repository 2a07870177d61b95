// Asks ajv which records the schemas refuse: the committed ones (`schemas`), or those in the AsyncAPI document
// (`asyncapi`), which the official parser reads first.
const fs = require("node:fs");
const { Parser } = require("@asyncapi/parser");
const Ajv = require("ajv/dist/2020").default;
const formats = require("ajv-formats").default;
const { schemas, casesOf, print } = require("./work.js");

/** The document, which must be without errors and warnings; what else the parser says is advice. */
async function asyncapi() {
  const { document, diagnostics } = await new Parser().parse(fs.readFileSync("asyncapi.json", "utf8"));
  const problems = diagnostics.filter((it) => it.severity < 2);
  if (problems.length > 0) throw new Error(JSON.stringify(problems, null, 2));
  return document;
}

/** The schema of a topic's key or value as the document has it. */
function within(document, { topic, part }) {
  const [message] = document.channels().get(topic).messages().all();
  return part === "key" ? message.bindings().get("kafka").value().key : message.json().payload.schema;
}

async function main() {
  const document = process.argv[2] === "asyncapi" ? await asyncapi() : undefined;
  // The parser leaves keywords of its own in the schemas, which ajv is strict about.
  const ajv = formats(new Ajv({ strict: document === undefined }));
  const refused = new Set();
  for (const it of schemas) {
    const accepts = ajv.compile(document === undefined ? it.schema : within(document, it));
    for (const { name, text } of casesOf(it)) {
      if (!accepts(JSON.parse(text))) refused.add(name);
    }
  }
  print(refused);
}

main();
