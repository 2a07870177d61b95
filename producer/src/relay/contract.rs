//! Whether a record in the outbox is valid under its topic's contract.

use kafka_outbox::OutboxRecord;
use tiltak_schema::topic::{Record, Topic, TopicVisitor};
use tiltak_schema::view::Written;

/// Reads a record with the types of the contract, in the view of a producer, and writes it again: it has to be the same
/// text. Says what is wrong without quoting the value.
pub(super) fn check(row: &OutboxRecord) -> Result<(), String> {
    tiltak_schema::with_topic(&row.topic, &mut Check(row))
        .unwrap_or_else(|| Err(format!("{}: not one of the four topics", row.topic)))
}

struct Check<'a>(&'a OutboxRecord);

impl TopicVisitor for Check<'_> {
    type Output = Result<(), String>;

    fn visit<T: Topic>(&mut self) -> Result<(), String> {
        let OutboxRecord { key, value, .. } = self.0;
        let record = Record::<T, Written>::decode(key.as_bytes(), value.as_ref().map(String::as_bytes))
            .map_err(|error| error.to_string())?;
        if let Record::Upsert { key, value } = &record
            && T::key(value) != *key
        {
            return Err(format!("{}: the value is that of another key", T::NAME));
        }
        if record.encode_key() != *key || !record.is_encoded_as(value.as_deref()) {
            return Err(format!("{}: written again, the record is another text", T::NAME));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kafka_outbox::Headers;

    use super::*;
    use crate::domain::kodeverk::Tiltakskode;
    use crate::publish;
    use crate::sample::aggregate;

    fn row(topic: &str, key: &str, value: Option<&str>) -> OutboxRecord {
        let (topic, key, value) = (topic.to_owned(), key.to_owned(), value.map(str::to_owned));
        OutboxRecord { change: 1, topic, key, value, headers: Headers::default() }
    }

    const KEY: &str = "59a64a02-efdd-471d-9529-356ff5553a5d";

    #[test]
    fn what_the_producer_makes_is_good() {
        for record in
            publish::gjennomforing(&aggregate(Tiltakskode::Oppfolging), &publish::MigratedCodes::production())
                .unwrap()
        {
            assert_eq!(check(&row(record.topic, &record.key, record.value.as_deref())), Ok(()));
            assert_eq!(check(&row(record.topic, &record.key, None)), Ok(()), "a tombstone");
        }
    }

    #[test]
    fn a_record_that_breaks_its_contract_is_refused_and_its_value_not_quoted() {
        let reason = check(&row("siste-tiltakstyper-v3", KEY, Some(r#"{"id": "Kari"}"#))).unwrap_err();
        assert_eq!(
            reason,
            "siste-tiltakstyper-v3: value at /id: expected a UUID of 36 lower-case characters, found a string of 4 characters"
        );
        let reason = check(&row("siste-tiltakstyper-v3", "Kari", None)).unwrap_err();
        assert!(!reason.contains("Kari"), "{reason}");
    }

    #[test]
    fn a_topic_that_is_none_of_the_four_is_refused() {
        assert!(check(&row("siste-tiltakstyper-v4", KEY, None)).unwrap_err().contains("not one of the four"));
    }

    #[test]
    fn another_spelling_of_the_same_value_and_the_value_of_another_key_are_refused() {
        let record = publish::gjennomforing(
            &aggregate(Tiltakskode::Oppfolging),
            &publish::MigratedCodes::production(),
        )
        .unwrap()
        .remove(0);
        let value = record.value.unwrap();
        for text in [format!(" {value}"), format!("{value} "), value.replacen(',', ", ", 1)] {
            let spaced = check(&row(record.topic, &record.key, Some(&text))).unwrap_err();
            assert!(spaced.contains("written again"), "{spaced}");
        }
        let moved = check(&row(record.topic, KEY, Some(&value))).unwrap_err();
        assert!(moved.contains("another key"), "{moved}");
    }
}
