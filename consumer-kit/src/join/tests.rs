use std::collections::BTreeMap;

use proptest::prelude::*;
use tiltak_schema::scalar::GjennomforingId;

use super::*;
use crate::source::MemoryLog;
use crate::table::Table;

const LIMIT: Duration = Duration::from_secs(10);

fn key(number: u8) -> String {
    format!("59a64a02-efdd-471d-9529-356ff55{number:05}")
}

fn id(number: u8) -> GjennomforingId {
    key(number).parse().unwrap()
}

/// A join, and the tables that it borrows.
struct Tables {
    join: GjennomforingerMedTiltakstype,
    _left: Table<SisteTiltaksgjennomforingerV2>,
    _right: Table<SisteTiltakstyperV3>,
}

impl std::ops::Deref for Tables {
    type Target = GjennomforingerMedTiltakstype;

    fn deref(&self) -> &GjennomforingerMedTiltakstype {
        &self.join
    }
}

struct Topics {
    gjennomforinger: MemoryLog,
    tiltakstyper: MemoryLog,
}

impl Topics {
    fn new() -> Self {
        Self { gjennomforinger: MemoryLog::new("g", 2), tiltakstyper: MemoryLog::new("t", 2) }
    }

    async fn join(&self) -> Tables {
        let left = Table::over(self.gjennomforinger.source()).start().await.unwrap();
        let right = Table::over(self.tiltakstyper.source()).start().await.unwrap();
        let join = GjennomforingerMedTiltakstype::of_tables(&left, &right);
        Tables { join, _left: left, _right: right }
    }

    fn gjennomforing(&self, number: u8, tiltakskode: Option<&str>) {
        let value = tiltakskode.map(|tiltakskode| {
            serde_json::json!({
                "type": "TiltaksgjennomforingV2.Enkeltplass", "id": key(number),
                "opprettetTidspunkt": "2026-01-31T09:00:00Z", "oppdatertTidspunkt": "2026-01-31T09:00:00Z",
                "tiltakskode": tiltakskode, "arrangor": { "organisasjonsnummer": "123456789" },
                "status": "GJENNOMFORES", "oppstart": "ENKELTPLASS", "pameldingType": "TRENGER_GODKJENNING",
            })
        });
        put(&self.gjennomforinger, number, value);
    }

    fn tiltakstype(&self, number: u8, tiltakskode: Option<&str>) {
        let value = tiltakskode.map(|tiltakskode| {
            serde_json::json!({
                "id": key(number), "navn": format!("{tiltakskode} {number}"), "tiltakskode": tiltakskode,
                "innsatsgrupper": [], "arenaKode": format!("A{number}"), "deltakerRegistreringInnhold": null,
                "opprettetTidspunkt": "2026-01-31T09:00", "oppdatertTidspunkt": "2026-01-31T09:00",
            })
        });
        put(&self.tiltakstyper, number, value);
    }
}

fn put(log: &MemoryLog, number: u8, value: Option<serde_json::Value>) {
    let value = value.map(|value| value.to_string().into_bytes());
    log.append(i32::from(number % 2), key(number).as_bytes(), value.as_deref()).unwrap();
}

fn arena_kode(join: &GjennomforingerMedTiltakstype, number: u8) -> Option<String> {
    join.get(&id(number)).unwrap().arena_kode().map(str::to_owned)
}

#[tokio::test]
async fn a_gjennomforing_whose_tiltakstype_comes_later_is_there_and_gets_it() {
    let topics = Topics::new();
    topics.gjennomforing(1, Some("OPPFOLGING"));
    let join = topics.join().await;
    join.ready(LIMIT).await.unwrap();
    assert!(join.get(&id(1)).unwrap().right().is_none());
    assert_eq!(join.unmatched().len(), 1);

    topics.tiltakstype(7, Some("OPPFOLGING"));
    join.barrier(LIMIT).await.unwrap();

    assert_eq!(arena_kode(&join, 1).as_deref(), Some("A7"));
    assert!(join.unmatched().is_empty());
}

#[tokio::test]
async fn a_tombstone_of_either_is_seen() {
    let topics = Topics::new();
    topics.tiltakstype(7, Some("OPPFOLGING"));
    topics.gjennomforing(1, Some("OPPFOLGING"));
    topics.gjennomforing(2, Some("OPPFOLGING"));
    let join = topics.join().await;
    join.ready(LIMIT).await.unwrap();
    assert_eq!(arena_kode(&join, 2).as_deref(), Some("A7"));

    topics.gjennomforing(1, None);
    topics.tiltakstype(7, None);
    join.barrier(LIMIT).await.unwrap();

    assert_eq!(join.get(&id(1)), None);
    assert_eq!(arena_kode(&join, 2), None);
    assert_eq!(join.iter().map(|(key, _)| key).collect::<Vec<_>>(), [id(2)]);
}

#[tokio::test]
async fn a_tiltakskode_and_a_variant_that_came_later_are_joined() {
    let topics = Topics::new();
    topics.tiltakstype(7, Some("A_LATER_CODE"));
    topics.gjennomforing(1, Some("A_LATER_CODE"));
    let later =
        serde_json::json!({ "type": "TiltaksgjennomforingV2.Digital", "tiltakskode": "A_LATER_CODE" });
    put(&topics.gjennomforinger, 2, Some(later));
    let join = topics.join().await;
    join.ready(LIMIT).await.unwrap();

    assert_eq!(arena_kode(&join, 1).as_deref(), Some("A7"));
    assert_eq!(arena_kode(&join, 2).as_deref(), Some("A7"));
}

#[tokio::test]
async fn a_change_of_a_tiltakstype_is_one_of_each_gjennomforing_that_has_it() {
    let topics = Topics::new();
    topics.gjennomforing(1, Some("OPPFOLGING"));
    topics.gjennomforing(2, Some("AVKLARING"));
    topics.gjennomforing(3, Some("OPPFOLGING"));
    let join = topics.join().await;
    join.ready(LIMIT).await.unwrap();
    let mut changes = join.changes();

    topics.tiltakstype(7, Some("OPPFOLGING"));
    let mut rows = [changes.next().await.unwrap(), changes.next().await.unwrap()];
    rows.sort_by_key(|it| it.key);
    assert_eq!(rows.each_ref().map(|it| it.key), [id(1), id(3)]);
    assert!(rows.iter().all(|it| it.now.as_ref().unwrap().arena_kode() == Some("A7")));

    topics.gjennomforing(2, None);
    let gone = changes.next().await.unwrap();
    assert_eq!((gone.key, gone.now), (id(2), None));

    // It has another tiltakskode now: those of the old one lose it, and those of the new one get it.
    topics.tiltakstype(7, Some("AVKLARING"));
    let lost = changes.next().await.unwrap();
    assert!(lost.now.unwrap().right().is_none());
}

#[derive(Debug, Clone)]
enum Step {
    Gjennomforing(u8, Option<&'static str>),
    Tiltakstype(u8, Option<&'static str>),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let code =
        || prop::option::weighted(0.75, prop::sample::select(vec!["OPPFOLGING", "AVKLARING", "LATER"]));
    let step = prop_oneof![
        (0..6_u8, code()).prop_map(|(number, code)| Step::Gjennomforing(number, code)),
        (0..4_u8, code()).prop_map(|(number, code)| Step::Tiltakstype(number, code)),
    ];
    prop::collection::vec(step, 0..40)
}

/// The latest value of each key, with the number of the record that brought it.
type Fold = BTreeMap<u8, (usize, &'static str)>;

/// Each gjennomføring, with the tiltakstype that has its tiltakskode.
fn expected(gjennomforinger: &Fold, tiltakstyper: &Fold) -> Vec<(GjennomforingId, Option<String>)> {
    let tiltakstype = |code: &str| {
        let same = tiltakstyper.iter().filter(|(_, (_, it))| *it == code);
        same.max_by_key(|(_, (written, _))| *written).map(|(number, _)| format!("A{number}"))
    };
    gjennomforinger.iter().map(|(number, (_, code))| (id(*number), tiltakstype(code))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_outcome_is_the_join_of_the_two_whatever_comes_first(steps in steps(), before in 0..40_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let topics = Topics::new();
            let (mut gjennomforinger, mut tiltakstyper) = (Fold::new(), Fold::new());
            let mut apply = |(written, step): (usize, &Step)| {
                let (fold, number, code) = match *step {
                    Step::Gjennomforing(number, code) => {
                        topics.gjennomforing(number, code);
                        (&mut gjennomforinger, number, code)
                    }
                    Step::Tiltakstype(number, code) => {
                        topics.tiltakstype(number, code);
                        (&mut tiltakstyper, number, code)
                    }
                };
                match code {
                    Some(code) => fold.insert(number, (written, code)),
                    None => fold.remove(&number),
                };
            };
            let (first, rest) = steps.split_at(before.min(steps.len()));
            first.iter().enumerate().for_each(&mut apply);
            let join = topics.join().await;
            join.ready(LIMIT).await.unwrap();
            let mut followed: BTreeMap<_, _> = join.iter().collect();
            let mut changes = join.changes();
            rest.iter().enumerate().map(|(index, step)| (first.len() + index, step)).for_each(&mut apply);
            join.barrier(LIMIT).await.unwrap();

            let expected = expected(&gjennomforinger, &tiltakstyper);
            let arena_kode = |row: &JoinedEntry<_, _>| row.arena_kode().map(str::to_owned);
            let rows: Vec<_> = join.iter().map(|(key, row)| (key, arena_kode(&row))).collect();
            prop_assert_eq!(&rows, &expected);
            let got: Vec<_> = join.iter().map(|(key, _)| (key, arena_kode(&join.get(&key).unwrap()))).collect();
            prop_assert_eq!(&got, &expected);
            // What follows the changes comes to the same.
            while let Poll::Ready(Some(change)) = poll_fn(|context| Poll::Ready(changes.poll(context))).await {
                match change.now {
                    Some(now) => followed.insert(change.key, now),
                    None => followed.remove(&change.key),
                };
            }
            let followed: Vec<_> = followed.iter().map(|(key, row)| (*key, arena_kode(row))).collect();
            prop_assert_eq!(&followed, &expected);
            Ok(())
        })?;
    }
}
