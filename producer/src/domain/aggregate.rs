//! A gjennomføring with what it refers to.

use super::{Avtale, Gjennomforing, Kategorisering, Tiltakstype};

/// A gjennomføring with everything that its rules and its records need: gjennomføring ⋈ tiltakstype ⟕ avtale ⟕
/// kategorisering.
#[derive(Debug, Clone, PartialEq)]
pub struct GjennomforingAggregate {
    /// The gjennomføring.
    pub gjennomforing: Gjennomforing,
    /// The tiltakstype of the gjennomføring.
    pub tiltakstype: Tiltakstype,
    /// The avtale that it runs under.
    pub avtale: Option<Avtale>,
    /// The kind of training that it gives, if any.
    pub kategorisering: Option<Kategorisering>,
}
