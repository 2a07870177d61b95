//! The rules that bind staff (`schema/WIRE.md`, section 6): one file for each entity. Each refusal carries the rule's
//! name and what was found.

mod avtale;
mod enkeltplass;
mod gjennomforing;
mod kategorisering;
mod oppstart;
mod registry;
mod state;
mod status;
mod tiltakstype;

pub use avtale::{
    active_arrangor, avtale_status, check_avbryt_avtale, check_avslutt_avtale, check_avtale, check_new_avtale,
};
pub use enkeltplass::{check_edit_enkeltplass, check_editable_enkeltplass, check_new_enkeltplass};
pub use gjennomforing::{check_edit, check_editable, check_new, check_removal, check_stengt};
pub use kategorisering::check_kategorisering;
pub use registry::Rule;
pub use state::{check_replaced_avtale, check_replaced_gjennomforing, check_state};
pub use status::{Avbrudd, avbryt, check_avslutt, check_gjenapne, closes_for_pamelding, has_ended};
pub use tiltakstype::check_tiltakstype;

use std::fmt::Display;

/// A broken rule, with what was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the rule {} is broken: {found}", rule.name())]
pub struct BrokenRule {
    /// The rule.
    pub rule: Rule,
    /// The finding, in words for staff: `sluttDato 2026-01-02 is before today, 2026-02-01`.
    pub found: String,
}

impl BrokenRule {
    fn new(rule: Rule, found: impl Into<String>) -> Self {
        Self { rule, found: found.into() }
    }

    /// The name of the rule.
    pub fn name(&self) -> &'static str {
        self.rule.name()
    }
}

fn demand(holds: bool, rule: Rule, found: impl FnOnce() -> String) -> Result<(), BrokenRule> {
    if holds { Ok(()) } else { Err(BrokenRule::new(rule, found())) }
}

/// A value that may be missing.
fn shown(value: Option<impl Display>) -> String {
    value.map_or_else(|| "(not set)".to_owned(), |value| value.to_string())
}

/// What is found of something that is fixed.
fn becomes(what: &str, before: impl Display, after: impl Display) -> String {
    format!("the {what} is {before}, and would become {after}")
}

#[cfg(test)]
mod tests;
