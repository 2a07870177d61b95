//! The records of a change, and their text in a row of the table `outbox`.

use std::sync::Arc;

/// A record to append, borrowed from the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// The topic by its name in the application. [`RelayConfig`](crate::RelayConfig) maps it to the name on the
    /// cluster.
    pub topic: &'a str,
    /// Record key.
    pub key: &'a str,
    /// Record value; `None` is a tombstone.
    pub value: Option<&'a str>,
}

/// A record in the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRecord {
    /// The id of the change that the record belongs to. For one key, ids rise in the order of the commits.
    pub change: i64,
    /// The topic by its name in the application.
    pub topic: String,
    /// Record key.
    pub key: String,
    /// Record value; `None` is a tombstone.
    pub value: Option<String>,
    /// The headers that all records of the change have.
    pub headers: Headers,
}

/// Kafka headers, as pairs of name and value. Clones share the same text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Headers(Option<Arc<str>>);

impl Headers {
    /// The text that a row has for these headers; `None` if there are none.
    ///
    /// Tabs and line ends in a name or a value are replaced by spaces: they stand between the headers.
    pub(crate) fn encode(headers: &[(&str, &str)]) -> Option<String> {
        let plain = |text: &str| text.replace(['\t', '\n'], " ");
        let lines = headers.iter().map(|(name, value)| format!("{}\t{}", plain(name), plain(value)));
        (!headers.is_empty()).then(|| lines.collect::<Vec<_>>().join("\n"))
    }

    pub(crate) fn decode(text: &str) -> Self {
        Self((!text.is_empty()).then(|| text.into()))
    }

    /// Names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.as_deref().unwrap_or_default().lines().filter_map(|line| line.split_once('\t'))
    }

    /// The value of the first header with this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(it, _)| *it == name).map(|(_, value)| value)
    }
}

impl OutboxRecord {
    /// Decodes the records of a change from the text of its row.
    ///
    /// # Errors
    /// Text that is not such a row's. The message quotes nothing of it.
    pub fn decode_all(records: &str, change: i64) -> Result<Vec<Self>, String> {
        decode(records, change, &Headers::default())
    }
}

/// Bytes of keys and values.
pub(crate) fn size(records: &[RecordRef<'_>]) -> usize {
    records.iter().map(|it| it.key.len() + it.value.map_or(0, str::len)).sum()
}

/// Encodes records: one line for each, with tabs between topic, key and value. Serialised JSON has neither tabs nor
/// line ends. If a field has one, all records are a JSON array of `[topic, key, value]` instead.
pub(crate) fn encode(records: &[RecordRef<'_>]) -> Result<String, serde_json::Error> {
    let is_plain = |text: &str| !text.bytes().any(|byte| byte == b'\n' || byte == b'\t');
    let all_plain =
        records.iter().all(|it| is_plain(it.topic) && is_plain(it.key) && it.value.is_none_or(is_plain))
            && !records.first().is_some_and(|it| it.topic.starts_with('['));
    if !all_plain {
        let records: Vec<_> = records.iter().map(|it| (it.topic, it.key, it.value)).collect();
        return serde_json::to_string(&records);
    }
    let mut text = String::with_capacity(size(records) + 64 * records.len());
    for (number, RecordRef { topic, key, value }) in records.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        text.push_str(topic);
        for part in [Some(*key), *value].into_iter().flatten() {
            text.push('\t');
            text.push_str(part);
        }
    }
    Ok(text)
}

/// Decodes the text that [`encode`] writes. The error quotes nothing of it.
pub(crate) fn decode(records: &str, change: i64, headers: &Headers) -> Result<Vec<OutboxRecord>, String> {
    let record = |(topic, key, value)| OutboxRecord { change, topic, key, value, headers: headers.clone() };
    if records.starts_with('[') {
        let records: Vec<(String, String, Option<String>)> =
            serde_json::from_str(records).map_err(|error| {
                format!("its records are no JSON array of [topic, key, value]: see column {}", error.column())
            })?;
        return Ok(records.into_iter().map(record).collect());
    }
    let lines = (1..).zip(records.split('\n')).map(|(number, line)| {
        let mut parts = line.splitn(3, '\t').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next()) {
            (Some(topic), Some(key), value) => Ok(record((topic, key, value))),
            _ => Err(format!(
                "its records are no lines of topic, key and value with tabs between: see line {number}"
            )),
        }
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded_whatever_stands_in_it(
            records in prop::collection::vec(
                ("[a\\[\t\n]{0,2}", "[a\\[\\]\"\t\n\r ]{0,3}", prop::option::of("[a\\[\\]\"\t\n\r æ]{0,5}")), 1..4,
            ),
        ) {
            let refs: Vec<_> = records
                .iter()
                .map(|(topic, key, value)| RecordRef { topic, key, value: value.as_deref() })
                .collect();
            let read: Vec<_> = OutboxRecord::decode_all(&encode(&refs).unwrap(), 1).unwrap()
                .into_iter().map(|it| (it.topic, it.key, it.value)).collect();
            prop_assert_eq!(read, records);
        }
    }

    #[test]
    fn lines_that_are_no_records_are_told_by_their_number() {
        let error = OutboxRecord::decode_all("t\tk\t1\nKari", 1).unwrap_err();
        assert_eq!(error, "its records are no lines of topic, key and value with tabs between: see line 2");
    }

    #[test]
    fn headers_are_what_was_appended() {
        let text = Headers::encode(&[("traceparent", "00-1"), ("note", "a\tb")]).unwrap();
        let headers = Headers::decode(&text);
        assert_eq!(headers.iter().collect::<Vec<_>>(), [("traceparent", "00-1"), ("note", "a b")]);
        assert_eq!(headers.get("note"), Some("a b"));
        assert_eq!(Headers::encode(&[]), None);
    }
}
