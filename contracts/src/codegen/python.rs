//! The renderer of Python 3.10 or newer: frozen dataclasses, and for each contract a function that parses and checks.
//!
//! Dates and times are strings in the contract's own spelling: a `datetime` has no nanoseconds.

use std::fmt::Write as _;

use super::model::{Kind, NamedType, Property, Type, Union, ValueTypes};
use super::names;
use super::{SourceFile, each, header};

/// The files of the package: one for each version of a contract, and the shared support code.
pub fn files(contracts: &[ValueTypes]) -> Vec<SourceFile> {
    let file = |path: String, text: &str| SourceFile { path, text: header("#") + text };
    let mut files = vec![
        file(
            "__init__.py".to_owned(),
            "\"\"\"Types of the record values of Kafka topics, one module a contract.\"\"\"\n",
        ),
        file("_json.py".to_owned(), include_str!("support/json_.py")),
        SourceFile { path: "py.typed".to_owned(), text: String::new() },
    ];
    for types in contracts {
        files.push(file(format!("{}.py", names::snake(&types.root.name)), &module(types)));
    }
    files
}

fn module(types: &ValueTypes) -> String {
    let (name, snake) = (&types.root.name, names::snake(&types.root.name));
    let mut text = format!(
        "\"\"\"Values of the records on {topic}, version {version} of the contract.\"\"\"\n\n\
         from __future__ import annotations\n\nimport re\nfrom dataclasses import dataclass\n\
         from typing import Any, Mapping, Optional, Union\n\nfrom . import _json\nfrom ._json import JsonMismatchError, Place\n\n\
         __all__ = [\"JsonMismatchError\", \"parse_{snake}\", \"stringify_{snake}\"]\n",
        topic = types.topic,
        version = types.version
    );
    for it in types.all() {
        text.push_str(&named(types, it));
    }
    let _ = write!(
        text,
        "\n\ndef parse_{snake}(text: Union[str, bytes]) -> {name}:\n    \
         \"\"\"Parses the text of a record's value.\n\n    Raises JsonMismatchError if it is not what the contract says.\n    \"\"\"\n    \
         return _read_{snake}(_json.parse(text), ())\n\n\n\
         def stringify_{snake}(value: {name}) -> str:\n    \"\"\"Writes the JSON text.\"\"\"\n    \
         return _json.stringify(value.to_json())\n"
    );
    text
}

fn named(types: &ValueTypes, it: &NamedType) -> String {
    let (name, snake) = (&it.name, names::snake(&it.name));
    match &it.kind {
        Kind::Object(properties) => object(types, name, &it.description, properties, None),
        Kind::OpenEnum(values) => {
            let mut text = format!("\n\nclass {name}(str):\n");
            let about = format!(
                "{}\n\nA list that may grow: a value that is not known is kept, and its `kjent` is None.",
                it.description
            );
            text.push_str(&doc(about.trim()));
            let _ = write!(
                text,
                "\n    kjente: tuple[{name}, ...]\n    \"\"\"Every value that this version knows.\"\"\"\n"
            );
            for value in values {
                let _ = writeln!(text, "    {}: {name}", constant(value));
            }
            let _ = write!(
                text,
                "\n    @property\n    def kjent(self) -> Optional[{name}]:\n        \
                 \"\"\"This value, if this version knows it.\"\"\"\n        \
                 return self if self in type(self).kjente else None\n\n\n"
            );
            for value in values {
                let _ = writeln!(text, "{name}.{} = {name}({})", constant(value), literal(value));
            }
            let all = each(values, |it| format!("    {name}.{},\n", constant(it)));
            let _ = write!(
                text,
                "{name}.kjente = (\n{all})\n\n\ndef _read_{snake}(value: object, at: Place) -> {name}:\n    \
                 return {name}(_json.text(value, at))\n"
            );
            text
        }
        Kind::Union(union) => self::union(types, it, union),
    }
}

fn object(
    types: &ValueTypes,
    name: &str,
    description: &str,
    properties: &[Property],
    tag: Option<(&str, &str)>,
) -> String {
    let snake = names::snake(name);
    let mut text = format!("\n\n@dataclass(frozen=True)\nclass {name}:\n{}\n", doc(description));
    for it in properties {
        let of = type_name(&it.of);
        let of = if it.may_be_null() { format!("Optional[{of}]") } else { of };
        let _ = writeln!(text, "    {}: {of}", field(&it.name));
        if !it.description.is_empty() {
            text.push_str(&doc(&it.description));
        }
    }
    text.push_str("\n    def to_json(self) -> dict[str, Any]:\n        \"\"\"The JSON, as json.dumps takes it.\"\"\"\n        it: dict[str, Any] = {}\n");
    if let Some((discriminator, tag)) = tag {
        let _ = writeln!(text, "        it[{}] = {}", literal(discriminator), literal(tag));
    }
    for it in properties {
        let (wire, value) = (literal(&it.name), format!("self.{}", field(&it.name)));
        let written = written(types, &it.of, &value);
        let _ = match (it.is_required, it.is_nullable) {
            (true, true) if written != value => {
                writeln!(text, "        it[{wire}] = None if {value} is None else {written}")
            }
            (true, _) => writeln!(text, "        it[{wire}] = {written}"),
            (false, _) => {
                writeln!(text, "        if {value} is not None:\n            it[{wire}] = {written}")
            }
        };
    }
    let _ = write!(
        text,
        "        return it\n\n\ndef _read_{snake}(value: object, at: Place) -> {name}:\n    it = _json.obj(value, at)\n"
    );
    if let Some((discriminator, tag)) = tag {
        let _ = writeln!(text, "    _json.tag(it, {}, {}, at)", literal(discriminator), literal(tag));
    }
    let _ = writeln!(text, "    return {name}(");
    for it in properties {
        let how = if it.may_be_null() { "optional" } else { "required" };
        let _ = writeln!(text, "        _json.{how}(it, {}, {}, at),", literal(&it.name), reader(&it.of));
    }
    text + "    )\n"
}

fn union(types: &ValueTypes, it: &NamedType, union: &Union) -> String {
    let (name, snake, unknown) = (&it.name, names::snake(&it.name), names::UNKNOWN_VARIANT);
    let mut text = String::new();
    for it in &union.variants {
        let tag = Some((union.discriminator.as_str(), it.tag.as_str()));
        text.push_str(&object(types, &it.name, &it.description, &it.properties, tag));
    }
    let wire = literal(&union.discriminator);
    let all = each(&union.variants, |it| format!("{}, ", it.name));
    let _ = write!(
        text,
        "\n\n@dataclass(frozen=True)\nclass {unknown}:\n    \
         \"\"\"A variant that this version of the contract does not know. It is written as it was read.\"\"\"\n\n    \
         content: Mapping[str, Any]\n    \"\"\"All properties, the discriminator too.\"\"\"\n\n    \
         @property\n    def type(self) -> str:\n        \"\"\"The value of the discriminator.\"\"\"\n        \
         return _json.required(self.content, {wire}, _json.text, ())\n\n    \
         def to_json(self) -> dict[str, Any]:\n        \"\"\"The JSON, as json.dumps takes it.\"\"\"\n        \
         return dict(self.content)\n\n\n\
         {name} = Union[{all}{unknown}]\n\"\"\"{}\"\"\"\n\n\n\
         def _read_{snake}(value: object, at: Place) -> {name}:\n    \
         tag = _json.required(_json.obj(value, at), {wire}, _json.text, at)\n",
        it.description.replace('\\', "\\\\").replace('"', "'")
    );
    for it in &union.variants {
        let _ = writeln!(
            text,
            "    if tag == {}:\n        return _read_{}(value, at)",
            literal(&it.tag),
            names::snake(&it.name)
        );
    }
    let _ = writeln!(text, "    return {unknown}(_json.mapping(_json.anything)(value, at))");
    text
}

fn doc(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace("\"\"\"", "'''");
    let text = text.strip_suffix('"').map_or_else(|| text.clone(), |it| format!("{it}'"));
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let rest: String =
        lines.map(|it| if it.is_empty() { "\n".to_owned() } else { format!("\n    {it}") }).collect();
    let end = if rest.is_empty() { "" } else { "\n    " };
    format!("    \"\"\"{first}{rest}{end}\"\"\"\n")
}

fn type_name(of: &Type) -> String {
    let or_none = |of: &Type, nullable: bool| {
        if nullable { format!("Optional[{}]", type_name(of)) } else { type_name(of) }
    };
    match of {
        Type::Text(_) | Type::Uuid(_) | Type::Date | Type::Instant | Type::LocalDateTime => "str".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Int32 | Type::Int64 => "int".to_owned(),
        Type::Double => "float".to_owned(),
        Type::Array { items, nullable_items, .. } => {
            format!("tuple[{}, ...]", or_none(items, *nullable_items))
        }
        Type::Map { values, nullable_values } => {
            format!("Mapping[str, {}]", or_none(values, *nullable_values))
        }
        Type::Anything => "Any".to_owned(),
        Type::Named(name) => name.clone(),
    }
}

fn reader(of: &Type) -> String {
    let item = |of: &Type, nullable: bool| {
        if nullable { format!("_json.or_none({})", reader(of)) } else { reader(of) }
    };
    match of {
        Type::Text(None) => "_json.text".to_owned(),
        Type::Text(Some(pattern)) | Type::Uuid(Some(pattern)) => {
            let pattern = literal(&names::pattern_with_end(pattern, r"\Z"));
            format!("_json.matching(re.compile({pattern}, re.ASCII))")
        }
        Type::Uuid(None) => "_json.uuid".to_owned(),
        Type::Date => "_json.date".to_owned(),
        Type::Instant => "_json.instant".to_owned(),
        Type::LocalDateTime => "_json.local_date_time".to_owned(),
        Type::Boolean => "_json.boolean".to_owned(),
        Type::Int32 => "_json.int32".to_owned(),
        Type::Int64 => "_json.int64".to_owned(),
        Type::Double => "_json.double".to_owned(),
        Type::Array { items, nullable_items, is_set } => {
            format!("_json.{}({})", if *is_set { "distinct" } else { "array" }, item(items, *nullable_items))
        }
        Type::Map { values, nullable_values } => format!("_json.mapping({})", item(values, *nullable_values)),
        Type::Anything => "_json.anything".to_owned(),
        Type::Named(name) => format!("_read_{}", names::snake(name)),
    }
}

/// The expression as `json.dumps` takes it.
fn written(types: &ValueTypes, of: &Type, value: &str) -> String {
    let item = |of: &Type, nullable: bool| {
        let item = written(types, of, "it");
        if nullable && item != "it" { format!("None if it is None else {item}") } else { item }
    };
    match of {
        Type::Named(name) if !types.is_enum(name) => format!("{value}.to_json()"),
        Type::Array { items, nullable_items, .. } => match item(items, *nullable_items).as_str() {
            "it" => format!("list({value})"),
            item => format!("[{item} for it in {value}]"),
        },
        Type::Map { values, nullable_values } => match item(values, *nullable_values).as_str() {
            "it" => format!("dict({value})"),
            item => format!("{{name: {item} for name, it in {value}.items()}}"),
        },
        _ => value.to_owned(),
    }
}

/// Words that cannot be names: keywords, and the names of methods.
const TAKEN: [&str; 37] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "kjent",
    "kjente",
];

fn field(name: &str) -> String {
    let name = names::snake(name);
    if TAKEN.contains(&name.as_str()) { name + "_" } else { name }
}

fn constant(value: &str) -> String {
    let name = names::constant(value);
    if TAKEN.contains(&name.as_str()) || hasattr_of_str(&name) { name + "_" } else { name }
}

/// Whether an enum value has the name of a method of `str`, which it would hide.
fn hasattr_of_str(name: &str) -> bool {
    name.bytes().all(|it| it.is_ascii_lowercase() || it == b'_')
}

fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' => literal.extend(['\\', it]),
            ' '..='~' => literal.push(it),
            other => {
                let _ = write!(literal, "\\U{:08x}", u32::from(other));
            }
        }
    }
    literal + "\""
}
