//! The command `site`: collects everything about the topics, their readers and the rules, for people who look it up. `report::site`
//! renders the pages.

mod changelog;
mod examples;
mod fields;
mod folder;
mod versions;

use serde_json::Value;

use crate::command::readers::{MatrixReport, Readers, ReadingReport};
use crate::reader::{BreakageKind, Declaration, Declarations, ReaderBreakage, Reading};
use crate::rule::{self, Rule, RuleExample};
use crate::source::Repository;
use crate::topic_file::TopicFile;
use crate::tree::Files;
pub use examples::ShownExample;
pub use fields::{FieldNode, FieldReader};
pub use folder::{Page, write};
pub use versions::ShownVersion;

/// The content of the site.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// The title of the repository's topics.
    pub title: String,
    /// A sentence about the topics; may be empty.
    pub description: String,
    /// The name of the command in this repository, for the commands that pages show.
    pub command: &'static str,
    /// The topics, in the order in which they are shown.
    pub topics: Vec<ShownTopic>,
    /// The readers with a declaration, by name.
    pub readers: Vec<ShownReader>,
    /// Every rule, with an example of a change that it finds.
    pub rules: Vec<(&'static Rule, RuleExample)>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownTopic {
    /// Its `topic.toml`.
    pub file: TopicFile,
    /// Schema of the record key.
    pub key: Value,
    /// Schema of the record value.
    pub value: Value,
    /// The fields at the top of the value, with those inside them.
    pub fields: Vec<FieldNode>,
    /// The fewest valid examples that show every field; at most six, and a tombstone.
    pub examples: Vec<ShownExample>,
    /// How many valid examples there are.
    pub examples_in_all: usize,
    /// The unreleased contract, if it differs from the last release, and the released versions, newest first.
    pub versions: Vec<ShownVersion>,
    /// The matrix: which reader binds which field.
    pub matrix: MatrixReport,
}

/// A reader with a declaration.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownReader {
    /// The declaration.
    pub declaration: Declaration,
    /// For each topic on the site: the fields that the reader binds, and what in the contract breaks it.
    pub readings: Vec<(Reading, ReadingReport)>,
}

impl ShownReader {
    /// Whether a current contract breaks the reader.
    pub fn is_stopped(&self) -> bool {
        self.breakages().any(|it| it.kind != BreakageKind::Undecided)
    }

    /// Whether the gate could not decide if a current contract breaks the reader.
    pub fn is_undecided(&self) -> bool {
        self.breakages().any(|it| it.kind == BreakageKind::Undecided)
    }

    fn breakages(&self) -> impl Iterator<Item = &ReaderBreakage> {
        self.readings.iter().flat_map(|(_, report)| &report.breakages)
    }
}

impl Site {
    /// Collects the site of all topics, or of one topic.
    ///
    /// # Errors
    /// The topic does not exist, or a file of the contracts is missing or malformed.
    pub fn load(repository: &Repository, topic: Option<&str>) -> anyhow::Result<Self> {
        let readers = Readers::load(repository, topic)?;
        let declarations = Declarations::load(repository, repository.topics())?;
        let chosen = repository.topics().iter().filter(|name| topic.is_none_or(|topic| topic == *name));
        let topics = chosen.zip(readers.matrices());
        let topics = topics.map(|(name, matrix)| ShownTopic::load(repository, name, matrix, &declarations));
        let info = repository.source().info();
        let text = |name: &str| info.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let rules = rule::all().map(|rule| Ok((rule, rule.example()?)));
        Ok(Self {
            title: text("title"),
            description: text("description"),
            command: repository.source().command(),
            topics: topics.collect::<anyhow::Result<_>>()?,
            readers: shown_readers(&declarations, &readers.readings(), topic),
            rules: rules.collect::<anyhow::Result<_>>()?,
        })
    }
}

impl ShownTopic {
    fn load(
        repository: &Repository,
        topic: &str,
        matrix: MatrixReport,
        declarations: &Declarations,
    ) -> anyhow::Result<Self> {
        let file = repository.topic_file(topic)?;
        let [key, value] = [repository.schema(&file, "key")?, repository.schema(&file, "value")?];
        let released = versions::released(repository, topic)?;
        let all_examples = examples::all(repository, topic)?;
        Ok(Self {
            fields: fields::tree(&value, &released, &matrix.matrix, declarations),
            versions: versions::all(repository, &file, &released)?,
            examples_in_all: all_examples.len(),
            examples: examples::fewest(all_examples),
            file,
            key,
            value,
            matrix,
        })
    }
}

fn shown_readers(
    declarations: &Declarations,
    reports: &[ReadingReport],
    topic: Option<&str>,
) -> Vec<ShownReader> {
    let shown = |declaration: &Declaration| {
        let readings = declaration.topics.iter().filter_map(|reading| {
            let is_it = |it: &&ReadingReport| it.app == declaration.app && it.topic == reading.topic;
            Some((reading.clone(), reports.iter().find(is_it)?.clone()))
        });
        ShownReader { declaration: declaration.clone(), readings: readings.collect() }
    };
    let readers = declarations.readers().iter().map(shown);
    readers.filter(|reader| topic.is_none() || !reader.readings.is_empty()).collect()
}
