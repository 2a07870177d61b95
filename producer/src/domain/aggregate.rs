//! A gjennomføring with what it refers to.

use super::{Avtale, Gjennomforing, Kategorisering, Tiltakstype};

/// A gjennomføring with all that its rules ask for and its records are made of: gjennomføring ⋈ tiltakstype ⟕ avtale ⟕
/// kategorisering.
#[derive(Debug, Clone, PartialEq)]
pub struct GjennomforingAggregate {
    /// The gjennomføring.
    pub gjennomforing: Gjennomforing,
    /// Its tiltakstype.
    pub tiltakstype: Tiltakstype,
    /// The avtale that it runs under.
    pub avtale: Option<Avtale>,
    /// What kind of training it gives.
    pub kategorisering: Option<Kategorisering>,
}
