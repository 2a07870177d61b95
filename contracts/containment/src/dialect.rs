//! The dialects of JSON Schema that are read, and their keywords.

/// A dialect that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Dialect {
    Draft07,
    Draft202012,
}

/// What the value of a keyword is to its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    /// No schema.
    Value,
    /// A schema.
    Schema,
    /// An array of schemas.
    Schemas,
    /// A schema, or an array of schemas.
    SchemaOrSchemas,
    /// An object of schemas.
    Named,
    /// An object of schemas or of arrays of names.
    NamedOrNames,
}

/// The keywords of both dialects.
const OF_BOTH: [(&str, Holds); 39] = [
    ("$schema", Holds::Value),
    ("$id", Holds::Value),
    ("$ref", Holds::Value),
    ("$comment", Holds::Value),
    ("definitions", Holds::Named),
    ("$defs", Holds::Named),
    ("allOf", Holds::Schemas),
    ("anyOf", Holds::Schemas),
    ("oneOf", Holds::Schemas),
    ("not", Holds::Schema),
    ("if", Holds::Schema),
    ("then", Holds::Schema),
    ("else", Holds::Schema),
    ("contains", Holds::Schema),
    ("properties", Holds::Named),
    ("patternProperties", Holds::Named),
    ("additionalProperties", Holds::Schema),
    ("propertyNames", Holds::Schema),
    ("type", Holds::Value),
    ("enum", Holds::Value),
    ("const", Holds::Value),
    ("multipleOf", Holds::Value),
    ("maximum", Holds::Value),
    ("exclusiveMaximum", Holds::Value),
    ("minimum", Holds::Value),
    ("exclusiveMinimum", Holds::Value),
    ("maxLength", Holds::Value),
    ("minLength", Holds::Value),
    ("pattern", Holds::Value),
    ("maxItems", Holds::Value),
    ("minItems", Holds::Value),
    ("uniqueItems", Holds::Value),
    ("maxProperties", Holds::Value),
    ("minProperties", Holds::Value),
    ("required", Holds::Value),
    ("format", Holds::Value),
    ("title", Holds::Value),
    ("description", Holds::Value),
    ("default", Holds::Value),
];

const ANNOTATIONS_OF_BOTH: [&str; 5] =
    ["readOnly", "writeOnly", "examples", "contentEncoding", "contentMediaType"];

const OF_DRAFT_07: [(&str, Holds); 3] = [
    ("items", Holds::SchemaOrSchemas),
    ("additionalItems", Holds::Schema),
    ("dependencies", Holds::NamedOrNames),
];

const OF_DRAFT_2020_12: [(&str, Holds); 14] = [
    ("$anchor", Holds::Value),
    ("$dynamicRef", Holds::Value),
    ("$dynamicAnchor", Holds::Value),
    ("$vocabulary", Holds::Value),
    ("prefixItems", Holds::Schemas),
    ("items", Holds::Schema),
    ("unevaluatedItems", Holds::Schema),
    ("unevaluatedProperties", Holds::Schema),
    ("dependentSchemas", Holds::Named),
    ("dependentRequired", Holds::Value),
    ("minContains", Holds::Value),
    ("maxContains", Holds::Value),
    ("contentSchema", Holds::Schema),
    ("deprecated", Holds::Value),
];

impl Dialect {
    /// The dialect that `$schema` names.
    ///
    /// # Errors
    /// The dialect is another one.
    pub(crate) fn named(uri: &str) -> Result<Self, String> {
        let name = uri.strip_suffix('#').unwrap_or(uri);
        let name = name.strip_prefix("https://").or_else(|| name.strip_prefix("http://")).unwrap_or(name);
        match name {
            "json-schema.org/draft/2020-12/schema" => Ok(Self::Draft202012),
            "json-schema.org/draft-07/schema" => Ok(Self::Draft07),
            _ => Err(format!("the dialect {uri:?} is not read: draft-07 and 2020-12 are")),
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Draft07 => "draft-07",
            Self::Draft202012 => "2020-12",
        }
    }

    pub(crate) fn draft(self) -> jsonschema::Draft {
        match self {
            Self::Draft07 => jsonschema::Draft::Draft7,
            Self::Draft202012 => jsonschema::Draft::Draft202012,
        }
    }

    fn keywords(self) -> impl Iterator<Item = (&'static str, Holds)> {
        let own: &[(&str, Holds)] = match self {
            Self::Draft07 => &OF_DRAFT_07,
            Self::Draft202012 => &OF_DRAFT_2020_12,
        };
        let annotations = ANNOTATIONS_OF_BOTH.iter().map(|keyword| (*keyword, Holds::Value));
        OF_BOTH.iter().chain(own).copied().chain(annotations)
    }

    /// What the value of a keyword is.
    ///
    /// # Errors
    /// The dialect has no such keyword. One that begins with `x-` is an annotation of somebody's own.
    pub(crate) fn keyword(self, keyword: &str) -> Result<Holds, String> {
        if keyword.starts_with("x-") {
            return Ok(Holds::Value);
        }
        match self.keywords().find(|(known, _)| *known == keyword) {
            Some((_, holds)) => Ok(holds),
            None => Err(self.unknown(keyword)),
        }
    }

    fn unknown(self, keyword: &str) -> String {
        let nearest = self
            .keywords()
            .map(|(known, _)| (strsim::damerau_levenshtein(keyword, known), known))
            .filter(|(distance, known)| *distance <= known.len() / 3)
            .min();
        let meant = nearest.map_or_else(String::new, |(_, known)| format!("; did you mean {known:?}?"));
        format!("{keyword:?} is no keyword of JSON Schema {}{meant}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialect_is_known_by_its_uri_and_others_are_refused_by_theirs() {
        for (uri, expected) in [
            ("https://json-schema.org/draft/2020-12/schema", Some(Dialect::Draft202012)),
            ("https://json-schema.org/draft/2020-12/schema#", Some(Dialect::Draft202012)),
            ("http://json-schema.org/draft-07/schema#", Some(Dialect::Draft07)),
            ("https://json-schema.org/draft-07/schema", Some(Dialect::Draft07)),
            ("http://json-schema.org/draft-04/schema#", None),
            ("http://json-schema.org/draft-06/schema#", None),
            ("https://json-schema.org/draft/2019-09/schema", None),
            ("https://json-schema.org/schema", None),
            ("https://example.com/my-dialect", None),
        ] {
            let found = Dialect::named(uri);
            assert_eq!(found.as_ref().ok(), expected.as_ref(), "{uri}");
            assert!(found.is_ok() || found.is_err_and(|error| error.contains(uri)));
        }
    }

    #[test]
    fn each_dialect_has_its_own_keywords() {
        for (keyword, old, new) in [
            ("dependencies", true, false),
            ("additionalItems", true, false),
            ("dependentSchemas", false, true),
            ("unevaluatedProperties", false, true),
            ("$dynamicRef", false, true),
            ("$recursiveRef", false, false),
            ("x-owner", true, true),
        ] {
            assert_eq!(Dialect::Draft07.keyword(keyword).is_ok(), old, "{keyword}");
            assert_eq!(Dialect::Draft202012.keyword(keyword).is_ok(), new, "{keyword}");
        }
        let error = Dialect::Draft202012.keyword("requried").unwrap_err();
        assert_eq!(error, r#""requried" is no keyword of JSON Schema 2020-12; did you mean "required"?"#);
    }
}
