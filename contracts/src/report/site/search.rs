//! The search index, as a script. It is no JSON file, because a page that is opened as a file may not fetch one.

use serde::Serialize;

use super::{norsk, reader_path, topic_path};
use crate::command::site::{FieldNode, ShownTopic, Site};

/// An entry of the search index.
#[derive(Serialize)]
struct Entry {
    /// The kind of the entry: topic, felt, konsument, regel.
    slag: &'static str,
    /// The name of the entry.
    navn: String,
    /// The topic or other part of the site that the entry belongs to.
    sted: String,
    /// The page, relative to the folder of the site, with the anchor on it.
    side: String,
    /// The description of the entry.
    tekst: String,
    /// Other words that find the entry.
    ord: String,
}

pub(super) fn index(site: &Site) -> anyhow::Result<String> {
    let mut entries = Vec::new();
    for topic in &site.topics {
        let name = &topic.file.topic;
        entries.push(Entry {
            slag: "topic",
            navn: name.clone(),
            sted: topic.file.owner.clone(),
            side: topic_path(name),
            tekst: norsk::about(topic).to_owned(),
            ord: String::new(),
        });
        entries.extend(topic.fields.iter().flat_map(FieldNode::all).map(|field| entry(topic, field)));
    }
    entries.extend(site.readers.iter().map(|reader| Entry {
        slag: "konsument",
        navn: reader.declaration.app.clone(),
        sted: reader.declaration.team.clone(),
        side: reader_path(&reader.declaration.app),
        tekst: String::new(),
        ord: String::new(),
    }));
    entries.extend(site.rules.iter().map(|(rule, _)| Entry {
        slag: "regel",
        navn: rule.id.to_owned(),
        sted: norsk::category(rule.category).to_owned(),
        side: format!("regler.html#{}", rule.id),
        tekst: norsk::rule(rule).summary.to_owned(),
        ord: rule.summary.to_owned(),
    }));
    Ok(format!("window.INDEKS = {};\n", serde_json::to_string(&entries)?))
}

fn entry(topic: &ShownTopic, field: &FieldNode) -> Entry {
    let values: Vec<_> = field.values.iter().map(norsk::value).collect();
    Entry {
        slag: "felt",
        navn: field.path.clone(),
        sted: topic.file.topic.clone(),
        side: format!("{}#{}", topic_path(&topic.file.topic), field.pointer),
        tekst: norsk::meaning(topic, field).unwrap_or_default().to_owned(),
        ord: values.join(" "),
    }
}
