//! What a schema evaluates of an object or array, for `unevaluatedProperties` and `unevaluatedItems` (JSON Schema Core
//! 2020-12, section 11).
//!
//! Most of it is known from the schema alone; the rest depends on which alternatives hold. With few such conditions,
//! the keyword means the same as: for some set of conditions, all of them hold, and what they evaluate together is all
//! that is exempt. A set that is too small asks for more, so that it does not matter which of them is taken.

use std::collections::BTreeSet;

use crate::graph::NodeId;

/// The most conditions that are told apart.
pub(crate) const CONDITIONS: usize = 6;

/// What is evaluated when some nodes hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Evaluated {
    pub(crate) when: BTreeSet<NodeId>,
    pub(crate) names: BTreeSet<String>,
    pub(crate) patterns: BTreeSet<String>,
    pub(crate) every_property: bool,
    /// So many items from the first one on.
    pub(crate) prefix: usize,
    /// Items that one of these nodes holds for.
    pub(crate) items: BTreeSet<NodeId>,
    pub(crate) every_item: bool,
}

impl Evaluated {
    fn join(&mut self, other: &Self) {
        self.when.extend(&other.when);
        self.names.extend(other.names.iter().cloned());
        self.patterns.extend(other.patterns.iter().cloned());
        self.every_property |= other.every_property;
        self.prefix = self.prefix.max(other.prefix);
        self.items.extend(&other.items);
        self.every_item |= other.every_item;
    }

    /// The part about properties.
    pub(crate) fn of_properties(&self) -> Option<Self> {
        let part = Self {
            when: self.when.clone(),
            names: self.names.clone(),
            patterns: self.patterns.clone(),
            every_property: self.every_property,
            ..Self::default()
        };
        let evaluates = part.every_property || !part.names.is_empty() || !part.patterns.is_empty();
        evaluates.then_some(part)
    }

    /// The part about items.
    pub(crate) fn of_items(&self) -> Option<Self> {
        let part = Self {
            when: self.when.clone(),
            prefix: self.prefix,
            items: self.items.clone(),
            every_item: self.every_item,
            ..Self::default()
        };
        let evaluates = part.every_item || part.prefix > 0 || !part.items.is_empty();
        evaluates.then_some(part)
    }
}

/// For each set of conditions, what is evaluated when they hold; `None` if they are too many.
pub(crate) fn alternatives(parts: impl IntoIterator<Item = Evaluated>) -> Option<Vec<Evaluated>> {
    let mut always = Evaluated::default();
    let mut sometimes: Vec<Evaluated> = Vec::new();
    for part in parts {
        if part.when.is_empty() {
            always.join(&part);
        } else if let Some(same) = sometimes.iter_mut().find(|other| other.when == part.when) {
            same.join(&part);
        } else {
            sometimes.push(part);
        }
    }
    if sometimes.len() > CONDITIONS {
        return None;
    }
    let sets = 0..1_usize << sometimes.len();
    let joined = sets.map(|set| {
        let mut joined = always.clone();
        let chosen = sometimes.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
        chosen.for_each(|(_, part)| joined.join(part));
        joined
    });
    Some(joined.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;

    fn naming(name: &str, when: &[NodeId]) -> Evaluated {
        Evaluated {
            when: when.iter().copied().collect(),
            names: BTreeSet::from([name.to_owned()]),
            ..Evaluated::default()
        }
    }

    #[test]
    fn each_set_of_conditions_evaluates_what_its_members_do() {
        let mut graph = Graph::default();
        let [a, b] = [true, false].map(|value| graph.bool(value));
        let parts = [naming("x", &[]), naming("y", &[a]), naming("z", &[b]), naming("w", &[a])];
        let found: Vec<String> = alternatives(parts)
            .unwrap()
            .into_iter()
            .map(|set| set.names.into_iter().collect::<String>())
            .collect();
        assert_eq!(found, ["x", "wxy", "xz", "wxyz"]);
    }

    #[test]
    fn too_many_conditions_are_not_told_apart() {
        let mut graph = Graph::default();
        let parts: Vec<Evaluated> = (0..=CONDITIONS)
            .map(|length| {
                let id = graph.intern(crate::graph::Node::MinLength(length as u64));
                naming("x", &[id])
            })
            .collect();
        assert_eq!(alternatives(parts), None);
    }
}
