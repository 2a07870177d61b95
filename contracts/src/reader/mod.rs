//! Readers of the topics: the fields that they bind, and whom a contract breaks.
//!
//! Each reader has a declaration, `contracts/readers/<app>.toml`. From it follows the schema of what the reader
//! accepts. The [verdict](json_schema_containment) on the contract's schema and the reader's says whether a record
//! can break the reader. A reader without a declaration is known only by its name, from `readers` in `topic.toml`.
//!
//! ```
//! use serde_json::json;
//! use tiltak_contracts::reader::Declarations;
//!
//! let declaration = r#"
//! app = "bff"
//! team = "komet"
//! source = "navikt/bff@0a1b2c3"
//! [enums]
//! Status = ["GJENNOMFORES", "AVSLUTTET"]
//! [[topics]]
//! topic = "siste-tiltaksgjennomforinger-v2"
//! unknown-properties = "ignore"
//! unknown-enum-values = "fail"
//! tombstones = "delete"
//! fields = [{ pointer = "/status", type = "Status" }]
//! "#;
//! let readers = Declarations::parse([("bff", declaration)], &["siste-tiltaksgjennomforinger-v2"])?;
//! let contract = |values| json!({
//!     "type": "object", "properties": { "status": { "enum": values } }, "required": ["status"]
//! });
//! let (old, new) = (contract(json!(["GJENNOMFORES"])), contract(json!(["GJENNOMFORES", "AVLYST"])));
//! let breakages = readers.breakages("siste-tiltaksgjennomforinger-v2", Some(&old), &new);
//! assert_eq!(
//!     breakages[0].to_string(),
//!     r#"this change stops bff: /status = "AVLYST" is not among the 2 values it knows, and it fails on unknown ones"#
//! );
//! # anyhow::Ok(())
//! ```

mod declaration;
mod field_type;

mod reader_schema;
mod requirement;

mod breakage;
mod breakages;

mod drift;
mod matrix;

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

pub(crate) use breakage::Unmet;
pub use breakage::{BreakageKind, Cause, ReaderBreakage};
pub use declaration::{
    BadDeclaration, Declaration, Field, OnTombstone, OnUnknownProperty, OnUnknownValue, OnUnknownVariant,
    Reading,
};
pub use drift::DeclarationDrift;
pub use field_type::FieldType;
pub use matrix::{Matrix, MatrixRow, Reads};
pub use tiltak_schema::pointer::{Pointer, Segment};

use crate::contract_version::{ContractVersion, Example};
use crate::tree::Files;
use breakages::{Change, Contract};

/// The folder of the declarations, below `contracts/`.
pub const FOLDER: &str = "readers";

/// The declarations of all readers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Declarations {
    readers: Vec<Declaration>,
    /// Whether each topic sends tombstones. Defaults to true.
    sends_tombstones: BTreeMap<String, bool>,
}

impl Declarations {
    /// Loads the declarations of a repository with these topics. None if the folder does not exist.
    ///
    /// # Errors
    /// A file that cannot be read, a declaration that is malformed ([`BadDeclaration`] says where), or a `topic.toml`
    /// that is missing or malformed.
    pub fn load(tree: &dyn Files, topics: &[String]) -> anyhow::Result<Self> {
        let mut files = Vec::new();
        for path in tree.list(FOLDER)? {
            if let Some(app) = app_of(&path) {
                files.push((app.to_owned(), tree.read(&path)?.unwrap_or_default()));
            }
        }
        let files = files.iter().map(|(app, text)| (app.as_str(), text.as_str()));
        let mut declarations = Self::parse(files, topics)?;
        for topic in topics {
            let sends = tree.topic_file(topic)?.sends_tombstones;
            declarations.sends_tombstones.insert(topic.clone(), sends);
        }
        Ok(declarations)
    }

    /// Parses the declarations of these applications, each from the text of its file. `topics` are the names of the
    /// topics that exist.
    ///
    /// # Errors
    /// A declaration that is malformed: [`BadDeclaration`] says where.
    pub fn parse<'t>(
        files: impl IntoIterator<Item = (&'t str, &'t str)>,
        topics: &[impl AsRef<str>],
    ) -> anyhow::Result<Self> {
        let topics: Vec<&str> = topics.iter().map(AsRef::as_ref).collect();
        let readers = files.into_iter().map(|(app, text)| Declaration::parse(app, text, &topics));
        let mut readers = readers.collect::<Result<Vec<_>, _>>()?;
        readers.sort_by(|a, b| a.app.cmp(&b.app));
        Ok(Self { readers, sends_tombstones: BTreeMap::new() })
    }

    /// Each declaration, by the application's name.
    pub fn readers(&self) -> &[Declaration] {
        &self.readers
    }

    /// The declared readers of a topic.
    pub fn of_topic<'d>(&'d self, topic: &'d str) -> impl Iterator<Item = (&'d Declaration, &'d Reading)> {
        self.readers.iter().flat_map(move |reader| {
            reader
                .topics
                .iter()
                .filter(move |reading| reading.topic == topic)
                .map(move |reading| (reader, reading))
        })
    }

    /// Whether tombstones are sent on a topic, as `topic.toml` says.
    pub fn sends_tombstones(&self, topic: &str) -> bool {
        self.sends_tombstones.get(topic).copied().unwrap_or(true)
    }

    /// The breakages of a topic's readers by a change of its value schema from `old`, if there was one, to `new`.
    ///
    /// Without a change (`old` is `new`), every breakage is [`BreakageKind::Current`]. What a change mends is no breakage. A
    /// schema that cannot be compared gives [`BreakageKind::Undecided`], with the reason.
    pub fn breakages(&self, topic: &str, old: Option<&Value>, new: &Value) -> Vec<ReaderBreakage> {
        let contract = |schema| Contract::of(schema, self.sends_tombstones(topic), &[]);
        self.of_change(&Change::new(topic, old.map(contract), contract(new)), topic)
    }

    /// The breakages of a topic's readers by its current contract.
    pub(crate) fn current(&self, topic: &str, contract: &Value, examples: &[Example]) -> Vec<ReaderBreakage> {
        let contract = || Contract::of(contract, self.sends_tombstones(topic), examples);
        self.of_change(&Change::new(topic, Some(contract()), contract()), topic)
    }

    /// The breakages of a topic's readers by a version, tombstones and readers without a declaration included.
    pub(crate) fn breakages_between(
        &self,
        old: &ContractVersion,
        new: &ContractVersion,
    ) -> Vec<ReaderBreakage> {
        // What an old release does not say is as it is now.
        let sends = |it: &ContractVersion| it.sends_tombstones.or(new.sends_tombstones).unwrap_or(true);
        let [before, after] = [old, new].map(|it| Contract::of(&it.value, sends(it), &new.examples));
        let change = Change::new(&new.topic, Some(before), after);
        let mut breakages = self.of_change(&change, &new.topic);
        let is_declared = |app: &&String| self.of_topic(&new.topic).any(|(reader, _)| reader.app == **app);
        let undeclared = new.readers.iter().filter(|app| !is_declared(app));
        breakages.extend(undeclared.filter_map(|app| change.breakage_of_undeclared(app)));
        breakages
    }

    fn of_change(&self, change: &Change<'_>, topic: &str) -> Vec<ReaderBreakage> {
        self.of_topic(topic).flat_map(|(reader, reading)| change.breakages(&reader.app, reading)).collect()
    }
}

fn app_of(path: &str) -> Option<&str> {
    let path = Path::new(path);
    (path.extension()? == "toml").then_some(path.file_stem()?.to_str()?)
}
