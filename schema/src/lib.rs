//! What is on the wire of Tiltaksadministrasjon's four compacted Kafka topics. No I/O, no clock, no broker.
//!
//! | topic | key | value |
//! |---|---|---|
//! | [`siste-tiltakstyper-v3`](tiltakstype_v3) | tiltakstype id | [`TiltakstypeV3`](tiltakstype_v3::TiltakstypeV3) |
//! | [`siste-tiltaksgjennomforinger-v2`](tiltaksgjennomforing_v2) | gjennomføring id | [`TiltaksgjennomforingV2`](tiltaksgjennomforing_v2::TiltaksgjennomforingV2) |
//! | [`arena-migrering-tiltaksgjennomforinger-v1`](arena_migrering_v1) | gjennomføring id | [`ArenaMigreringTiltaksgjennomforingV1`](arena_migrering_v1::ArenaMigreringTiltaksgjennomforingV1) |
//! | [`datavarehus-tiltak-v1`](datavarehus_v1) | gjennomføring id | [`DatavarehusTiltakV1`](datavarehus_v1::DatavarehusTiltakV1) |
//!
//! A [`topic::Topic`] names a topic and its types, a [`topic::Record`] is a value or a tombstone, and a [`view::View`]
//! says whether a payload may hold what this version does not know. [`partition::partition_of`] says where a key is.
//!
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
//! assert_eq!(value.tiltakskode.known(), None); // a code that came later does not stop a reader
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

pub use topics::{COUNT, NAMES, for_each_topic, topics, with_topic};
