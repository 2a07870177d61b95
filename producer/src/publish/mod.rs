//! From entities to records: one file for each topic (`schema/WIRE.md`, sections 3 and 5).

mod arena_migrering;
mod datavarehus;
mod kodeverk;
mod migrated_codes;
pub(crate) mod record_limit;
mod tiltaksgjennomforing;
mod tiltakstype;

use tiltak_schema::arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1;
use tiltak_schema::datavarehus_v1::DatavarehusTiltakTopicV1;
use tiltak_schema::scalar::{GjennomforingId, Instant, LocalDateTime};
use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
use tiltak_schema::topic::{EncodeError, Record, Topic};

use crate::domain::kodeverk::{Kurstype, Tiltakskode};
use crate::domain::{Avtale, GjennomforingAggregate, System, Tiltakstype};

pub use migrated_codes::MigratedCodes;

/// A record for the outbox. Its value is already text, so what is sent is what was true in the transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingRecord {
    /// The topic.
    pub topic: &'static str,
    /// Record key.
    pub key: String,
    /// Record value; `None` is a tombstone.
    pub value: Option<String>,
}

impl<T: Topic> TryFrom<&Record<T>> for OutgoingRecord {
    type Error = PublishError;

    fn try_from(record: &Record<T>) -> Result<Self, PublishError> {
        let encoded = Self { topic: T::NAME, key: record.encode_key(), value: record.encode_value()? };
        record_limit::check(&encoded)?;
        Ok(encoded)
    }
}

/// Why an entity cannot be published in its present state. The command that would have published it is refused.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// A field that the payload requires is not set.
    #[error("gjennomføring {id}: {topic} needs {field}, and it is not set")]
    Missing {
        /// The gjennomføring.
        id: GjennomforingId,
        /// The topic whose payload needs the field.
        topic: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A migrert tiltakstype has no code in Arena.
    #[error("tiltakskode {0} is marked migrert but has no Arena code")]
    NoArenaCode(Tiltakskode),
    /// The kurstype does not go with the tiltakskode.
    #[error("kurstype {kurstype} does not go with tiltakskode {tiltakskode}")]
    Kurstype {
        /// The tiltakskode.
        tiltakskode: Tiltakskode,
        /// The kurstype.
        kurstype: Kurstype,
    },
    /// A point in time is after the year 9999 in Norwegian local time.
    #[error(
        "the time {0} is after the year 9999 in Norway, which local time cannot say; the last is 22:59:59 UTC"
    )]
    Time(Instant),
    /// A record is too large for its topic.
    #[error(
        "{topic}, key {key}: the record would have {bytes} bytes, and the topic takes {limit} (max.message.bytes)"
    )]
    TooLarge {
        /// The topic.
        topic: &'static str,
        /// The record key.
        key: String,
        /// Size of the record in bytes, Kafka's overhead included.
        bytes: usize,
        /// Largest record that the topic accepts, in bytes.
        limit: usize,
    },
    /// A number that JSON cannot write.
    #[error(transparent)]
    Encode(#[from] EncodeError),
}

fn local(instant: Instant) -> Result<LocalDateTime, PublishError> {
    crate::domain::norwegian(instant).ok_or(PublishError::Time(instant))
}

/// The records of an event on a gjennomføring, for every topic that it concerns. Arena gets a record only of migrerte
/// tiltakskoder.
///
/// # Errors
/// An entity that cannot be published as it is.
pub fn gjennomforing(
    aggregate: &GjennomforingAggregate,
    migrated: &MigratedCodes,
) -> Result<Vec<OutgoingRecord>, PublishError> {
    let mut records = vec![
        OutgoingRecord::try_from(&Record::<SisteTiltaksgjennomforingerV2>::upsert(
            tiltaksgjennomforing::payload(aggregate)?,
        ))?,
        OutgoingRecord::try_from(&Record::<DatavarehusTiltakTopicV1>::upsert(datavarehus::payload(
            aggregate,
        )?))?,
    ];
    if let Some(payload) = arena_migrering::payload(aggregate, migrated)? {
        let record = Record::<ArenaMigreringTiltaksgjennomforingerV1>::upsert(payload);
        records.push(OutgoingRecord::try_from(&record)?);
    }
    Ok(records)
}

/// Checks that a gjennomføring under this avtale could be published, as far as the avtale decides it.
///
/// # Errors
/// An avtale that cannot be published as it is.
pub fn check_avtale(avtale: &Avtale) -> Result<(), PublishError> {
    datavarehus::avtale(avtale).map(drop)
}

/// The records of a removal: tombstones. Arena gets none, because it deletes nothing.
///
/// # Errors
/// None that outside data can cause.
pub fn removal(id: GjennomforingId) -> Result<Vec<OutgoingRecord>, PublishError> {
    Ok(vec![
        OutgoingRecord::try_from(&Record::<SisteTiltaksgjennomforingerV2>::tombstone(id))?,
        OutgoingRecord::try_from(&Record::<DatavarehusTiltakTopicV1>::tombstone(id))?,
    ])
}

/// The record of a tiltakstype; `None` if another system administers it.
///
/// # Errors
/// An entity that cannot be published as it is.
pub fn tiltakstype(tiltakstype: &Tiltakstype) -> Result<Option<OutgoingRecord>, PublishError> {
    if tiltakstype.system != System::Tiltaksadministrasjon {
        return Ok(None);
    }
    let record = Record::<SisteTiltakstyperV3>::upsert(tiltakstype::payload(tiltakstype)?);
    Ok(Some(OutgoingRecord::try_from(&record)?))
}

#[cfg(test)]
mod tests;
