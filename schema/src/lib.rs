//! The records on Tiltaksadministrasjon's four compacted Kafka topics, as Rust types. No I/O, no clock, no broker.
//!
//! | topic | key | value |
//! |---|---|---|
//! | [`siste-tiltakstyper-v3`](tiltakstype_v3) | tiltakstype id | [`TiltakstypeV3`](tiltakstype_v3::TiltakstypeV3) |
//! | [`siste-tiltaksgjennomforinger-v2`](tiltaksgjennomforing_v2) | gjennomføring id | [`TiltaksgjennomforingV2`](tiltaksgjennomforing_v2::TiltaksgjennomforingV2) |
//! | [`arena-migrering-tiltaksgjennomforinger-v1`](arena_migrering_v1) | gjennomføring id | [`ArenaMigreringTiltaksgjennomforingV1`](arena_migrering_v1::ArenaMigreringTiltaksgjennomforingV1) |
//! | [`datavarehus-tiltak-v1`](datavarehus_v1) | gjennomføring id | [`DatavarehusTiltakV1`](datavarehus_v1::DatavarehusTiltakV1) |
//!
//! # Where to begin
//! - To read a record: [`Record::decode`](topic::Record::decode) with the view [`Read`](view::Read), as in the example below.
//!   [`decode`] says which spellings it takes, and what its errors hold.
//! - To write a record: [`Record::upsert`](topic::Record::upsert) or [`Record::tombstone`](topic::Record::tombstone), then
//!   `encode_key` and `encode_value`. The view [`Written`](view::Written) has no unknown values.
//! - To look up a field: the modules in the table. To know when a record is sent: the [wire contract](wire), `schema/WIRE.md`.
//! - To run code for each topic: [`for_each_topic`]. [`topics`](topics()) has their names, versions and settings as data.
//! - To know a key's partition: [`partition::partition_of`].
//!
//! # Example: a tiltakskode that came later does not stop a reader
//! ```
//! use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;
//! use tiltak_schema::topic::Record;
//! use tiltak_schema::view::Read;
//!
//! let key = "59a64a02-efdd-471d-9529-356ff5553a5d";
//! let value = r#"{
//!     "id": "59a64a02-efdd-471d-9529-356ff5553a5d", "navn": "Arbeidsforberedende trening",
//!     "tiltakskode": "A_LATER_CODE", "innsatsgrupper": [], "arenaKode": "ARBFORB",
//!     "deltakerRegistreringInnhold": null,
//!     "opprettetTidspunkt": "2026-01-31T09:00", "oppdatertTidspunkt": "2026-01-31T09:00:00.190"
//! }"#;
//! let record = Record::<SisteTiltakstyperV3, Read>::decode(key.as_bytes(), Some(value.as_bytes()))?;
//! let Record::Upsert { value, .. } = record else { unreachable!() };
//! assert_eq!(value.tiltakskode.known(), None);
//! assert_eq!(value.tiltakskode.as_str(), "A_LATER_CODE");
//! # Ok::<(), tiltak_schema::decode::DecodeError>(())
//! ```

pub mod scalar;
pub mod view;

pub mod kodeverk;

pub mod partition;
pub mod topic;
mod topics;

pub mod arena_migrering_v1;
pub mod datavarehus_v1;
pub mod tiltaksgjennomforing_v2;
pub mod tiltakstype_v3;

pub mod binding;
pub mod decode;
mod finite;
pub mod pointer;
mod tagged;

#[doc = include_str!("../WIRE.md")]
pub mod wire {}

pub use topics::{COUNT, NAMES, for_each_topic, topics, with_topic};
