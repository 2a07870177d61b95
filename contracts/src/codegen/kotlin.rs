//! The renderer of Kotlin classes, for Jackson (2 and 3) or for kotlinx.serialization.
//!
//! The classes for both libraries read in the same way: the library parses the text to Maps, Lists, Strings and Numbers, and the
//! classes read those. So no mapper setting changes what the classes accept, no mapper needs configuration, and errors name their
//! place.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::ValueEnum;
use serde::Deserialize;

use super::model::{Kind, NamedType, Property, Type, Union, ValueTypes, Variant};
use super::names;
use super::{SourceFile, each, header};

/// The JSON library that reads and writes the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum JsonLibrary {
    /// Jackson 2 or 3, with the annotations that both support.
    Jackson,
    /// kotlinx.serialization.
    Kotlinx,
}

/// The files below the source folder: one for each version of a contract, and the shared support code.
pub fn files(contracts: &[ValueTypes], library: JsonLibrary, package: &str) -> Vec<SourceFile> {
    let folder = package.replace('.', "/");
    let file = |name: &str, text: String| SourceFile { path: format!("{folder}/{name}.kt"), text };
    let supertype = match library {
        JsonLibrary::Jackson => "IllegalArgumentException",
        JsonLibrary::Kotlinx => "kotlinx.serialization.SerializationException",
    };
    let support =
        |text: &str| header("//") + &text.replace("PACKAGE", package).replace("SUPERTYPE", supertype);
    let mut files = vec![file("Json", support(include_str!("support/Json.kt")))];
    if library == JsonLibrary::Kotlinx {
        files.push(file("Serializers", support(include_str!("support/Serializers.kt"))));
    }
    for types in contracts {
        let printer = Printer { types, library, text: String::new(), forms: BTreeMap::new() };
        files.push(file(&types.root.name, printer.file(package)));
    }
    files
}

struct Printer<'a> {
    types: &'a ValueTypes,
    library: JsonLibrary,
    text: String,
    /// The names of the regular expressions in the generated code.
    forms: BTreeMap<&'a str, String>,
}

impl<'a> Printer<'a> {
    fn file(mut self, package: &str) -> String {
        for of in self.types.held() {
            if let Type::Text(Some(pattern)) | Type::Uuid(Some(pattern)) = of {
                let number = self.forms.len() + 1;
                self.forms.entry(pattern).or_insert_with(|| format!("FORM_{number}"));
            }
        }
        let mut imports = self.imports();
        imports.sort_unstable();
        let imports: String = each(&imports, |it| format!("import {it}\n"));
        let mut text = format!("{}package {package}\n\n{imports}", header("//"));
        if !self.forms.is_empty() {
            text.push('\n');
        }
        for (pattern, name) in &self.forms {
            let pattern = literal(&names::pattern_with_end(pattern, r"\z"));
            let _ = writeln!(text, "private val {name} = Form({pattern})");
        }
        text.push('\n');
        self.named(&self.types.root, 0);
        text + &self.text
    }

    fn imports(&self) -> Vec<&'static str> {
        let mut imports = match self.library {
            JsonLibrary::Jackson => {
                vec![
                    "com.fasterxml.jackson.annotation.JsonCreator",
                    "com.fasterxml.jackson.annotation.JsonValue",
                ]
            }
            JsonLibrary::Kotlinx => vec!["kotlinx.serialization.Serializable"],
        };
        let held = self.types.held();
        for (of, name) in [
            ("Uuid", "java.util.UUID"),
            ("Date", "java.time.LocalDate"),
            ("Instant", "java.time.Instant"),
            ("LocalDateTime", "java.time.LocalDateTime"),
        ] {
            let is_used = held.iter().any(|it| match it {
                Type::Uuid(_) => of == "Uuid",
                Type::Date => of == "Date",
                Type::Instant => of == "Instant",
                Type::LocalDateTime => of == "LocalDateTime",
                _ => false,
            });
            if is_used {
                imports.push(name);
            }
        }
        imports
    }

    /// Writes lines, each with the indentation.
    fn put(&mut self, depth: usize, lines: &str) {
        for line in lines.lines() {
            if line.is_empty() {
                self.text.push('\n');
            } else {
                let _ = writeln!(self.text, "{:indent$}{line}", "", indent = 4 * depth);
            }
        }
    }

    fn doc(&mut self, depth: usize, text: &str) {
        let text = text.replace("*/", "*&#47;");
        match text.lines().collect::<Vec<_>>().as_slice() {
            [] => {}
            [one] => self.put(depth, &format!("/** {one} */")),
            several => {
                let lines: String =
                    several.iter().map(|it| format!(" * {it}").trim_end().to_owned() + "\n").collect();
                self.put(depth, &format!("/**\n{lines} */"));
            }
        }
    }

    fn named(&mut self, it: &'a NamedType, depth: usize) {
        match &it.kind {
            Kind::Object(properties) => {
                let description = self.described(it);
                self.object(&it.name, &description, properties, None, depth);
            }
            Kind::OpenEnum(values) => self.open_enum(it, values, depth),
            Kind::Union(union) => self.union(it, union, depth),
        }
    }

    /// The KDoc of a type. The one of the root also names the contract.
    fn described(&self, it: &NamedType) -> String {
        if !std::ptr::eq(it, &raw const self.types.root) {
            return it.description.clone();
        }
        let ValueTypes { topic, version, .. } = self.types;
        let of = format!("Value of the records on `{topic}`, version {version} of the contract.");
        if it.description.is_empty() { of } else { format!("{}\n\n{of}", it.description) }
    }

    /// The types that the root is made of, within it.
    fn others(&mut self, name: &str, depth: usize) {
        if name != self.types.root.name {
            return;
        }
        for it in &self.types.others {
            self.text.push('\n');
            self.named(it, depth + 1);
        }
    }

    fn serializable(&mut self, name: &str, depth: usize) {
        if self.library == JsonLibrary::Kotlinx {
            self.put(depth, &format!("@Serializable(with = {}.Serializer::class)", self.path(name)));
        }
    }

    /// The qualified name of a type: with the types around it.
    fn path(&self, name: &str) -> String {
        if name == self.types.root.name {
            name.to_owned()
        } else {
            format!("{}.{name}", self.types.root.name)
        }
    }

    fn object(
        &mut self,
        name: &str,
        description: &str,
        properties: &'a [Property],
        variant: Option<(&str, &Variant, &Union)>,
        depth: usize,
    ) {
        self.doc(depth, description);
        self.serializable(name, depth);
        let kind = if properties.is_empty() { "public class" } else { "public data class" };
        self.put(depth, &format!("{kind} {name}("));
        for it in properties {
            self.doc(depth + 1, &it.description);
            let default = if it.may_be_null() { "? = null" } else { "" };
            let line = format!("public val {}: {}{default},", property(&it.name), Self::type_name(&it.of));
            self.put(depth + 1, &line);
        }
        let parent = variant.map_or_else(String::new, |(parent, ..)| format!(" : {parent}"));
        self.put(depth, &format!("){parent} {{"));
        if properties.is_empty() {
            self.put(
                depth + 1,
                &format!(
                    "override fun equals(other: Any?): Boolean = other is {name}\n\n\
                 override fun hashCode(): Int = {name:?}.hashCode()\n\n\
                 override fun toString(): String = {name:?}\n"
                ),
            );
            self.text.push('\n');
        }
        self.write(properties, variant, depth + 1);
        self.text.push('\n');
        self.companion(name, depth + 1);
        let tag = variant.map(|(_, variant, union)| {
            format!("json.tag({}, {})\n", literal(&union.discriminator), literal(&variant.tag))
        });
        let mut read =
            format!("val json = ObjectReader(value, place)\n{}return {name}(\n", tag.unwrap_or_default());
        for it in properties {
            let how = if it.may_be_null() { "optional" } else { "required" };
            let reader = self.reader(&it.of);
            let _ = writeln!(read, "    json.{how}({}, {reader}),", literal(&it.name));
        }
        read.push_str(")\n");
        self.read_function(name, &read, depth + 2);
        self.put(depth + 1, "}");
        self.serializer(name, depth + 1);
        self.others(name, depth);
        self.put(depth, "}");
    }

    fn write(&mut self, properties: &[Property], variant: Option<(&str, &Variant, &Union)>, depth: usize) {
        self.doc(depth, "The JSON, as Maps, Lists, Strings and Numbers.");
        self.json_value(depth);
        let overrides = if variant.is_some() { "override" } else { "public" };
        self.put(depth, &format!("{overrides} fun toJson(): Map<String, Any?> {{"));
        self.put(depth + 1, "val json = LinkedHashMap<String, Any?>()");
        if let Some((_, variant, union)) = variant {
            self.put(
                depth + 1,
                &format!("json[{}] = {}", literal(&union.discriminator), literal(&variant.tag)),
            );
        }
        for it in properties {
            let name = property(&it.name);
            let put = |value: String| format!("json[{}] = {value}", literal(&it.name));
            let line = match (it.is_required, it.is_nullable) {
                (true, false) => put(self.written(&it.of, &format!("this.{name}"), false)),
                (true, true) => put(self.written(&it.of, &format!("this.{name}"), true)),
                (false, _) => format!(
                    "if (this.{name} != null) {}",
                    put(self.written(&it.of, &format!("this.{name}"), false))
                ),
            };
            self.put(depth + 1, &line);
        }
        self.put(depth, "    return json\n}");
    }

    fn json_value(&mut self, depth: usize) {
        if self.library == JsonLibrary::Jackson {
            self.put(depth, "@JsonValue");
        }
    }

    /// Opens the companion, with the function that reads Maps, Lists, Strings and Numbers.
    fn companion(&mut self, name: &str, depth: usize) {
        self.put(depth, "public companion object {");
        self.doc(depth + 1, "Reads JSON that a library has parsed, as Maps, Lists, Strings and Numbers.\n\n@throws JsonMismatchException it is not what the contract says");
        self.put(depth + 1, "@JvmStatic");
        if self.library == JsonLibrary::Jackson {
            self.put(depth + 1, "@JsonCreator(mode = JsonCreator.Mode.DELEGATING)");
        }
        self.put(depth + 1, &format!("public fun fromJson(json: Any?): {name} = read(json, Place.root)"));
        self.text.push('\n');
    }

    fn read_function(&mut self, name: &str, body: &str, depth: usize) {
        self.put(depth, &format!("internal fun read(value: Any?, place: Place): {name} {{"));
        self.put(depth + 1, body);
        self.put(depth, "}");
    }

    fn serializer(&mut self, name: &str, depth: usize) {
        if self.library == JsonLibrary::Kotlinx {
            let path = self.path(name);
            self.text.push('\n');
            self.put(depth, &format!(
                "/** Reads and writes it as JSON. */\npublic object Serializer : ContractSerializer<{name}>({}, {path}::fromJson, {path}::toJson)",
                literal(&path)
            ));
        }
    }

    fn open_enum(&mut self, it: &'a NamedType, values: &[String], depth: usize) {
        let name = &it.name;
        let more = "A list that may grow: a value that this version does not know is kept, and its [kjent] is null. A `when` needs an `else`.";
        self.doc(depth, format!("{}\n\n{more}", it.description).trim_start());
        self.serializable(name, depth);
        self.put(depth, &format!("public class {name} private constructor("));
        self.doc(depth + 1, "The value as it stands on the wire.");
        if self.library == JsonLibrary::Jackson {
            self.put(depth + 1, "@get:JsonValue");
        }
        self.put(depth + 1, "public val value: String,");
        self.put(depth, ") {");
        self.doc(depth + 1, "This value, if this version knows it.");
        self.put(
            depth + 1,
            &format!(
                "public val kjent: {name}?\n    get() = if (value in byValue) this else null\n\n\
             override fun equals(other: Any?): Boolean = other is {name} && value == other.value\n\n\
             override fun hashCode(): Int = value.hashCode()\n\n\
             override fun toString(): String = value\n"
            ),
        );
        self.text.push('\n');
        self.put(depth + 1, "public companion object {");
        for value in values {
            let line = format!(
                "@JvmField\npublic val {}: {name} = {name}({})\n",
                escaped(&names::constant(value)),
                literal(value)
            );
            self.put(depth + 2, &line);
            self.text.push('\n');
        }
        let all = each(values, |it| format!("        {},\n", escaped(&names::constant(it))));
        self.doc(depth + 2, "Every value that this version knows, in the order of the contract.");
        self.put(depth + 2, &format!(
            "@JvmField\npublic val kjente: List<{name}> = java.util.Collections.unmodifiableList(\n    listOf(\n{all}    ),\n)\n\n\
             private val byValue = kjente.associateBy {{ it.value }}\n"
        ));
        self.text.push('\n');
        self.doc(depth + 2, "The value with this text, known or not.");
        self.put(
            depth + 2,
            &format!("@JvmStatic\npublic fun of(value: String): {name} = byValue[value] ?: {name}(value)\n"),
        );
        self.text.push('\n');
        if self.library == JsonLibrary::Jackson {
            self.put(
                depth + 2,
                &format!(
                    "@JvmStatic\n@JsonCreator(mode = JsonCreator.Mode.DELEGATING)\n\
                 internal fun fromJson(json: Any?): {name} = read(json, Place.root)\n"
                ),
            );
            self.text.push('\n');
        }
        self.put(
            depth + 2,
            &format!("internal fun read(value: Any?, place: Place): {name} = of(text(value, place))"),
        );
        self.put(depth + 1, "}");
        if self.library == JsonLibrary::Kotlinx {
            let path = self.path(name);
            self.text.push('\n');
            self.put(depth + 1, &format!(
                "/** Reads and writes it as a string. */\npublic object Serializer : ContractEnumSerializer<{name}>({}, {path}::of, {path}::value)",
                literal(&path)
            ));
        }
        self.others(name, depth);
        self.put(depth, "}");
    }

    fn union(&mut self, it: &'a NamedType, union: &'a Union, depth: usize) {
        let name = &it.name;
        let discriminator = &union.discriminator;
        let more = format!(
            "The property `{discriminator}` says which variant it is. A variant that this version does not know is an [{UNKNOWN}]. \
             A later version may add a variant: a `when` with an `else` takes it.",
            UNKNOWN = names::UNKNOWN_VARIANT
        );
        let description = format!("{}\n\n{more}", self.described(it));
        self.doc(depth, description.trim_start());
        self.serializable(name, depth);
        self.put(depth, &format!("public sealed interface {name} {{"));
        self.doc(depth + 1, "The JSON, as Maps, Lists, Strings and Numbers.");
        self.json_value(depth + 1);
        self.put(depth + 1, "public fun toJson(): Map<String, Any?>");
        for variant in &union.variants {
            self.text.push('\n');
            let of = (name.as_str(), variant, union);
            self.object(&variant.name, &variant.description, &variant.properties, Some(of), depth + 1);
        }
        self.text.push('\n');
        self.unknown_variant(it, union, depth + 1);
        self.text.push('\n');
        self.companion(name, depth + 1);
        let mut read = format!(
            "val json = ObjectReader(value, place)\nreturn when (json.required({}, ::text)) {{\n",
            literal(discriminator)
        );
        for variant in &union.variants {
            let _ = writeln!(read, "    {} -> {}.read(value, place)", literal(&variant.tag), variant.name);
        }
        let _ = writeln!(read, "    else -> {}.read(value, place)\n}}", names::UNKNOWN_VARIANT);
        self.read_function(name, &read, depth + 2);
        self.put(depth + 1, "}");
        self.serializer(name, depth + 1);
        self.others(name, depth);
        self.put(depth, "}");
    }

    fn unknown_variant(&mut self, it: &NamedType, union: &Union, depth: usize) {
        let name = names::UNKNOWN_VARIANT;
        let discriminator = literal(&union.discriminator);
        self.doc(
            depth,
            "A variant that this version of the contract does not know. It is written as it was read.",
        );
        self.serializable(name, depth);
        self.put(depth, &format!("public class {name} internal constructor("));
        self.doc(depth + 1, "All properties, the discriminator too: String, Boolean, Long, BigInteger, Double, List, Map and null.");
        self.put(depth + 1, "public val content: Map<String, Any?>,");
        self.put(depth, &format!(") : {} {{", it.name));
        self.doc(depth + 1, &format!("The value of the property `{}`.", union.discriminator));
        self.put(
            depth + 1,
            &format!("public val type: String get() = text(content[{discriminator}], Place.root)\n"),
        );
        self.text.push('\n');
        self.doc(depth + 1, "The JSON, as Maps, Lists, Strings and Numbers.");
        self.json_value(depth + 1);
        self.put(depth + 1, "override fun toJson(): Map<String, Any?> = content\n");
        self.text.push('\n');
        self.put(
            depth + 1,
            &format!(
                "override fun equals(other: Any?): Boolean = other is {name} && content == other.content\n\n\
                 override fun hashCode(): Int = content.hashCode()\n"
            ),
        );
        self.text.push('\n');
        self.doc(depth + 1, "The type alone: the content may be personal data.");
        self.put(depth + 1, &format!("override fun toString(): String = \"{name}(type=$type)\"\n"));
        self.text.push('\n');
        self.companion(name, depth + 1);
        let read = format!(
            "ObjectReader(value, place).required({discriminator}, ::text)\nreturn {name}(map(value, place, ::content))\n"
        );
        self.read_function(name, &read, depth + 2);
        self.put(depth + 1, "}");
        self.serializer(name, depth + 1);
        self.put(depth, "}");
    }

    fn type_name(of: &Type) -> String {
        let or_null = |nullable: &bool| if *nullable { "?" } else { "" };
        match of {
            Type::Text(_) => "String".to_owned(),
            Type::Uuid(_) => "UUID".to_owned(),
            Type::Date => "LocalDate".to_owned(),
            Type::Instant => "Instant".to_owned(),
            Type::LocalDateTime => "LocalDateTime".to_owned(),
            Type::Boolean => "Boolean".to_owned(),
            Type::Int32 => "Int".to_owned(),
            Type::Int64 => "Long".to_owned(),
            Type::Double => "Double".to_owned(),
            Type::Array { items, nullable_items, is_set } => {
                let of = if *is_set { "Set" } else { "List" };
                format!("{of}<{}{}>", Self::type_name(items), or_null(nullable_items))
            }
            Type::Map { values, nullable_values } => {
                format!("Map<String, {}{}>", Self::type_name(values), or_null(nullable_values))
            }
            Type::Anything => "Any".to_owned(),
            Type::Named(name) => name.clone(),
        }
    }

    /// The function that reads a value of the type, and refuses null.
    fn reader(&self, of: &Type) -> String {
        match of {
            Type::Text(None) => "::text".to_owned(),
            Type::Text(Some(pattern)) => format!("{}::matching", self.form(pattern)),
            Type::Uuid(None) => "::uuid".to_owned(),
            Type::Uuid(Some(pattern)) => format!("{}::matchingUuid", self.form(pattern)),
            Type::Date => "::date".to_owned(),
            Type::Instant => "::instant".to_owned(),
            Type::LocalDateTime => "::localDateTime".to_owned(),
            Type::Boolean => "::boolean".to_owned(),
            Type::Int32 => "::int".to_owned(),
            Type::Int64 => "::long".to_owned(),
            Type::Double => "::double".to_owned(),
            Type::Array { items, nullable_items, is_set } => {
                let function = if *is_set { "set" } else { "list" };
                let read = self.item_reader(items, *nullable_items);
                format!("{{ value, place -> {function}(value, place, {read}) }}")
            }
            Type::Map { values, nullable_values } => {
                let read = self.item_reader(values, *nullable_values);
                format!("{{ value, place -> map(value, place, {read}) }}")
            }
            Type::Anything => "::anything".to_owned(),
            Type::Named(name) => format!("{name}.Companion::read"),
        }
    }

    fn item_reader(&self, of: &Type, is_nullable: bool) -> String {
        match (of, is_nullable) {
            (Type::Anything, true) => "::content".to_owned(),
            (_, true) => format!("{{ it, at -> if (it == null) null else ({})(it, at) }}", self.reader(of)),
            (_, false) => self.reader(of),
        }
    }

    fn form(&self, pattern: &str) -> &str {
        self.forms.get(pattern).map_or("", String::as_str)
    }

    /// The expression as Maps, Lists, Strings and Numbers.
    fn written(&self, of: &Type, value: &str, is_nullable: bool) -> String {
        let dot = if is_nullable { "?." } else { "." };
        let inner = |of: &Type, is_nullable: bool| self.written(of, "it", is_nullable);
        match of {
            Type::Text(_) | Type::Boolean | Type::Int32 | Type::Int64 | Type::Double | Type::Anything => {
                value.to_owned()
            }
            Type::Uuid(_) | Type::Date | Type::Instant | Type::LocalDateTime => {
                format!("{value}{dot}toString()")
            }
            Type::Array { items, nullable_items, .. } => match inner(items, *nullable_items).as_str() {
                "it" => value.to_owned(),
                item => format!("{value}{dot}map {{ {item} }}"),
            },
            Type::Map { values, nullable_values } => match inner(values, *nullable_values).as_str() {
                "it" => value.to_owned(),
                item => format!("{value}{dot}mapValues {{ (_, it) -> {item} }}"),
            },
            Type::Named(name) if self.types.is_enum(name) => format!("{value}{dot}value"),
            Type::Named(_) => format!("{value}{dot}toJson()"),
        }
    }
}

fn property(name: &str) -> String {
    escaped(&names::camel(name))
}

/// The hard keywords of Kotlin. As names they need backticks.
const KEYWORDS: [&str; 28] = [
    "as",
    "break",
    "class",
    "continue",
    "do",
    "else",
    "false",
    "for",
    "fun",
    "if",
    "in",
    "interface",
    "is",
    "null",
    "object",
    "package",
    "return",
    "super",
    "this",
    "throw",
    "true",
    "try",
    "typealias",
    "typeof",
    "val",
    "var",
    "when",
    "while",
];

fn escaped(name: &str) -> String {
    if KEYWORDS.contains(&name) { format!("`{name}`") } else { name.to_owned() }
}

/// A string literal.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for it in text.chars() {
        match it {
            '"' | '\\' | '$' => literal.extend(['\\', it]),
            ' '..='~' => literal.push(it),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(literal, "\\u{unit:04x}");
                }
            }
        }
    }
    literal + "\""
}
