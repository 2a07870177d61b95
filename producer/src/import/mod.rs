//! Import: entities from elsewhere, taken in through the rules that hold of a state.
//!
//! A line of NDJSON is one entity as its type in [`domain`](crate::domain) has it, under its name: `tiltakstype`,
//! `arrangor`, `avtale` or `gjennomforing`, the last with its `kategorisering` beside it. What an entity refers to has to
//! be there already, or to stand before it. `version` is of no account: an entity that is new has the first one.
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
