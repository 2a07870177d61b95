//! Looks for a number: what is left of the number line under a set of constraints.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::decimal::Decimal;

/// An end of a range.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Bound<T = Decimal> {
    pub(crate) at: T,
    pub(crate) exclusive: bool,
}

/// What a number has to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    pub(crate) minimum: Option<Bound<BigRational>>,
    pub(crate) maximum: Option<Bound<BigRational>>,
    /// Only integers (`true`), only others (`false`).
    pub(crate) integer: Option<bool>,
    pub(crate) multiple_of: Vec<BigRational>,
    pub(crate) not_multiple_of: Vec<BigRational>,
    pub(crate) not: Vec<BigRational>,
}

/// What a search for a number gave.
pub(crate) enum Found {
    Number(BigRational),
    None,
    GaveUp,
}

impl Constraints {
    pub(crate) fn at_least(&mut self, bound: Bound<BigRational>) {
        let tighter = self
            .minimum
            .as_ref()
            .is_none_or(|old| bound.at > old.at || (bound.at == old.at && bound.exclusive));
        if tighter {
            self.minimum = Some(bound);
        }
    }

    pub(crate) fn at_most(&mut self, bound: Bound<BigRational>) {
        let tighter = self
            .maximum
            .as_ref()
            .is_none_or(|old| bound.at < old.at || (bound.at == old.at && bound.exclusive));
        if tighter {
            self.maximum = Some(bound);
        }
    }

    fn within(&self, value: &BigRational) -> bool {
        self.minimum.as_ref().is_none_or(|min| *value > min.at || (!min.exclusive && *value == min.at))
            && self.maximum.as_ref().is_none_or(|max| *value < max.at || (!max.exclusive && *value == max.at))
    }

    /// Everything but the positive steps and the range.
    fn allows(&self, value: &BigRational) -> bool {
        self.integer.is_none_or(|integer| value.is_integer() == integer)
            && !self.not_multiple_of.iter().any(|step| (value / step).is_integer())
            && !self.not.contains(value)
    }

    /// A number that obeys, the simplest one where there is a choice.
    pub(crate) fn find(&self) -> Found {
        let mut steps = self.multiple_of.clone();
        if self.integer == Some(true) {
            steps.push(BigRational::one());
        }
        match steps.into_iter().reduce(|a, b| least_common_multiple(&a, &b)) {
            Some(step) => self.find_on_grid(&step),
            None => self.find_between(),
        }
    }

    /// Among the multiples of a step.
    fn find_on_grid(&self, step: &BigRational) -> Found {
        const TRIES: usize = 4_096;
        let never = self.not_multiple_of.iter().any(|not| (step / not).is_integer())
            || (self.integer == Some(false) && step.is_integer());
        if never {
            return Found::None;
        }
        // What is forbidden repeats itself, but for single numbers: after a period of them, nothing new comes.
        let mut period = self.not_multiple_of.iter().fold(step.clone(), |a, b| least_common_multiple(&a, b));
        if self.integer.is_some() {
            period = least_common_multiple(&period, &BigRational::one());
        }
        let count = (&period / step).to_integer() * (self.not.len() + 1);
        let lowest = self.minimum.as_ref().map(|min| (&min.at / step).ceil().to_integer());
        let highest = self.maximum.as_ref().map(|max| (&max.at / step).floor().to_integer());
        let (start, forward) = match (&lowest, &highest) {
            (Some(low), _) if low.is_positive() => (low.clone(), true),
            (_, Some(high)) if high.is_negative() => (high.clone(), false),
            (None, None) => (BigInt::zero(), true),
            (Some(low), None) => (low.clone(), true),
            (None, Some(high)) => (high.clone(), false),
            (Some(_), Some(_)) => {
                // Zero lies between them: first away from it, then everything.
                for k in [0, 1, -1, 2, -2] {
                    let value = step * BigRational::from_integer(k.into());
                    if self.within(&value) && self.allows(&value) {
                        return Found::Number(value);
                    }
                }
                (lowest.clone().unwrap_or_default(), true)
            }
        };
        let mut k = start;
        for tried in 0..TRIES {
            let value = step * BigRational::from_integer(k.clone());
            let past = if forward {
                self.maximum.as_ref().is_some_and(|max| value > max.at)
            } else {
                self.minimum.as_ref().is_some_and(|min| value < min.at)
            };
            // One more than the period, for the number at an exclusive end.
            if past || BigInt::from(tried) > &count + BigInt::one() {
                return Found::None;
            }
            if self.within(&value) && self.allows(&value) {
                return Found::Number(value);
            }
            k += if forward { 1 } else { -1 };
        }
        Found::GaveUp
    }

    /// Among all fractions.
    fn find_between(&self) -> Found {
        let one = BigRational::one();
        let (low, high) = match (&self.minimum, &self.maximum) {
            (Some(min), Some(max)) if min.at == max.at => {
                let fits = self.within(&min.at) && self.allows(&min.at);
                return if fits { Found::Number(min.at.clone()) } else { Found::None };
            }
            (Some(min), Some(max)) if min.at > max.at => return Found::None,
            (Some(min), Some(max)) => (min.at.clone(), max.at.clone()),
            (Some(min), None) => (min.at.clone(), &min.at + BigRational::from_integer(1_000.into())),
            (None, Some(max)) => (&max.at - BigRational::from_integer(1_000.into()), max.at.clone()),
            (None, None) => (-one.clone(), BigRational::from_integer(1_000.into())),
        };
        // Simple numbers first. The range is dense and what is forbidden is not, so one of the rest always fits.
        let simple = [0, 1, -1, 2, 3, 5, 7, 10, 100].map(|n| BigRational::from_integer(n.into()));
        let halves = [1, -1, 3].map(|n| BigRational::new(n.into(), 2.into()));
        let ends = [low.clone(), high.clone(), low.ceil(), high.floor()];
        let width = &high - &low;
        // Halves of halves, which JSON can write.
        let inside = (1..=10_u32).flat_map(|power| {
            let parts = BigInt::from(2).pow(power);
            [BigRational::new(1.into(), parts.clone()), BigRational::new(&parts - BigInt::one(), parts)]
        });
        let mut candidates =
            simple.into_iter().chain(halves).chain(ends).chain(inside.map(|part| &low + &width * part));
        match candidates.find(|value| self.within(value) && self.allows(value)) {
            Some(value) => Found::Number(value),
            None => Found::GaveUp,
        }
    }
}

fn least_common_multiple(a: &BigRational, b: &BigRational) -> BigRational {
    BigRational::new(a.numer().lcm(b.numer()), a.denom().gcd(b.denom())).abs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(text: &str) -> BigRational {
        Decimal::parse(text).unwrap().to_rational().unwrap()
    }

    fn bound(text: &str, exclusive: bool) -> Bound<BigRational> {
        Bound { at: rational(text), exclusive }
    }

    fn found(constraints: &Constraints) -> Option<String> {
        match constraints.find() {
            Found::Number(value) => Some(value.to_string()),
            Found::None => None,
            Found::GaveUp => Some("gave up".to_owned()),
        }
    }

    #[test]
    fn a_range_without_an_integer_is_seen_to_be_empty() {
        let mut range = Constraints { integer: Some(true), ..Constraints::default() };
        range.at_least(bound("0.1", false));
        range.at_most(bound("1", true));
        assert_eq!(found(&range), None);
        range.at_most(bound("1", false));
        assert_eq!(found(&range), None, "the tighter bound stands");
        range.integer = None;
        assert!(found(&range).is_some());
    }

    #[test]
    fn multiples_of_six_are_multiples_of_two_and_of_three() {
        let six = |not: &str| Constraints {
            multiple_of: vec![rational("6")],
            not_multiple_of: vec![rational(not)],
            ..Constraints::default()
        };
        assert_eq!(found(&six("2")), None);
        assert_eq!(found(&six("3")), None);
        assert_eq!(found(&six("4")).as_deref(), Some("6"));
    }

    #[test]
    fn what_is_excluded_is_passed_over() {
        let mut few = Constraints { integer: Some(true), ..Constraints::default() };
        few.at_least(bound("1", false));
        few.at_most(bound("3", false));
        few.not = ["1", "2"].map(rational).to_vec();
        assert_eq!(found(&few).as_deref(), Some("3"));
        few.not.push(rational("3"));
        assert_eq!(found(&few), None);
    }
}
