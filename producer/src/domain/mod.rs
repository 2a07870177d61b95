//! The entities and their rules. Pure: no database, no broker, no clock.

mod entities;
mod moment;
pub mod rules;

pub use entities::{
    ArenaData, Arrangor, Avtale, AvtaleStatus, Egenskap, Gjennomforing, Kategorisering, Kind, System,
    Tiltakstype,
};
pub use moment::Moment;
pub(crate) use moment::norwegian;
