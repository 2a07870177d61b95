//! The topics as tables: what the independent reader read of them, and what the kit's tables hold.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;
use tiltak_consumer_kit::{Connection, Table};
use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::Topic;

use super::record::OnTopic;

const LIMIT: Duration = Duration::from_mins(2);

/// Values by topic and key.
pub(super) type Values = BTreeMap<(&'static str, String), Value>;

/// The last value of each key that is not deleted. A value that is no JSON is null.
pub(super) fn last_values<'a>(records: impl IntoIterator<Item = &'a OnTopic>) -> Values {
    let mut last = BTreeMap::new();
    for record in records {
        last.insert((record.topic, &*record.key), record.value.as_deref());
    }
    let values = last.into_iter().filter_map(|(key, value)| Some((key, value?)));
    values
        .map(|((topic, key), value)| {
            ((topic, key.to_owned()), serde_json::from_str(value).unwrap_or_default())
        })
        .collect()
}

/// Reads each topic into a table of the kit.
pub(super) async fn read(connection: &Connection) -> Result<Values> {
    let mut values = Values::new();
    values.extend(table::<SisteTiltakstyperV3>(connection).await?);
    values.extend(table::<SisteTiltaksgjennomforingerV2>(connection).await?);
    values.extend(table::<ArenaMigreringTiltaksgjennomforingerV1>(connection).await?);
    values.extend(table::<DatavarehusTiltakTopicV1>(connection).await?);
    Ok(values)
}

async fn table<T: Topic>(connection: &Connection) -> Result<Values> {
    let table = Table::<T>::builder(connection.clone()).start().await?;
    table.ready(LIMIT).await?;
    let rows = table.snapshot().into_iter();
    rows.map(|(key, value)| Ok(((T::NAME, key.to_string()), serde_json::to_value(&*value)?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::faults::record::GJENNOMFORINGER as V2;

    #[test]
    fn the_last_value_of_a_key_counts_and_a_tombstone_deletes_it() {
        let record = |offset, key: &str, value: Option<&str>| {
            OnTopic::new(V2, (0, offset), key.into(), value.map(|it| it.as_bytes().to_vec()))
        };
        let records = [
            record(0, "a", Some("1")),
            record(1, "b", Some("1")),
            record(2, "a", Some("2")),
            record(3, "b", None),
            record(4, "c", Some("{")),
        ];
        let expected = [("a", json!(2)), ("c", Value::Null)];
        let expected = expected.map(|(key, value)| ((V2, key.to_owned()), value));
        assert_eq!(last_values(&records), Values::from(expected));
    }
}
