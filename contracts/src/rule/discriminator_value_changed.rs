//! What tells the variants apart is spelt otherwise.

use super::prelude::*;

pub(super) const RULE: Rule = Rule {
    id: "discriminator-value-changed",
    summary: "a variant goes by another name, or the variants are told apart by another property",
    why: "Every reader chooses the variant by this text. It is part of the contract even where it looks like the name of \
          a class: a class that moves to another package must keep it.",
    reference: "OpenAPI Specification 3.1, Discriminator Object",
    find,
};

fn find(view: &View<'_>) -> Vec<Found> {
    let mut found = view.pairs(|one, other| match (&one.kind, &other.kind) {
        (
            ChangeKind::VariantRemoved { name: old, shape: was },
            ChangeKind::VariantAdded { name: new, shape: is },
        ) if was.without_words() == is.without_words() => {
            Some((Severity::Breaking, format!("the variant {old:?} is now called {new:?}")))
        }
        _ => None,
    });
    found.extend(view.each(|change| match &change.kind {
        ChangeKind::Discriminator { from, to } => Some((
            Severity::Breaking,
            format!("the variants were told apart by {from:?} and are now by {to:?}"),
        )),
        _ => None,
    }));
    found
}
