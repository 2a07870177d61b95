//! The rules that bind staff (wire contract, section 6): one file an entity. Each refusal carries the rule's name.

mod avtale;
mod enkeltplass;
mod gjennomforing;
mod kategorisering;
mod oppstart;
mod state;
mod status;
mod tiltakstype;

pub use avtale::{
    active_arrangor, avtale_status, check_avbryt_avtale, check_avslutt_avtale, check_avtale, check_new_avtale,
};
pub use enkeltplass::{check_edit_enkeltplass, check_editable_enkeltplass, check_new_enkeltplass};
pub use gjennomforing::{check_edit, check_editable, check_new, check_removal, check_stengt};
pub use kategorisering::check_kategorisering;
pub use state::{check_replaced_avtale, check_replaced_gjennomforing, check_state};
pub use status::{Avbrudd, avbryt, check_avslutt, check_gjenapne, closes_for_pamelding, has_ended};
pub use tiltakstype::check_tiltakstype;

/// A rule that a change would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the rule {name} is broken: {says}")]
pub struct BrokenRule {
    /// Name of the rule, for programs.
    pub name: &'static str,
    /// What the rule demands.
    pub says: &'static str,
}

fn demand(holds: bool, name: &'static str, says: &'static str) -> Result<(), BrokenRule> {
    if holds { Ok(()) } else { Err(BrokenRule { name, says }) }
}
