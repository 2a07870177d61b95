//! Looks for an array: of each length that could make a difference, position by position.

use std::collections::HashSet;

use crate::graph::{Node, NodeId};
use crate::json::Json;
use crate::question::{Answer, Leaf, Literal, Search, at_most, first};

/// Arrays that are longer are not tried.
const LENGTH: u64 = 64;

/// How many items satisfy a schema.
#[derive(Debug, Clone, Copy)]
struct Count {
    item: NodeId,
    min: u64,
    max: Option<u64>,
}

/// `prefixItems` and `items`.
#[derive(Debug, Clone)]
struct Items {
    prefix: Vec<NodeId>,
    rest: NodeId,
}

impl Items {
    fn at(&self, index: usize) -> NodeId {
        self.prefix.get(index).copied().unwrap_or(self.rest)
    }
}

#[derive(Debug, Clone, Default)]
struct Wanted {
    items: Vec<Items>,
    /// Some item breaks each of these.
    broken: Vec<Items>,
    counts: Vec<Count>,
    min: u64,
    max: Option<u64>,
    unique: bool,
    repeated: bool,
}

pub(crate) fn solve(search: &mut impl Search, leaf: &Leaf) -> Answer {
    let mut wanted = Wanted::default();
    // "contains" is broken by too few or by too many.
    let mut either: Vec<[Option<Count>; 2]> = Vec::new();
    for (id, holds) in &leaf.assertions {
        match (search.graph().node(*id).clone(), holds) {
            (Node::Items { prefix, rest }, true) => wanted.items.push(Items { prefix, rest }),
            (Node::Items { prefix, rest }, false) => wanted.broken.push(Items { prefix, rest }),
            (Node::Contains { item, min, max }, true) => wanted.counts.push(Count { item, min, max }),
            (Node::Contains { item, min, max }, false) => {
                let few = min.checked_sub(1).map(|max| Count { item, min: 0, max: Some(max) });
                let many = max.map(|max| Count { item, min: max.saturating_add(1), max: None });
                either.push([few, many]);
            }
            (Node::MinItems(min), true) => wanted.min = wanted.min.max(min),
            (Node::MinItems(min), false) => at_most(&mut wanted.max, min.saturating_sub(1)),
            (Node::MaxItems(max), true) => at_most(&mut wanted.max, max),
            (Node::MaxItems(max), false) => wanted.min = wanted.min.max(max.saturating_add(1)),
            (Node::UniqueItems, true) => wanted.unique = true,
            (Node::UniqueItems, false) => wanted.repeated = true,
            _ => {}
        }
    }
    if wanted.unique && wanted.repeated {
        return Answer::None;
    }
    let not: Vec<&[Json]> = leaf.not.iter().filter_map(|not| not.as_array()).collect();
    differ(search, &wanted, &either, &not)
}

/// Chooses in which way the array differs from each of some.
fn differ(
    search: &mut impl Search,
    wanted: &Wanted,
    either: &[[Option<Count>; 2]],
    not: &[&[Json]],
) -> Answer {
    let Some((array, rest)) = not.split_first() else { return choose(search, wanted, either) };
    let length = array.len() as u64;
    let mut ways = Vec::new();
    if let Some(shorter) = length.checked_sub(1) {
        let mut way = wanted.clone();
        at_most(&mut way.max, shorter);
        ways.push(way);
    }
    ways.push(Wanted { min: wanted.min.max(length + 1), ..wanted.clone() });
    let anything = search.graph().bool(true);
    for (index, item) in array.iter().enumerate() {
        let mut way = Wanted { min: wanted.min.max(length), ..wanted.clone() };
        at_most(&mut way.max, length);
        let mut prefix = vec![anything; index];
        prefix.push(search.graph().intern(Node::Const(item.clone())));
        way.broken.push(Items { prefix, rest: anything });
        ways.push(way);
    }
    first(search, ways, |search, way| differ(search, &way, either, rest))
}

fn choose(search: &mut impl Search, wanted: &Wanted, either: &[[Option<Count>; 2]]) -> Answer {
    let Some((ways, rest)) = either.split_first() else { return of_each_length(search, wanted) };
    first(search, ways.iter().flatten(), |search, way| {
        let mut wanted = wanted.clone();
        wanted.counts.push(*way);
        choose(search, &wanted, rest)
    })
}

fn of_each_length(search: &mut impl Search, wanted: &Wanted) -> Answer {
    let prefix = wanted.items.iter().chain(&wanted.broken).map(|items| items.prefix.len()).max().unwrap_or(0);
    let counted = wanted.counts.iter().fold(0_u64, |sum, count| sum.saturating_add(count.min));
    // From here on, a longer array has only more items of the same kind, and can do without them.
    let enough = (prefix as u64)
        .saturating_add(wanted.broken.len() as u64)
        .saturating_add(counted)
        .saturating_add(if wanted.repeated { 2 } else { 0 })
        .max(wanted.min);
    let last = wanted.max.map_or(enough, |max| max.min(enough));
    if wanted.min > last {
        return Answer::None;
    }
    if last > LENGTH {
        let short = Wanted { max: Some(LENGTH), ..wanted.clone() };
        let answer = if wanted.min > LENGTH { Answer::None } else { of_each_length(search, &short) };
        return match answer {
            Answer::None => Answer::Unknown(format!("an array of more than {LENGTH} items"), None),
            answer => answer,
        };
    }
    first(search, wanted.min..=last, |search, length| {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let positions: Vec<Vec<Literal>> = (0..length)
            .map(|index| wanted.items.iter().map(|items| (items.at(index), true)).collect())
            .collect();
        break_items(search, wanted, &positions, &wanted.broken)
    })
}

/// Chooses which item breaks each of the schemas that have to be broken.
fn break_items(
    search: &mut impl Search,
    wanted: &Wanted,
    positions: &[Vec<Literal>],
    broken: &[Items],
) -> Answer {
    if let Err(why) = search.step() {
        return Answer::Unknown(why, None);
    }
    let Some((items, rest)) = broken.split_first() else { return repeat(search, wanted, positions) };
    first(search, 0..positions.len(), |search, index| {
        let node = items.at(index);
        if search.graph().is(node, true) {
            return Answer::None;
        }
        let mut positions = positions.to_vec();
        positions[index].push((node, false));
        match search.solve(positions[index].iter().copied()) {
            Answer::None => Answer::None,
            _ => break_items(search, wanted, &positions, rest),
        }
    })
}

/// Chooses which two items are equal, if two have to be.
fn repeat(search: &mut impl Search, wanted: &Wanted, positions: &[Vec<Literal>]) -> Answer {
    if !wanted.repeated {
        return count(search, wanted, positions, 0, &vec![0; wanted.counts.len()], None);
    }
    let pairs = (0..positions.len()).flat_map(|second| (0..second).map(move |first| (first, second)));
    first(search, pairs, |search, pair| {
        let mut positions = positions.to_vec();
        let both = [positions[pair.0].as_slice(), &positions[pair.1]].concat();
        positions[pair.0].clone_from(&both);
        positions[pair.1] = both;
        count(search, wanted, &positions, 0, &vec![0; wanted.counts.len()], Some(pair))
    })
}

/// Chooses, item by item, which of the counted schemas it satisfies.
fn count(
    search: &mut impl Search,
    wanted: &Wanted,
    positions: &[Vec<Literal>],
    index: usize,
    counted: &[u64],
    equal: Option<(usize, usize)>,
) -> Answer {
    if let Err(why) = search.step() {
        return Answer::Unknown(why, None);
    }
    let left = (positions.len() - index) as u64;
    let hopeless =
        wanted.counts.iter().zip(counted).any(|(count, counted)| {
            counted + left < count.min || count.max.is_some_and(|max| *counted > max)
        });
    if hopeless {
        return Answer::None;
    }
    if index == positions.len() {
        return values(search, wanted, positions, equal);
    }
    // For each count: satisfied, not satisfied, or it does not matter.
    let mut choices: Vec<Vec<(Option<bool>, NodeId)>> = vec![Vec::new()];
    for (count, counted) in wanted.counts.iter().zip(counted) {
        let ways: &[Option<bool>] = match count.max {
            Some(_) => &[Some(true), Some(false)],
            None if *counted < count.min => &[Some(true), None],
            None => &[None],
        };
        choices = choices
            .into_iter()
            .flat_map(|choice| {
                ways.iter().map(move |way| {
                    let mut choice = choice.clone();
                    choice.push((*way, count.item));
                    choice
                })
            })
            .collect();
    }
    // Two equal items satisfy the same.
    let twin = equal.filter(|(_, second)| *second == index).map(|(first, _)| first);
    first(search, choices, |search, choice| {
        let mut positions = positions.to_vec();
        if let Some(first) = twin {
            let of_first = positions[first].clone();
            positions[index].extend(of_first);
        }
        let mut counted = counted.to_vec();
        for ((way, item), counted) in choice.iter().zip(&mut counted) {
            if let Some(way) = way {
                positions[index].push((*item, *way));
                *counted += u64::from(*way);
            }
        }
        if let Some(first) = twin {
            let of_both = positions[index].clone();
            positions[first] = of_both;
        }
        match search.solve(positions[index].iter().copied()) {
            Answer::None => Answer::None,
            _ => count(search, wanted, &positions, index + 1, &counted, equal),
        }
    })
}

/// The values, all positions being decided.
fn values(
    search: &mut impl Search,
    wanted: &Wanted,
    positions: &[Vec<Literal>],
    equal: Option<(usize, usize)>,
) -> Answer {
    let mut array: Vec<Json> = Vec::new();
    let mut unknown: Option<String> = None;
    for (index, literals) in positions.iter().enumerate() {
        let mut literals = literals.clone();
        if wanted.unique {
            for value in &array {
                literals.push((search.graph().intern(Node::Const(value.clone())), false));
            }
        }
        match search.solve(literals) {
            _ if equal.is_some_and(|(_, second)| second == index) => {
                let first = equal.and_then(|(first, _)| array.get(first).cloned());
                array.push(first.unwrap_or(Json::Null));
            }
            Answer::Some(value) => array.push(value),
            // Had an earlier item another value, this one might have one, unless they are all of one kind.
            Answer::None if wanted.unique && positions.iter().any(|other| other != &positions[0]) => {
                return Answer::Unknown("uniqueItems with items of several kinds".to_owned(), None);
            }
            Answer::None => return Answer::None,
            Answer::Unknown(why, value) => {
                array.push(value.unwrap_or(Json::Null));
                unknown = Some(why);
            }
        }
    }
    if wanted.unique {
        let different: HashSet<&Json> = array.iter().collect();
        if different.len() < array.len() {
            return Answer::Unknown("uniqueItems".to_owned(), None);
        }
    }
    match unknown {
        Some(why) => Answer::Unknown(why, Some(Json::Array(array))),
        None => Answer::Some(Json::Array(array)),
    }
}
