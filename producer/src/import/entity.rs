//! Parsing a line of an import into an entity.

use serde::Deserialize;
use tiltak_schema::decode::Diagnosis;

use crate::domain::{Arrangor, Avtale, Gjennomforing, Kategorisering, Tiltakstype};
use crate::strict_json;

/// The entity that a line holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Entity {
    /// A tiltakstype.
    Tiltakstype(Box<Tiltakstype>),
    /// An arrangør.
    Arrangor(Arrangor),
    /// An avtale.
    Avtale(Box<Avtale>),
    /// A gjennomføring of any kind, with its kategorisering.
    Gjennomforing(Box<Gjennomforing>, Option<Box<Kategorisering>>),
}

impl Entity {
    /// The JSON pointer of the entity in its line (RFC 6901).
    pub fn pointer(&self) -> &'static str {
        match self {
            Self::Tiltakstype(_) => "/tiltakstype",
            Self::Arrangor(_) => "/arrangor",
            Self::Avtale(_) => "/avtale",
            Self::Gjennomforing(..) => "/gjennomforing",
        }
    }
}

#[derive(Deserialize)]
struct Document {
    tiltakstype: Option<Box<Tiltakstype>>,
    arrangor: Option<Arrangor>,
    avtale: Option<Box<Avtale>>,
    gjennomforing: Option<Box<Gjennomforing>>,
    kategorisering: Option<Box<Kategorisering>>,
}

/// Parses a line. Refuses properties that an entity does not have, since they may be misspelt, and text that a reader
/// could not store.
///
/// # Errors
/// Where the line is not what it should be, without its values.
pub fn parse(line: &[u8]) -> Result<Entity, Diagnosis> {
    let document: Document = strict_json::read(line)?;
    strict_json::check_texts(line)?;
    one_of(document).ok_or_else(|| Diagnosis {
        pointer: String::new(),
        expected: "one of tiltakstype, arrangor, avtale, and gjennomforing with or without kategorisering"
            .to_owned(),
        found: "none of them, or several".to_owned(),
    })
}

fn one_of(document: Document) -> Option<Entity> {
    match document {
        Document {
            tiltakstype: Some(it),
            arrangor: None,
            avtale: None,
            gjennomforing: None,
            kategorisering: None,
        } => Some(Entity::Tiltakstype(it)),
        Document {
            tiltakstype: None,
            arrangor: Some(it),
            avtale: None,
            gjennomforing: None,
            kategorisering: None,
        } => Some(Entity::Arrangor(it)),
        Document {
            tiltakstype: None,
            arrangor: None,
            avtale: Some(it),
            gjennomforing: None,
            kategorisering: None,
        } => Some(Entity::Avtale(it)),
        Document {
            tiltakstype: None,
            arrangor: None,
            avtale: None,
            gjennomforing: Some(it),
            kategorisering,
        } => Some(Entity::Gjennomforing(it, kategorisering)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::sample::aggregate;

    fn gjennomforing() -> Value {
        json!({ "gjennomforing": aggregate(Tiltakskode::Jobbklubb).gjennomforing })
    }

    /// What is said of a line, as "pointer: expected, found".
    fn said(line: impl AsRef<[u8]>) -> String {
        let Diagnosis { pointer, expected, found } = parse(line.as_ref()).unwrap_err();
        format!("{pointer}: {expected}, {found}")
    }

    fn with(pointer: &str, value: Value) -> String {
        let mut line = gjennomforing();
        *line.pointer_mut(pointer).unwrap() = value;
        line.to_string()
    }

    #[test]
    fn each_entity_is_read_as_the_domain_writes_it() {
        let it = aggregate(Tiltakskode::Jobbklubb);
        let lines = [
            (json!({ "tiltakstype": it.tiltakstype }), "/tiltakstype"),
            (json!({ "arrangor": { "organisasjonsnummer": "123456785", "navn": "A" } }), "/arrangor"),
            (json!({ "avtale": it.avtale }), "/avtale"),
            (gjennomforing(), "/gjennomforing"),
        ];
        for (line, pointer) in lines {
            assert_eq!(parse(line.to_string().as_bytes()).unwrap().pointer(), pointer);
        }
    }

    #[test]
    fn a_misfit_names_place_and_kinds_and_never_the_value() {
        assert_eq!(
            said(with("/gjennomforing/kind", json!("Kari"))),
            "/gjennomforing/kind: one of AVTALE, ENKELTPLASS, ARENA, a string of 4 characters"
        );
        assert_eq!(said(with("/gjennomforing/kind", json!(1))), "/gjennomforing/kind: a string, a number");
        let date = said(with("/gjennomforing/start_dato", json!("31.12.2025")));
        assert!(
            date.starts_with("/gjennomforing/start_dato: ") && date.ends_with("a string of 10 characters")
        );
        assert!(
            said(with("/gjennomforing/antall_plasser", json!("ti"))).starts_with("/gjennomforing/antall")
        );
        let mut line = gjennomforing();
        line["gjennomforing"].as_object_mut().unwrap().remove("tiltakstype");
        assert_eq!(said(line.to_string()), "/gjennomforing/tiltakstype: a value, nothing");
    }

    #[test]
    fn an_unknown_property_is_refused_wherever_it_stands() {
        let mut line = gjennomforing();
        line["gjennomforing"]["veilederinfo"]["beskrivlse"] = json!("Kari");
        assert!(
            said(line.to_string()).starts_with("/gjennomforing/veilederinfo/beskrivlse: no such property")
        );
        let mut line = gjennomforing();
        line["gjennomforing"]["stengt"] =
            json!([{ "fra": "2026-01-01", "til": "2026-01-02", "beskrivelse": "", "a/b": 1 }]);
        assert!(said(line.to_string()).starts_with("/gjennomforing/stengt/0/a~1b: no such property"));
        assert!(said(r#"{"gjennomføring": {}}"#).starts_with("/gjennomføring: no such property"));
    }

    #[test]
    fn an_entity_is_not_read_from_an_array_of_its_fields() {
        assert_eq!(said(r#"{"arrangor":["123456785","Ny AS"]}"#), "/arrangor: an object, an array");
        assert_eq!(said(r#"[null,{"organisasjonsnummer":"123456785","navn":"A"}]"#), ": an object, an array");
        let ventetid = with("/gjennomforing/ventetid", json!([2, "UKE"]));
        assert_eq!(said(ventetid), "/gjennomforing/ventetid: an object, an array");
        let enhet = with("/gjennomforing/ventetid", json!({ "antall": 2, "enhet": { "UKE": null } }));
        assert_eq!(said(enhet), "/gjennomforing/ventetid/enhet: a string, an object");
    }

    #[test]
    fn text_that_no_reader_could_store_is_refused_where_it_stands() {
        let said_of = |pointer, text: &str| said(with(pointer, json!(text)));
        assert!(said_of("/gjennomforing/navn", " ").starts_with("/gjennomforing/navn: a name with"));
        assert_eq!(
            said_of("/gjennomforing/oppmote_sted", "Oslo\0"),
            "/gjennomforing/oppmote_sted: a text without U+0000, one at character 5"
        );
        let arrangor = r#"{"arrangor":{"organisasjonsnummer":"123456785","navn":""}}"#;
        assert!(said(arrangor).starts_with("/arrangor/navn: a name with"), "{}", said(arrangor));
    }

    #[test]
    fn what_is_no_single_entity_is_refused() {
        let mut both = gjennomforing();
        both["arrangor"] = json!({ "organisasjonsnummer": "123456785", "navn": "A" });
        for line in ["{}".to_owned(), both.to_string(), r#"{"avtale": null}"#.to_owned()] {
            assert!(said(&line).starts_with(": one of tiltakstype, "), "{line}");
        }
        assert!(said("[]").starts_with(": an object"), "{}", said("[]"));
        assert!(said("{\"arrangor\": ").starts_with(": JSON, EOF"));
        assert!(said("{} {}").contains("JSON"), "{}", said("{} {}"));
        assert!(said(b"{\"arrangor\": \"\xff\"}").contains("not UTF-8"));
        let twice = r#"{"arrangor": null, "arrangor": null}"#;
        assert!(said(twice).contains("stands twice"), "{}", said(twice));
    }
}
