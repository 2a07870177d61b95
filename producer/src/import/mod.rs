//! Import: entities from another system, checked with the rules of a state.
//!
//! A line of NDJSON is one entity in the form of its type in [`domain`](crate::domain), under its name:
//! `tiltakstype`, `arrangor`, `avtale` or `gjennomforing`, the last with its `kategorisering` beside it. The entities
//! that it refers to have to be stored, or come on earlier lines. `version` is ignored: a new entity gets the first
//! one.
//!
//! ```text
//! {"arrangor": {"organisasjonsnummer": "123456785", "navn": "Arrangør AS"}}
//! {"gjennomforing": {"id": "…", "kind": "ARENA", …}, "kategorisering": {"kurstype": "NORSKOPPLAERING", …}}
//! ```
//!
//! `lines` ← `entity` ← `importer`; `report` counts.

mod entity;
mod importer;
mod lines;
mod report;

pub use entity::{Entity, parse};
pub use importer::{ImportOutcome, Importer, Options, Refusal};
pub use lines::{LONGEST_LINE, Line, Lines, Unreadable};
pub use report::Report;
