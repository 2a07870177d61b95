//! `readers`: the fields that readers bind, the readers that the current contracts break, and the matrix of readers
//! and fields.

use serde::Serialize;
use serde_json::Value;

use crate::contract_version::{Example, examples};
use crate::reader::{
    Declaration, DeclarationDrift, Declarations, Matrix, OnTombstone, OnUnknownProperty, OnUnknownValue,
    OnUnknownVariant, ReaderBreakage, Reading,
};
use crate::source::Repository;
use crate::tree::Files;

/// A reader of a topic: what it binds, and whether the current contract breaks it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadingReport {
    /// The application.
    pub app: String,
    /// The team that owns the application.
    pub team: String,
    /// The source of the declaration.
    pub source: String,
    /// The topic.
    pub topic: String,
    /// Number of fields that the application binds.
    pub binds: usize,
    /// Number of bound fields that it uses.
    pub uses: usize,
    /// What the application does with a property that it does not bind.
    pub unknown_properties: OnUnknownProperty,
    /// What the application does with an unknown enum value.
    pub unknown_enum_values: OnUnknownValue,
    /// What the application does with an unknown variant; `None` if it does not read `type`.
    pub unknown_variants: Option<OnUnknownVariant>,
    /// What the application does with a tombstone.
    pub tombstones: OnTombstone,
    /// What happens when the application fails on a record.
    pub when_it_fails: Option<String>,
    /// The breakages by the current contract.
    pub breakages: Vec<ReaderBreakage>,
    /// Names in the declaration that the contract does not have.
    pub drift: Vec<DeclarationDrift>,
}

/// The matrix of a topic, and the readers that have no column in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MatrixReport {
    /// The matrix of readers and fields.
    #[serde(flatten)]
    pub matrix: Matrix,
    /// Readers that `topic.toml` names and that have no declaration.
    pub known_by_name: Vec<String>,
    /// Applications that may read the topic and do not.
    pub granted: Vec<String>,
}

/// The readers' declarations, with the committed contracts of all topics or of one.
#[derive(Debug)]
pub struct Readers {
    declarations: Declarations,
    contracts: Vec<TopicContract>,
}

#[derive(Debug)]
struct TopicContract {
    topic: String,
    readers: Vec<String>,
    value: Value,
    examples: Vec<Example>,
}

impl Readers {
    /// Reads the declarations, and the contracts of all topics or of the one with this name.
    ///
    /// # Errors
    /// There is no such topic; a declaration, a `topic.toml` or a committed schema is missing or malformed.
    pub fn load(repository: &Repository, topic: Option<&str>) -> anyhow::Result<Self> {
        topic.map_or(Ok(()), |topic| repository.require_topic(topic))?;
        let names = repository.topics();
        let chosen = names.iter().filter(|name| topic.is_none_or(|topic| topic == *name));
        let contracts = chosen.map(|name| contract(repository, name)).collect::<Result<_, _>>()?;
        Ok(Self { declarations: Declarations::load(repository, names)?, contracts })
    }

    /// Each reader of each topic, with its breakages by the current contract.
    pub fn readings(&self) -> Vec<ReadingReport> {
        let of_contract = |contract: &TopicContract| {
            let breakages = self.declarations.current(&contract.topic, &contract.value, &contract.examples);
            let readings = self.declarations.of_topic(&contract.topic);
            readings
                .map(|(reader, reading)| report(reader, reading, contract, &breakages))
                .collect::<Vec<_>>()
        };
        let mut reports: Vec<_> = self.contracts.iter().flat_map(of_contract).collect();
        reports.sort_by(|a, b| a.app.cmp(&b.app));
        reports
    }

    /// The matrix of each topic.
    pub fn matrices(&self) -> Vec<MatrixReport> {
        let report = |contract: &TopicContract| {
            let matrix = Matrix::of(&self.declarations, &contract.topic, &contract.value);
            let is_declared = |app: &String| matrix.readers.contains(app);
            let may_read = |reader: &&Declaration| reader.granted.contains(&contract.topic);
            MatrixReport {
                known_by_name: contract.readers.iter().filter(|app| !is_declared(app)).cloned().collect(),
                granted: self
                    .declarations
                    .readers()
                    .iter()
                    .filter(may_read)
                    .map(|reader| reader.app.clone())
                    .collect(),
                matrix,
            }
        };
        self.contracts.iter().map(report).collect()
    }
}

fn contract(repository: &Repository, topic: &str) -> anyhow::Result<TopicContract> {
    let file = repository.topic_file(topic)?;
    let value = repository.schema(&file, "value")?;
    Ok(TopicContract {
        topic: topic.to_owned(),
        readers: file.readers,
        value,
        examples: examples(repository, topic)?,
    })
}

fn report(
    reader: &Declaration,
    reading: &Reading,
    contract: &TopicContract,
    breakages: &[ReaderBreakage],
) -> ReadingReport {
    ReadingReport {
        app: reader.app.clone(),
        team: reader.team.clone(),
        source: reader.source.clone(),
        topic: reading.topic.clone(),
        binds: reading.fields.len(),
        uses: reading.fields.iter().filter(|field| field.used).count(),
        unknown_properties: reading.unknown_properties,
        unknown_enum_values: reading.unknown_enum_values,
        unknown_variants: (!reading.variants.is_empty()).then_some(reading.unknown_variants),
        tombstones: reading.tombstones,
        when_it_fails: reading.when_it_fails.clone(),
        breakages: breakages.iter().filter(|breakage| breakage.app == reader.app).cloned().collect(),
        drift: reading.drift(&contract.value),
    }
}
