// Makes Java classes for Jackson of the value schemas: a package a topic, with a class Converter that reads a value.
const fs = require("node:fs");
const { InputData, JSONSchemaInput, quicktypeMultiFile } = require("quicktype-core");
const { schemas } = require("./work.js");

async function main() {
  fs.rmSync("java", { recursive: true, force: true });
  for (const schema of schemas.filter((it) => it.part === "value")) {
    const input = new JSONSchemaInput(undefined);
    await input.addSource({ name: schema.title, schema: JSON.stringify(schema.schema) });
    const inputData = new InputData();
    inputData.addInput(input);
    const name = schema.title.toLowerCase();
    const classes = await quicktypeMultiFile({ inputData, lang: "java", rendererOptions: { package: name } });
    fs.mkdirSync(`java/${name}`, { recursive: true });
    classes.forEach(({ lines }, file) => fs.writeFileSync(`java/${name}/${file}`, lines.join("\n")));
  }
}

main();
