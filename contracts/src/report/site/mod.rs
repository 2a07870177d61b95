//! The pages of the site, in Norwegian. The module is pure: it renders what `command::site` has read. The templates are in
//! `contracts/templates`.

mod compaction;
mod funn;
mod json_lines;
mod norsk;
mod regler;
mod search;
mod segments;

use askama::Template;
use serde_json::Value;
use tiltak_schema::pointer::{Pointer, Segment as Step};

use crate::command::readers::ReadingReport;
use crate::command::site::{FieldNode, FieldReader, Page, ShownExample, ShownReader, ShownTopic, Site};
use crate::reader::{Field, FieldType, Reading, Reads};
use crate::rule::{Rule, RuleExample};
use compaction::Compaction;
use json_lines::{JsonLine, json_lines};
use segments::{Segment, segments};

const STYLE: &str = include_str!("stil.css");
const SCRIPT: &str = include_str!("side.js");

/// The files of the site.
///
/// # Errors
/// None that outside data can cause.
pub fn pages(site: &Site) -> anyhow::Result<Vec<Page>> {
    let top = |title: &str, section| Layout { site, root: "", title: title.to_owned(), section };
    let below = |title: &str, section| Layout { site, root: "../", title: title.to_owned(), section };
    let mut pages = vec![
        page("index.html", IndexPage { layout: top("Topics", Section::Topics) }.render()?),
        page("konsumenter.html", ReadersPage { layout: top("Konsumenter", Section::Readers) }.render()?),
        page("regler.html", RulesPage { layout: top("Regler", Section::Rules) }.render()?),
    ];
    for topic in &site.topics {
        let layout = below(&topic.file.topic, Section::Topics);
        let compaction = Compaction::of(&topic.file);
        pages.push(page(&topic_path(&topic.file.topic), TopicPage { layout, topic, compaction }.render()?));
    }
    for reader in &site.readers {
        let layout = below(&reader.declaration.app, Section::Readers);
        pages.push(page(&reader_path(&reader.declaration.app), ReaderPage { layout, reader }.render()?));
    }
    pages.push(page("stil.css", STYLE.to_owned()));
    pages.push(page("side.js", SCRIPT.to_owned()));
    pages.push(page("indeks.js", search::index(site)?));
    Ok(pages)
}

fn page(path: &str, text: String) -> Page {
    Page { path: path.to_owned(), text }
}

fn topic_path(topic: &str) -> String {
    format!("topic/{topic}.html")
}

fn reader_path(app: &str) -> String {
    format!("konsument/{app}.html")
}

/// The section of the site that a page belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Topics,
    Readers,
    Rules,
}

/// The frame of every page.
struct Layout<'s> {
    site: &'s Site,
    /// The relative path from the page to the folder of the site.
    root: &'static str,
    title: String,
    section: Section,
}

impl Layout<'_> {
    fn is_in_topics(&self) -> bool {
        self.section == Section::Topics
    }

    fn is_in_readers(&self) -> bool {
        self.section == Section::Readers
    }

    fn is_in_rules(&self) -> bool {
        self.section == Section::Rules
    }

    fn has_reader(&self, app: &str) -> bool {
        self.site.readers.iter().any(|reader| reader.declaration.app == app)
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct IndexPage<'s> {
    layout: Layout<'s>,
}

impl IndexPage<'_> {
    /// Topics that are documented in Norwegian say more than the repository's sentence about them, which may be in English.
    fn is_described_elsewhere(&self) -> bool {
        let Site { description, topics, .. } = self.layout.site;
        description.is_empty() || topics.iter().any(|topic| topic.file.dokumentasjon.is_some())
    }

    fn stopped(&self) -> usize {
        self.layout.site.readers.iter().filter(|reader| reader.is_stopped()).count()
    }
}

#[derive(Template)]
#[template(path = "konsumenter.html")]
struct ReadersPage<'s> {
    layout: Layout<'s>,
}

#[derive(Template)]
#[template(path = "regler.html")]
struct RulesPage<'s> {
    layout: Layout<'s>,
}

impl RulesPage<'_> {
    fn rules(&self) -> &[(&'static Rule, RuleExample)] {
        &self.layout.site.rules
    }
}

#[derive(Template)]
#[template(path = "topic.html")]
struct TopicPage<'s> {
    layout: Layout<'s>,
    topic: &'s ShownTopic,
    compaction: Compaction,
}

impl TopicPage<'_> {
    fn field<'v>(&'v self, field: &'v FieldNode) -> FieldView<'v> {
        FieldView { layout: &self.layout, topic: self.topic, field }
    }

    fn about(&self) -> &str {
        norsk::about(self.topic)
    }

    fn stopped(&self) -> Vec<(&ShownReader, &ReadingReport)> {
        let readers = self.layout.site.readers.iter();
        let readings = readers.flat_map(|it| it.readings.iter().map(move |(_, report)| (it, report)));
        readings.filter(|(_, it)| it.topic == self.topic.file.topic && !it.breakages.is_empty()).collect()
    }

    fn key_description(&self) -> Option<&str> {
        self.topic.key.get("description").and_then(Value::as_str)
    }
}

/// A field and, inside it, its fields.
#[derive(Template)]
#[template(path = "felt.html")]
struct FieldView<'s> {
    layout: &'s Layout<'s>,
    topic: &'s ShownTopic,
    field: &'s FieldNode,
}

impl FieldView<'_> {
    fn inside<'v>(&'v self, field: &'v FieldNode) -> FieldView<'v> {
        FieldView { layout: self.layout, topic: self.topic, field }
    }

    /// The description of the field, in Norwegian if `topic.toml` has one.
    fn meaning(&self) -> Option<&str> {
        norsk::meaning(self.topic, self.field)
    }
}

#[derive(Template)]
#[template(path = "konsument.html")]
struct ReaderPage<'s> {
    layout: Layout<'s>,
    reader: &'s ShownReader,
}

impl ReaderPage<'_> {
    /// The address of the field on its topic's page; none if the contract does not have the field.
    fn field_on_page(&self, topic: &str, pointer: &Pointer) -> Option<String> {
        let shown = self.layout.site.topics.iter().find(|it| it.file.topic == topic)?;
        let field = field_of(pointer);
        let is_there = |it: &FieldNode| it.all().iter().any(|it| it.pointer.to_string() == field);
        shown.fields.iter().any(is_there).then_some(field)
    }
}

fn lines(example: &ShownExample) -> Vec<JsonLine> {
    example.value.as_ref().map(json_lines).unwrap_or_default()
}

fn is_used(reader: &FieldReader) -> bool {
    reader.reads == Reads::Uses
}

fn field_count(topic: &ShownTopic) -> usize {
    topic.fields.iter().map(|field| field.all().len()).sum()
}

/// Readers with a declaration, and readers that are known only by name.
fn readers_of(topic: &ShownTopic) -> Vec<&str> {
    let declared = topic.matrix.matrix.readers.iter();
    let mut readers: Vec<_> = declared.chain(&topic.matrix.known_by_name).map(String::as_str).collect();
    readers.sort_unstable();
    readers.dedup();
    readers
}

/// The field that contains a pointer. Items of an array have no address of their own on the page.
fn field_of(pointer: &Pointer) -> String {
    match pointer.split_last() {
        Some((parent, Step::Each)) => field_of(&parent),
        _ => pointer.to_string(),
    }
}

/// The variants in which a reader binds a field, if these are not all variants that it knows.
fn variants_of(field: &Field, reading: &Reading) -> String {
    if field.variants.len() == reading.variants.len() {
        return String::new();
    }
    let last = |name: &String| name.rsplit('.').next().unwrap_or_default().to_owned();
    format!("i {}", field.variants.iter().map(last).collect::<Vec<_>>().join(", "))
}

fn is_enum(field: &Field) -> bool {
    matches!(field.field_type, FieldType::Enum { .. })
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The CSS class of a line of a unified diff.
fn diff_class(line: &str) -> &'static str {
    match line.as_bytes().first() {
        Some(b'+') => "ny",
        Some(b'-') => "borte",
        Some(b'@') => "sted",
        _ => "lik",
    }
}
