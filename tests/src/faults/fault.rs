//! Which fault comes next.

use rand::RngExt as _;
use rand::seq::{IndexedRandom as _, SliceRandom as _};
use rand_chacha::ChaCha8Rng;

use super::run::{StoreKind, Subject};

/// What happens to a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// The relay is killed at a random moment.
    RelayKilled,
    /// The relay ends when a batch is sequenced and nothing of it is sent.
    EndedSequenced,
    /// The relay ends when half of a change is acknowledged and the other half is not sent. Of the small relay alone.
    EndedHalf,
    /// The relay ends when a batch is acknowledged and its transaction is open.
    EndedSent,
    /// The relay ends when a transaction is committed and the database does not know.
    EndedCommitted,
    /// The broker is killed and started again.
    BrokerKilled,
    /// The database server is killed with all its processes, and started again.
    DatabaseKilled,
    /// The process of the writers is killed.
    WritersKilled,
    /// A second relay begins while the first one is at work.
    TakenOver,
    /// The relay is stopped past the time that its transaction may take, a second one takes over, and the first goes on.
    StoppedAndTakenOver,
    /// The relay is stopped past the time that its transaction may take, and goes on alone.
    Stopped,
}

impl Fault {
    /// As it stands in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::RelayKilled => "relay-killed",
            Self::EndedSequenced => "relay-ended-sequenced",
            Self::EndedHalf => "relay-ended-half-sent",
            Self::EndedSent => "relay-ended-sent",
            Self::EndedCommitted => "relay-ended-committed",
            Self::BrokerKilled => "broker-killed",
            Self::DatabaseKilled => "database-killed",
            Self::WritersKilled => "writers-killed",
            Self::TakenOver => "taken-over",
            Self::StoppedAndTakenOver => "stopped-and-taken-over",
            Self::Stopped => "stopped",
        }
    }

    /// The fail point at which the relay ends, as its process reads it.
    pub(super) fn point(self) -> Option<&'static str> {
        match self {
            Self::EndedSequenced => Some("sequenced"),
            Self::EndedHalf => Some("half"),
            Self::EndedSent => Some("sent"),
            Self::EndedCommitted => Some("committed"),
            _ => None,
        }
    }

    /// How often it comes, beside the others.
    fn weight(self) -> u32 {
        match self {
            Self::RelayKilled => 5,
            Self::EndedSent | Self::EndedCommitted => 4,
            Self::EndedSequenced | Self::TakenOver | Self::DatabaseKilled | Self::WritersKilled => 3,
            Self::BrokerKilled | Self::StoppedAndTakenOver => 2,
            Self::EndedHalf | Self::Stopped => 1,
        }
    }

    fn all(store: StoreKind, subject: Subject) -> Vec<Self> {
        match subject {
            Subject::Relay => {
                let mut all = vec![
                    Self::RelayKilled,
                    Self::EndedSequenced,
                    Self::EndedSent,
                    Self::EndedCommitted,
                    Self::BrokerKilled,
                    Self::WritersKilled,
                    Self::TakenOver,
                    Self::StoppedAndTakenOver,
                    Self::Stopped,
                ];
                if store == StoreKind::Postgres {
                    all.push(Self::DatabaseKilled);
                }
                all
            }
            Subject::Small(_) => {
                vec![Self::EndedHalf, Self::TakenOver, Self::RelayKilled, Self::EndedSent]
            }
        }
    }
}

/// The faults of a run: each kind once in any order, then at random.
pub(super) fn plan(store: StoreKind, subject: Subject, count: usize, random: &mut ChaCha8Rng) -> Vec<Fault> {
    let all = Fault::all(store, subject);
    let mut plan = all.clone();
    plan.shuffle(random);
    while plan.len() < count {
        plan.extend(all.choose_weighted(random, |fault| fault.weight()).ok());
    }
    plan.truncate(count);
    plan
}

/// A number of milliseconds in a range.
pub(super) fn moment(random: &mut ChaCha8Rng, range: std::ops::Range<u64>) -> std::time::Duration {
    std::time::Duration::from_millis(random.random_range(range))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;

    #[test]
    fn a_plan_has_each_kind_and_is_the_same_for_the_same_seed() {
        let plan = |seed| plan(StoreKind::Postgres, Subject::Relay, 30, &mut ChaCha8Rng::seed_from_u64(seed));
        assert_eq!(plan(1), plan(1));
        assert_ne!(plan(1), plan(2));
        for fault in Fault::all(StoreKind::Postgres, Subject::Relay) {
            assert!(plan(1).contains(&fault), "{fault:?}");
        }
    }
}
