//! A reader that reads the old version cannot read the new one.

use super::prelude::*;
use crate::change::Place;

pub(super) const RULE: Rule = Rule {
    id: "reader-stopped",
    summary: "a reader that is declared cannot read what the new version writes, or it could not be decided",
    why: "Its team said in contracts/readers/ what it binds and what it does with what it does not know. Tell the team, and \
          wait for its new version and declaration; or record the break as intended, with the team among readers-told.",
    reference: "README, A reader team's declaration",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let found = |effect: &crate::reader::Effect| {
        let place = Place { part: "value", pointer: effect.pointer.clone(), variants: Vec::new() };
        let mut found = Found::new([], &place, (Severity::Blocked, effect.to_string()));
        found.witness.clone_from(&effect.witness);
        found.reader = Some(effect.app.clone());
        found
    };
    view.stops().map(found).collect()
}
