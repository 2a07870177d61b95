// What each script needs: the schemas and records that the test has written, and a way to say which are refused.
const fs = require("node:fs");

const { schemas, cases } = JSON.parse(fs.readFileSync("work.json", "utf8"));

exports.schemas = schemas;

/** The values, or keys, that a schema is about. */
exports.casesOf = (schema) => cases.filter((it) => it.topic === schema.topic && it.part === schema.part);

/** Prints the names of the refused examples, which is all that a script may print. */
exports.print = (refused) => console.log(JSON.stringify([...refused]));
