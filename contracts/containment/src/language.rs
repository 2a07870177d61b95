//! Patterns as sets of strings.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex_syntax::hir::{Hir, HirKind, Look};
use regexsolver::Term;
use regexsolver::fast_automaton::{GenerationOptions, PathOrder};
use regexsolver::regex_charclass::char::Char;
use regexsolver::regex_charclass::irange::RangeSet;

/// Longest string length that is counted out by an automaton.
const COUNTED: u64 = 2_000;

/// The languages of patterns, each made once.
#[derive(Debug, Default)]
pub(crate) struct Languages {
    known: RefCell<HashMap<String, Rc<Result<Term, String>>>>,
}

impl Languages {
    /// The strings in which a pattern finds a match.
    fn of(&self, pattern: &str) -> Rc<Result<Term, String>> {
        if let Some(known) = self.known.borrow().get(pattern) {
            return Rc::clone(known);
        }
        let language = Rc::new(language(pattern));
        self.known.borrow_mut().insert(pattern.to_owned(), Rc::clone(&language));
        language
    }

    /// Whether a pattern finds a match in a text.
    pub(crate) fn matches(&self, pattern: &str, text: &str) -> Result<bool, String> {
        let language = self.of(pattern);
        let language = language.as_ref().as_ref().map_err(Clone::clone)?;
        language.matches(text).map_err(|error| format!("pattern {pattern:?}: {error}"))
    }

    /// Whether one of the patterns finds a match in a text.
    pub(crate) fn any_matches<'p>(
        &self,
        patterns: impl IntoIterator<Item = &'p String>,
        text: &str,
    ) -> Result<bool, String> {
        for pattern in patterns {
            if self.matches(pattern, text)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// What a string has to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    /// Patterns, and whether they have to match.
    pub(crate) patterns: Vec<(String, bool)>,
    pub(crate) min_length: u64,
    pub(crate) max_length: Option<u64>,
    pub(crate) not: Vec<String>,
}

/// What a search for a string gave.
pub(crate) enum Found {
    String(String),
    None,
    GaveUp(String),
}

/// The strings in which a pattern of JSON Schema finds a match.
///
/// # Errors
/// What the pattern has that no regular language can say.
fn language(pattern: &str) -> Result<Term, String> {
    let unsupported = |why: &str| format!("pattern {pattern:?}: {why}");
    let translated =
        jsonschema_regex::to_rust_regex(pattern).map_err(|()| unsupported("no regular expression"))?;
    let parsed = regex_syntax::parse(&translated).map_err(|error| unsupported(&error.kind_text()))?;
    found_in(&parsed).ok_or_else(|| unsupported("an assertion inside it cannot be decided"))
}

trait KindText {
    fn kind_text(&self) -> String;
}

impl KindText for regex_syntax::Error {
    fn kind_text(&self) -> String {
        self.to_string().lines().last().unwrap_or_default().trim().to_owned()
    }
}

/// The strings that a pattern is found in: anything may stand around it where it is not anchored.
fn found_in(hir: &Hir) -> Option<Term> {
    match hir.kind() {
        HirKind::Alternation(branches) => {
            let terms = branches.iter().map(found_in).collect::<Option<Vec<_>>>()?;
            terms[0].union(&terms[1..]).ok()
        }
        HirKind::Capture(capture) => found_in(&capture.sub),
        HirKind::Concat(parts) => anchored(parts),
        _ => anchored(std::slice::from_ref(hir)),
    }
}

fn anchored(parts: &[Hir]) -> Option<Term> {
    let is = |hir: &Hir, look| matches!(hir.kind(), HirKind::Look(found) if *found == look);
    let (start, parts) = match parts.split_first() {
        Some((first, rest)) if is(first, Look::Start) => (true, rest),
        _ => (false, parts),
    };
    let (end, parts) = match parts.split_last() {
        Some((last, rest)) if is(last, Look::End) => (true, rest),
        _ => (false, parts),
    };
    let inner = Hir::concat(parts.to_vec());
    if !inner.properties().look_set().is_empty() {
        return None;
    }
    let inner = if parts.is_empty() {
        Term::new_empty_string()
    } else {
        Term::from_pattern(&inner.to_string()).ok()?
    };
    let any = Term::new_total();
    let after = if end { inner } else { inner.concat([&any]).ok()? };
    if start { Some(after) } else { any.concat([&after]).ok() }
}

impl Constraints {
    /// A string that obeys, a short and readable one where there is a choice.
    pub(crate) fn find(&self, languages: &Languages) -> Found {
        if self.max_length.is_some_and(|max| max < self.min_length) {
            return Found::None;
        }
        if self.patterns.is_empty() {
            return self.find_without_pattern();
        }
        match self.search(languages) {
            Ok(Some(string)) => Found::String(string),
            Ok(None) => Found::None,
            Err(why) => Found::GaveUp(why),
        }
    }

    fn find_without_pattern(&self) -> Found {
        const SHORT: u64 = 10_000;
        if self.min_length > SHORT {
            return Found::GaveUp(format!("minLength {}", self.min_length));
        }
        let mut length = usize::try_from(self.min_length).unwrap_or(usize::MAX);
        // More strings than are excluded, so one of them is left, unless only the empty one is allowed.
        loop {
            for character in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
                let string: String = std::iter::repeat_n(character, length).collect();
                if !self.not.contains(&string) {
                    return Found::String(string);
                }
            }
            if self.max_length.is_some_and(|max| length as u64 >= max) {
                return match length {
                    0 => Found::None,
                    _ => Found::GaveUp("many excluded strings".to_owned()),
                };
            }
            length += 1;
        }
    }

    fn search(&self, languages: &Languages) -> Result<Option<String>, String> {
        let gave_up = |error: regexsolver::error::EngineError| format!("pattern: {error}");
        let mut term = Term::new_total();
        for (pattern, matches) in &self.patterns {
            let language = languages.of(pattern);
            let language = language.as_ref().as_ref().map_err(Clone::clone)?;
            term = if *matches {
                term.intersection([language]).map_err(gave_up)?
            } else {
                term.difference(language).map_err(gave_up)?
            };
        }
        if self.min_length > 0 || self.max_length.is_some() {
            let (min, max) = (self.min_length, self.max_length);
            if min > COUNTED || max.is_some_and(|max| max > COUNTED) {
                return Err(format!("a length beyond {COUNTED} together with a pattern"));
            }
            let any = Term::from_pattern(".").map_err(gave_up)?;
            let min = u32::try_from(min).unwrap_or(u32::MAX);
            let lengths = match max.map(|max| u32::try_from(max).unwrap_or(u32::MAX)) {
                Some(max) => any.repeat(min..=max),
                None => any.repeat(min..),
            };
            term = term.intersection([&lengths.map_err(gave_up)?]).map_err(gave_up)?;
        }
        if term.is_empty().map_err(gave_up)? {
            return Ok(None);
        }
        let wanted = self.not.len() + 1;
        let readable = RangeSet::new_from_range(Char::new('!')..=Char::new('~'));
        let options = GenerationOptions::from(PathOrder::Sweep);
        for options in [options.clone().with_charset(readable), options] {
            let strings = term.generate_strings(wanted, 0, options).map_err(gave_up)?;
            if let Some(string) = strings.iter().find(|string| !self.not.contains(string)) {
                return Ok(Some(string.clone()));
            }
        }
        // Each of them is excluded, and there are no more.
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(yes: &str, no: &str) -> Option<String> {
        let patterns = vec![(yes.to_owned(), true), (no.to_owned(), false)];
        match (Constraints { patterns, ..Constraints::default() }).find(&Languages::default()) {
            Found::String(string) => Some(string),
            Found::None => None,
            Found::GaveUp(why) => Some(why),
        }
    }

    #[test]
    fn inclusion_is_that_of_the_languages_and_not_of_the_texts() {
        assert_eq!(between("^[0-9]{4}$", "^[0-9]+$"), None);
        assert_eq!(between("^(ab)+$", "^a.*b$"), None);
        assert_eq!(between("^a", "a"), None);
        assert_eq!(between("^(a|b)$", "^[ab]$"), None);
        assert!(between("a", "^a").is_some());
        assert!(between("^[0-9]+$", "^[0-9]{4}$").is_some());
        assert!(between("^a$|^b", "^a$").is_some());
    }

    #[test]
    fn lengths_and_single_strings_count_too() {
        let patterns = vec![("^[ab]{1,2}$".to_owned(), true)];
        let not = ["a", "b"].map(str::to_owned).to_vec();
        let one =
            Constraints { patterns: patterns.clone(), max_length: Some(1), not, ..Constraints::default() };
        assert!(matches!(one.find(&Languages::default()), Found::None));
        let long = Constraints { patterns, min_length: 3, ..Constraints::default() };
        assert!(matches!(long.find(&Languages::default()), Found::None));
    }

    #[test]
    fn what_no_regular_language_can_say_is_not_guessed() {
        for pattern in [r"(a)\1", r"\bfoo\b", r"(?=a)b"] {
            assert!(language(pattern).is_err(), "{pattern}");
        }
    }
}
