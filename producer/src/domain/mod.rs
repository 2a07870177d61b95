//! The entities and their rules. Pure: no database, no broker, no clock.

mod aggregate;
mod avtale;
mod gjennomforing;
mod kategorisering;
mod moment;
pub mod rules;
mod tiltakstype;
mod version;

pub use aggregate::GjennomforingAggregate;
pub use avtale::{Arrangor, Avtale, AvtaleStatus, AvtaleVeilederinfo, Personvern, Prismodell};
pub use gjennomforing::{
    ArenaData, Gjennomforing, GjennomforingVeilederinfo, Kind, StengtPeriode, Ventetid, VentetidEnhet,
};
pub use kategorisering::{AmoInnhold, Kategorisering, amo_innhold};
pub use moment::Moment;
pub(crate) use moment::{norwegian, oslo};
pub use tiltakstype::{Egenskap, System, Tiltakstype};
pub use version::Version;
