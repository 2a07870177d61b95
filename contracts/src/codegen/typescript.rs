//! The renderer of TypeScript: interfaces, and for each a function that parses and checks.
//!
//! Dates and times are strings in the contract's own spelling, because a `Date` has no nanoseconds and no local time.
//! A 64-bit integer is a bigint.

use std::fmt::Write as _;

use super::model::{Kind, NamedType, Property, Type, Union, ValueTypes};
use super::names;
use super::{SourceFile, each, header};

/// The files below the source folder: one for each version of a contract, and the shared support code.
pub fn files(contracts: &[ValueTypes]) -> Vec<SourceFile> {
    let mut files =
        vec![SourceFile { path: "json.ts".to_owned(), text: header("//") + include_str!("support/json.ts") }];
    for types in contracts {
        files.push(SourceFile { path: format!("{}.ts", types.root.name), text: module(types) });
    }
    files
}

fn module(types: &ValueTypes) -> String {
    let name = &types.root.name;
    let mut text = format!(
        "{}import * as json from \"./json.js\";\nimport type {{ Place }} from \"./json.js\";\n\n",
        header("//")
    );
    let _ = writeln!(
        text,
        "export {{ JsonMismatchError }} from \"./json.js\";\n\n\
         /** Parses the text of a record's value on `{topic}` (version {version} of the contract).\n *\n \
         * @throws JsonMismatchError it is not what the contract says */\n\
         export function parse{name}(text: string): {name} {{\n  return read{name}(json.parse(text), json.root);\n}}\n\n\
         /** Writes the JSON text. */\n\
         export function stringify{name}(value: {name}): string {{\n  return json.stringify(value);\n}}",
        topic = types.topic,
        version = types.version
    );
    for it in types.all() {
        text.push('\n');
        text.push_str(&named(it));
    }
    text
}

fn named(it: &NamedType) -> String {
    let name = &it.name;
    match &it.kind {
        Kind::Object(properties) => object(name, &it.description, properties, None),
        Kind::OpenEnum(values) => {
            let list = each(values, |it| format!("  {},\n", literal(it)));
            let about = format!(
                "{}\n\nA list that may grow: a value that is not known is kept, and is none of `kjente{name}`.",
                it.description
            );
            format!(
                "/** The values of {name} that this version knows. */\nexport const kjente{name} = [\n{list}] as const;\n\n\
                 export type Kjent{name} = (typeof kjente{name})[number];\n\n\
                 {}export type {name} = Kjent{name} | (string & {{}});\n\n\
                 /** Whether this version knows the value. */\n\
                 export function isKjent{name}(value: {name}): value is Kjent{name} {{\n  \
                 return (kjente{name} as readonly string[]).includes(value);\n}}\n\n\
                 function read{name}(value: unknown, at: Place): {name} {{\n  return json.text(value, at);\n}}\n",
                doc("", about.trim())
            )
        }
        Kind::Union(union) => self::union(it, union),
    }
}

fn object(name: &str, description: &str, properties: &[Property], tag: Option<(&str, &str)>) -> String {
    let mut text = doc("", description);
    let _ = writeln!(text, "export interface {name} {{");
    if let Some((discriminator, tag)) = tag {
        let _ = writeln!(text, "  readonly {}: {};", key(discriminator), literal(tag));
    }
    for it in properties {
        text.push_str(&doc("  ", &it.description));
        let mark = if it.is_required { "" } else { "?" };
        let or_null = if it.is_required && it.is_nullable { " | null" } else { "" };
        let _ = writeln!(text, "  readonly {}{mark}: {}{or_null};", key(&it.name), type_name(&it.of));
    }
    text.push_str("}\n\n");
    let _ = writeln!(
        text,
        "function read{name}(value: unknown, at: Place): {name} {{\n  const it = json.object(value, at);\n  return {{"
    );
    if let Some((discriminator, tag)) = tag {
        let _ = writeln!(text, "    {}: {},", key(discriminator), literal(tag));
    }
    for it in properties {
        let (wire, reader) = (literal(&it.name), reader(&it.of));
        let _ = match (it.is_required, it.is_nullable) {
            (true, false) => {
                writeln!(text, "    {}: json.required(it, {wire}, {reader}, at),", key(&it.name))
            }
            (true, true) => writeln!(text, "    {}: json.nullable(it, {wire}, {reader}, at),", key(&it.name)),
            (false, _) => writeln!(text, "    ...json.optional(it, {wire}, {reader}, at),"),
        };
    }
    text + "  };\n}\n"
}

fn union(it: &NamedType, union: &Union) -> String {
    let (name, unknown) = (&it.name, names::UNKNOWN_VARIANT);
    let (property, wire) = (key(&union.discriminator), literal(&union.discriminator));
    let all = each(&union.variants, |it| format!("{} | ", it.name));
    let about = format!("{}\n\nA later version may add a variant, which is an {unknown}.", it.description);
    let mut text = format!(
        "{}export type {name} = {all}{unknown};\n\nfunction read{name}(value: unknown, at: Place): {name} {{\n  \
         switch (json.required(json.object(value, at), {wire}, json.text, at)) {{\n",
        doc("", about.trim())
    );
    for it in &union.variants {
        let _ = writeln!(text, "    case {}:\n      return read{}(value, at);", literal(&it.tag), it.name);
    }
    let _ = writeln!(
        text,
        "    default:\n      return new {unknown}(json.map(json.anything)(value, at));\n  }}\n}}\n\n\
         /** A variant that this version of the contract does not know. It is written as it was read. */\n\
         export class {unknown} {{\n  readonly {property} = \"{unknown}\" as const;\n\n  \
         /** All properties, the discriminator too. */\n  constructor(readonly content: json.JsonObject) {{}}\n\n  \
         toJSON(): json.JsonObject {{\n    return this.content;\n  }}\n}}"
    );
    for it in &union.variants {
        text.push('\n');
        text.push_str(&object(
            &it.name,
            &it.description,
            &it.properties,
            Some((&union.discriminator, &it.tag)),
        ));
    }
    text
}

fn doc(indent: &str, text: &str) -> String {
    let text = text.replace("*/", "*\\/");
    match text.lines().collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [one] => format!("{indent}/** {one} */\n"),
        several => {
            let lines: String =
                several.iter().map(|it| format!("{indent} * {it}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn type_name(of: &Type) -> String {
    let or_null = |nullable: bool| if nullable { " | null" } else { "" };
    match of {
        Type::Text(_) | Type::Uuid(_) | Type::Date | Type::Instant | Type::LocalDateTime => {
            "string".to_owned()
        }
        Type::Boolean => "boolean".to_owned(),
        Type::Int32 | Type::Double => "number".to_owned(),
        Type::Int64 => "bigint".to_owned(),
        Type::Array { items, nullable_items, .. } => {
            format!("readonly ({}{})[]", type_name(items), or_null(*nullable_items))
        }
        Type::Map { values, nullable_values } => {
            format!("{{ readonly [name: string]: {}{} }}", type_name(values), or_null(*nullable_values))
        }
        Type::Anything => "unknown".to_owned(),
        Type::Named(name) => name.clone(),
    }
}

fn reader(of: &Type) -> String {
    match of {
        Type::Text(None) => "json.text".to_owned(),
        Type::Text(Some(pattern)) | Type::Uuid(Some(pattern)) => {
            format!("json.matching(new RegExp({}, \"u\"))", literal(pattern))
        }
        Type::Uuid(None) => "json.uuid".to_owned(),
        Type::Date => "json.date".to_owned(),
        Type::Instant => "json.instant".to_owned(),
        Type::LocalDateTime => "json.localDateTime".to_owned(),
        Type::Boolean => "json.boolean".to_owned(),
        Type::Int32 => "json.int".to_owned(),
        Type::Int64 => "json.long".to_owned(),
        Type::Double => "json.double".to_owned(),
        Type::Array { items, nullable_items, is_set } => {
            format!("json.{}({})", if *is_set { "set" } else { "list" }, item_reader(items, *nullable_items))
        }
        Type::Map { values, nullable_values } => {
            format!("json.map({})", item_reader(values, *nullable_values))
        }
        Type::Anything => "json.anything".to_owned(),
        Type::Named(name) => format!("read{name}"),
    }
}

fn item_reader(of: &Type, is_nullable: bool) -> String {
    if is_nullable { format!("json.orNull({})", reader(of)) } else { reader(of) }
}

/// The name of a property, in quotes if it is not an identifier.
fn key(name: &str) -> String {
    let is_identifier = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !name.starts_with(|it: char| it.is_ascii_digit());
    if is_identifier { name.to_owned() } else { literal(name) }
}

fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}
