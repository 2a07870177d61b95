//! The entities and their rules. Pure: no database, no broker, no clock.

mod aggregate;
mod avtale;
mod gjennomforing;
mod kategorisering;
pub mod kodeverk;
mod moment;
pub mod rules;
mod tiltakstype;
mod version;

pub use aggregate::GjennomforingAggregate;
pub use avtale::{Arrangor, Avtale, AvtaleStatus, AvtaleVeilederinfo, Personvern, Prismodell};
pub use gjennomforing::{
    ArenaData, ArenaNummer, Gjennomforing, GjennomforingVeilederinfo, Kind, StengtPeriode, Ventetid,
    VentetidEnhet,
};
pub use kategorisering::{AmoInnhold, Kategorisering, Sertifisering, Utdanningslop, amo_innhold};
pub use moment::Moment;
pub(crate) use moment::{norwegian, oslo};
pub use tiltakstype::{DeltakerRegistreringInnhold, Egenskap, Innholdselement, System, Tiltakstype};
pub use version::Version;
