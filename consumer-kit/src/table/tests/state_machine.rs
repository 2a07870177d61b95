//! A table against a map, over a log and a disk to which anything may happen.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRng;
use tokio::runtime::Runtime;

use super::bugs::{Ahead, Bug, Endless, WithoutTombstones};
use super::disk::Disk;
use super::histories::{KEYS, PARTITIONS, Pair, Step, partition, shown, step};
use super::state::age;
use super::*;
use crate::OnPoison;
use crate::source::Source;
use crate::store::StateFolder;
use crate::table::core::Mutation;

const TOPIC: &str = "siste-tiltakstyper-v3";

#[derive(Debug, Clone)]
pub(super) enum Command {
    Write(Step),
    Start,
    Close,
    /// The machine dies; of what was not synced some is there, as luck has it.
    Crash(u64),
    /// The table has to equal the map.
    Compare,
    Recreate,
    /// Records are deleted, and what lives is published again.
    Delete(i32),
    AddPartition,
    /// The table is away for so long that tombstones are removed.
    LongAbsence,
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        12 => step().prop_map(Command::Write),
        3 => Just(Command::Start),
        1 => Just(Command::Close),
        2 => any::<u64>().prop_map(Command::Crash),
        2 => Just(Command::Compare),
        1 => Just(Command::Recreate),
        1 => (0..2).prop_map(Command::Delete),
        1 => Just(Command::AddPartition),
        1 => Just(Command::LongAbsence),
    ]
}

pub(super) fn commands() -> impl Strategy<Value = Vec<Command>> {
    vec(command(), 0..60)
}

struct Machine {
    pair: Pair,
    disk: Disk,
    table: Option<Tiltakstyper>,
    /// Tombstones were removed since the table was last there.
    was_long_away: bool,
    bug: Option<Bug>,
}

impl Machine {
    async fn start(&mut self) -> Result<(), String> {
        if self.table.is_some() {
            return Ok(());
        }
        let mut store = StateFolder::on(&self.disk, TOPIC).map_err(|error| error.to_string())?;
        if self.was_long_away {
            age(&mut store);
        }
        let source = self.pair.log.source();
        let source: Box<dyn Source> = match self.bug {
            Some(Bug::ReadyOnLastRecordOnly) => Box::new(Endless(source)),
            Some(Bug::TombstonesIgnored) => Box::new(WithoutTombstones(source)),
            _ => Box::new(source),
        };
        let builder =
            super::super::TableBuilder::new(source.topic().to_owned(), Box::new(move || Ok(source)))
                .on_poison(OnPoison::Skip);
        let mut builder = match self.bug {
            Some(Bug::PositionAheadOfRows) => builder.store(Ahead::new(store)),
            _ => builder.store(store),
        };
        if let Some(mutation) = self.mutation() {
            builder = builder.mutation(Some(mutation));
        }
        self.pair.log.pause();
        let table = builder.start().await.map_err(|error| error.to_string())?;
        self.pair.log.resume();
        self.table = Some(table);
        Ok(())
    }

    fn mutation(&self) -> Option<Mutation> {
        match self.bug? {
            Bug::NoSweep => Some(Mutation::SweptNothing),
            _ => None,
        }
    }

    async fn compare(&mut self) -> Result<(), String> {
        let Some(table) = &self.table else { return Ok(()) };
        self.pair.finish();
        let limit = if self.bug.is_some() { Duration::from_secs(1) } else { LIMIT };
        table.ready(limit).await.map_err(|error| error.to_string())?;
        table.barrier(limit).await.map_err(|error| error.to_string())?;
        // From here on the state is as new as can be.
        self.was_long_away = false;
        let (shown, truth) = (shown(table), self.pair.truth());
        if shown == truth { Ok(()) } else { Err(format!("{shown:?} is shown, {truth:?} is true")) }
    }

    async fn run(&mut self, command: &Command) -> Result<(), String> {
        match command {
            Command::Write(step) => self.pair.step(step, false),
            Command::Start => self.start().await?,
            Command::Close => {
                if let Some(table) = self.table.take() {
                    table.close().await;
                }
            }
            Command::Crash(luck) => {
                let disk = self.disk.after_crash(*luck);
                self.table = None;
                self.disk = disk;
            }
            Command::Compare => self.compare().await?,
            Command::Recreate => {
                self.pair.finish();
                self.pair.log.recreate(PARTITIONS);
                self.pair.whole.recreate(PARTITIONS);
            }
            Command::Delete(of) => {
                self.pair.finish();
                let truth = self.pair.truth();
                let end = self.pair.log.watermarks()[of].high_watermark;
                for number in (0..KEYS).filter(|number| partition(*number) == *of) {
                    match truth.get(&id(number)) {
                        Some(Some(navn)) => self.pair.append(number, Some(&value(number, navn))),
                        Some(None) => self.pair.append(number, Some(b"{}")),
                        None => {}
                    }
                }
                self.pair.log.delete_records(*of, end).unwrap();
            }
            Command::AddPartition => {
                self.pair.log.add_partition();
            }
            Command::LongAbsence => {
                self.table = None;
                self.was_long_away = true;
                for partition in self.pair.log.watermarks().into_keys() {
                    self.pair.log.compact(partition, Compaction::whole().without_tombstones()).unwrap();
                }
            }
        }
        Ok(())
    }
}

/// What a table does under commands; `Err` tells what is wrong with it.
pub(super) fn play(commands: &[Command], at_once: usize, bug: Option<Bug>) -> Result<(), String> {
    let mut machine =
        Machine { pair: Pair::new(), disk: Disk::default(), table: None, was_long_away: false, bug };
    machine.pair.log.poll_at_most(at_once);
    Runtime::new().unwrap().block_on(async {
        for command in commands {
            machine.run(command).await?;
        }
        machine.start().await?;
        machine.compare().await?;
        // What is kept is as good as what is shown.
        machine.run(&Command::Close).await?;
        machine.start().await?;
        machine.compare().await
    })
}

/// The first of so many random scripts that shows something wrong, and what.
pub(super) fn first_failure(scripts: u32, bug: Bug) -> Option<(u32, String)> {
    let config = ProptestConfig::default();
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        config,
        TestRng::deterministic_rng(prop::test_runner::RngAlgorithm::ChaCha),
    );
    (1..=scripts).find_map(|count| {
        let commands = commands().new_tree(&mut runner).unwrap().current();
        play(&commands, 2, Some(bug)).err().map(|wrong| (count, wrong))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_table_equals_a_map_whatever_happens_to_the_log_the_disk_and_the_process(
        commands in commands(),
        at_once in 1..4_usize,
    ) {
        let result = play(&commands, at_once, None);
        prop_assert!(result.is_ok(), "{}", result.unwrap_err());
    }
}
