//! What holds after any sequence of changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tiltak_producer::commands::{
    CancelAvtale, CancelGjennomforing, CreateEnkeltplass, CreateGjennomforing, EditAvtale,
    EditAvtaleVeilederinfo, EditEnkeltplass, EditGjennomforing, EditGjennomforingVeilederinfo, EndAvtale,
    EndGjennomforing, RemoveGjennomforing, ReopenGjennomforing, SetApentForPamelding, SetArenaData,
    SetKategorisering, SetPublisert, SetTilgjengeligForArrangor,
};
use tiltak_producer::domain::{
    ArenaData, AvtaleVeilederinfo, Egenskap, Gjennomforing, GjennomforingVeilederinfo, Kategorisering, Kind,
    Moment,
};
use tiltak_producer::publish::{self, MigratedCodes};
use tiltak_producer::{
    AvtaleDetails, CommandError, EnkeltplassDetails, GjennomforingAggregate, GjennomforingDetails, Relast,
    Selection, jobs,
};
use tiltak_schema::kodeverk::{GjennomforingStatus, Kurstype, Oppstart, PameldingType, Tiltakskode};
use tiltak_schema::scalar::{GjennomforingId, LocalDate};
use tiltak_schema::view::WireEnum;

use crate::suite::changes::setup::{ARENA, DATAVAREHUS, Setup, V2, morning, new_id, scalar};

/// Something that happens. Days are counted from the day on which it does; an [`Index`] chooses an entity.
#[derive(Debug, Clone)]
enum Step {
    Create(Index, Details),
    Edit(Index, Details),
    Veilederinfo(Index, bool),
    Open(Index, bool),
    Tilgjengelig(Index, Option<i64>),
    Avslutt(Index),
    Avbryt(Index, i64),
    Gjenapne(Index, i64),
    Publisert(Index, bool),
    ArenaId(Index, i32),
    Kategoriser(Index, Option<Kurstype>),
    Remove(Index),
    CreateEnkeltplass(Tiltakskode, Details),
    EditEnkeltplass(Index, Details),
    EditAvtale(Index, Option<i64>, bool, bool),
    InformAvtale(Index),
    AvbrytAvtale(Index),
    AvsluttAvtale(Index, i64),
    /// Time passes, and what is due is run.
    Wait(i64),
    /// Time passes while nothing runs.
    Stop(i64),
}

#[derive(Debug, Clone)]
struct Details {
    oppstart: Oppstart,
    pamelding_type: PameldingType,
    start: i64,
    end: Option<i64>,
    places: i32,
}

/// Mostly with the oppstart that is named, so that most are let through.
fn details(oppstart: Oppstart) -> impl Strategy<Value = Details> {
    let oppstart = prop_oneof![5 => Just(oppstart), 1 => select(Oppstart::ALL)];
    let pamelding = prop_oneof![3 => Just(PameldingType::DirekteVedtak), 1 => select(PameldingType::ALL)];
    (oppstart, pamelding, -5..5_i64, option::of(-1..8_i64), 0..20_i32).prop_map(
        |(oppstart, pamelding_type, start, end, places)| Details {
            oppstart,
            pamelding_type,
            start,
            end,
            places,
        },
    )
}

fn gruppe() -> impl Strategy<Value = Details> {
    prop_oneof![2 => details(Oppstart::Lopende), 1 => details(Oppstart::Felles)]
}

fn step() -> impl Strategy<Value = Step> {
    let it = any::<Index>;
    let rarely = prop::bool::weighted(0.2);
    let with_enkeltplass = select(&[
        Tiltakskode::EnkeltplassArbeidsmarkedsopplaering,
        Tiltakskode::HoyereUtdanning,
        Tiltakskode::Studiespesialisering,
        Tiltakskode::Oppfolging,
    ]);
    prop_oneof![
        4 => (it(), gruppe()).prop_map(|(it, details)| Step::Create(it, details)),
        6 => (it(), gruppe()).prop_map(|(it, details)| Step::Edit(it, details)),
        1 => (it(), any::<bool>()).prop_map(|(it, some)| Step::Veilederinfo(it, some)),
        3 => (it(), any::<bool>()).prop_map(|(it, open)| Step::Open(it, open)),
        1 => (it(), option::of(-5..5_i64)).prop_map(|(it, day)| Step::Tilgjengelig(it, day)),
        2 => it().prop_map(Step::Avslutt),
        2 => (it(), -5..8_i64).prop_map(|(it, day)| Step::Avbryt(it, day)),
        3 => (it(), -2..5_i64).prop_map(|(it, day)| Step::Gjenapne(it, day)),
        1 => (it(), any::<bool>()).prop_map(|(it, flag)| Step::Publisert(it, flag)),
        1 => (it(), 0..3_i32).prop_map(|(it, id)| Step::ArenaId(it, id)),
        2 => (it(), option::of(select(Kurstype::ALL))).prop_map(|(it, kurs)| Step::Kategoriser(it, kurs)),
        1 => it().prop_map(Step::Remove),
        2 => (with_enkeltplass, details(Oppstart::Enkeltplass)).prop_map(|(kode, details)| Step::CreateEnkeltplass(kode, details)),
        2 => (it(), details(Oppstart::Enkeltplass)).prop_map(|(it, details)| Step::EditEnkeltplass(it, details)),
        2 => (it(), option::of(0..90_i64), rarely, rarely)
            .prop_map(|(it, end, draft, nowhere)| Step::EditAvtale(it, end, draft, nowhere)),
        1 => it().prop_map(Step::InformAvtale),
        1 => it().prop_map(Step::AvbrytAvtale),
        1 => (it(), -3..1_i64).prop_map(|(it, day)| Step::AvsluttAvtale(it, day)),
        4 => (0..72_i64).prop_map(Step::Wait),
        1 => (0..72_i64).prop_map(Step::Stop),
    ]
}

/// The database, the time, and what a reader of the topics would hold.
struct World {
    setup: Setup,
    now: Moment,
    /// The day on which what was due was last run.
    ran: LocalDate,
    tables: BTreeMap<(String, String), Option<String>>,
}

impl World {
    async fn new() -> Self {
        let setup = Setup::with_scale(16).await;
        setup.producer.relast_gjennomforinger(&Relast::All, |_| {}).await.unwrap();
        let (now, ran) = (morning(), morning().today());
        let mut world = Self { setup, now, ran, tables: BTreeMap::new() };
        world.wait(0).await;
        world
    }

    fn day(&self, days: i64) -> LocalDate {
        LocalDate::new(self.now.today().date() + Span::new().days(days)).unwrap()
    }

    fn pass(&mut self, hours: i64) {
        let later = self.now.instant().timestamp() + SignedDuration::from_hours(hours);
        self.now = Moment::at(later).unwrap();
    }

    async fn wait(&mut self, hours: i64) {
        self.pass(hours);
        jobs::run_due(&self.setup.producer, self.now).await.unwrap();
        let fanouts = jobs::run_due_fanouts(&self.setup.producer, self.now).await.unwrap();
        assert!(fanouts.refused.is_empty(), "{:?}", fanouts.refused);
        self.ran = self.now.today();
    }

    /// What the readers read.
    async fn deliver(&mut self) {
        for row in self.setup.take_outbox().await {
            self.tables.insert((row.topic, row.key), row.value);
        }
    }

    async fn all(&self) -> Vec<GjennomforingAggregate> {
        self.setup.all(Selection::All).await
    }

    fn details(&self, of: &Details) -> GjennomforingDetails {
        GjennomforingDetails {
            navn: "Navn".to_owned(),
            oppstart: of.oppstart,
            pamelding_type: of.pamelding_type,
            start_dato: self.day(of.start),
            slutt_dato: of.end.map(|end| self.day(end)),
            antall_plasser: of.places,
            deltidsprosent: 100.0,
            oppmote_sted: None,
        }
    }

    fn enkeltplass(&self, of: &Details) -> EnkeltplassDetails {
        EnkeltplassDetails {
            oppstart: of.oppstart,
            pamelding_type: of.pamelding_type,
            navn: Some("Navn".to_owned()),
            start_dato: Some(self.day(of.start)),
            slutt_dato: of.end.map(|end| self.day(end)),
            antall_plasser: Some(of.places),
            deltidsprosent: Some(100.0),
            ansvarlig_enhet: Some(scalar("0219")),
        }
    }

    async fn make(&mut self, step: &Step) -> Result<(), CommandError> {
        match step {
            Step::Create(..)
            | Step::EditAvtale(..)
            | Step::InformAvtale(_)
            | Step::AvbrytAvtale(_)
            | Step::AvsluttAvtale(..) => self.change_avtale(step).await,
            Step::Wait(hours) => {
                self.wait(*hours).await;
                Ok(())
            }
            Step::Stop(hours) => {
                self.pass(*hours);
                Ok(())
            }
            _ => self.change_gjennomforing(step).await,
        }
    }

    async fn change_avtale(&self, step: &Step) -> Result<(), CommandError> {
        let producer = &self.setup.producer;
        let avtaler = self.setup.store.begin().await?.avtaler(None, u32::MAX).await?;
        let now = self.now;
        match step {
            Step::Create(it, details) => {
                let details = self.details(details);
                producer
                    .execute(CreateGjennomforing { id: new_id(), avtale: it.get(&avtaler).id, details }, now)
                    .await
                    .map(drop)
            }
            Step::EditAvtale(it, end, draft, nowhere) => {
                let before = AvtaleDetails::of(it.get(&avtaler));
                let arrangor = if *draft { None } else { Some(self.setup.arrangor().await) };
                let slutt_dato = end.map(|end| self.day(end));
                let regioner = if *nowhere { Vec::new() } else { vec![scalar("0300")] };
                let details = AvtaleDetails { arrangor, slutt_dato, regioner, ..before };
                producer.execute(EditAvtale { id: it.get(&avtaler).id, details }, now).await.map(drop)
            }
            Step::InformAvtale(it) => {
                let info = AvtaleVeilederinfo { beskrivelse: Some("Tekst".to_owned()) };
                producer
                    .execute(EditAvtaleVeilederinfo { id: it.get(&avtaler).id, veilederinfo: info }, now)
                    .await
                    .map(drop)
            }
            Step::AvbrytAvtale(it) => {
                producer.execute(CancelAvtale { id: it.get(&avtaler).id }, now).await.map(drop)
            }
            Step::AvsluttAvtale(it, day) => producer
                .execute(EndAvtale { id: it.get(&avtaler).id, slutt_dato: self.day(*day) }, now)
                .await
                .map(drop),
            _ => Ok(()),
        }
    }

    async fn change_gjennomforing(&self, step: &Step) -> Result<(), CommandError> {
        let producer = &self.setup.producer;
        let all = self.all().await;
        // Most commands are for kind AVTALE, so most are tried on one.
        let (ours, others): (Vec<_>, Vec<_>) =
            all.iter().partition(|joined| joined.gjennomforing.kind == Kind::Avtale);
        let some: Vec<_> = ours.iter().chain(others.iter().take(3)).collect();
        let id = |it: &Index| it.get(&some).gjennomforing.id;
        let other = |it: &Index| it.get(&all).gjennomforing.id;
        let now = self.now;
        match step {
            Step::Edit(it, details) => {
                producer.execute(EditGjennomforing { id: id(it), details: self.details(details) }, now).await
            }
            Step::Veilederinfo(it, some) => {
                let beskrivelse = some.then(|| "Tekst".to_owned());
                let info = GjennomforingVeilederinfo { beskrivelse, ..GjennomforingVeilederinfo::default() };
                producer.execute(EditGjennomforingVeilederinfo { id: id(it), veilederinfo: info }, now).await
            }
            Step::Open(it, open) => {
                producer.execute(SetApentForPamelding { id: id(it), apent: *open }, now).await
            }
            Step::Tilgjengelig(it, day) => {
                let day = day.map(|day| self.day(day));
                producer.execute(SetTilgjengeligForArrangor { id: id(it), dato: day }, now).await
            }
            Step::Avslutt(it) => producer.execute(EndGjennomforing { id: id(it) }, now).await,
            Step::Avbryt(it, day) => {
                producer.execute(CancelGjennomforing { id: id(it), dato: self.day(*day) }, now).await
            }
            Step::Gjenapne(it, day) => {
                producer.execute(ReopenGjennomforing { id: id(it), slutt_dato: self.day(*day) }, now).await
            }
            Step::Publisert(it, flag) => {
                producer.execute(SetPublisert { id: id(it), publisert: *flag }, now).await
            }
            Step::ArenaId(it, number) => {
                let arena = it.get(&some).gjennomforing.arena.clone();
                producer
                    .execute(
                        SetArenaData { id: id(it), arena: ArenaData { id: Some(*number), ..arena } },
                        now,
                    )
                    .await
            }
            Step::Kategoriser(it, kurstype) => {
                let kategorisering = Kategorisering { kurstype: *kurstype, ..Kategorisering::default() };
                producer
                    .execute(SetKategorisering { id: id(it), kategorisering: Some(kategorisering) }, now)
                    .await
            }
            Step::EditEnkeltplass(it, details) => {
                producer
                    .execute(EditEnkeltplass { id: other(it), details: self.enkeltplass(details) }, now)
                    .await
            }
            Step::CreateEnkeltplass(kode, details) => {
                let new = CreateEnkeltplass {
                    details: self.enkeltplass(details),
                    ..self.setup.new_enkeltplass(*kode).await
                };
                producer.execute(new, now).await
            }
            Step::Remove(it) => producer.execute(RemoveGjennomforing { id: other(it) }, now).await,
            _ => return Ok(()),
        }
        .map(drop)
    }

    /// A step that is refused has written nothing; one that is made keeps the rules.
    async fn take(&mut self, step: &Step) {
        let before = self.setup.contents().await;
        let all_before = self.all().await;
        if let Err(refusal) = self.make(step).await {
            assert!(self.setup.contents().await == before, "{step:?} was refused and has written: {refusal}");
            assert!(!matches!(refusal, CommandError::Store(_)), "{step:?}: {refusal}");
            return;
        }
        let all_after = self.all().await;
        for joined in &all_after {
            assert_rules(joined, self.ran);
        }
        assert_transitions(&all_before, &all_after, step);
        self.deliver().await;
    }

    /// What readers hold is what would be published from the database.
    async fn assert_published(&self) {
        let all = self.all().await;
        let mut expected = BTreeSet::new();
        for joined in &all {
            for record in publish::gjennomforing(joined, &MigratedCodes::production()).unwrap() {
                let held = self.tables.get(&(record.topic.to_owned(), record.key.clone()));
                assert_eq!(held, Some(&record.value), "{} {}", record.topic, record.key);
                expected.insert((record.topic.to_owned(), record.key));
            }
        }
        for ((topic, key), value) in &self.tables {
            if [V2, DATAVAREHUS].contains(&topic.as_str()) {
                assert_eq!(
                    expected.contains(&(topic.clone(), key.clone())),
                    value.is_some(),
                    "{topic} {key}"
                );
            }
            assert!(topic != ARENA || value.is_some(), "Arena gets no tombstone");
        }
    }
}

/// The rules of section 6 that hold for whatever staff have made of it.
fn assert_rules(joined: &GjennomforingAggregate, ran: LocalDate) {
    let GjennomforingAggregate { gjennomforing: it, tiltakstype, .. } = joined;
    let has = |egenskap| tiltakstype.egenskaper.contains(&egenskap);
    if it.kind == Kind::Enkeltplass {
        assert_eq!(it.oppstart, Oppstart::Enkeltplass);
    }
    if it.kind != Kind::Avtale {
        return;
    }
    let running = it.status == GjennomforingStatus::Gjennomfores;
    assert!(!running || it.slutt_dato.is_none_or(|end| end >= ran), "what has ended does not run");
    assert!(it.slutt_dato.is_none_or(|end| Some(end) >= it.start_dato));
    assert!(running || !it.apent_for_pamelding, "what does not run is closed");
    assert!(it.status != GjennomforingStatus::Avbrutt || it.slutt_dato.is_some());
    assert!(it.antall_plasser.is_some_and(|places| places > 0));
    assert_ne!(it.oppstart, Oppstart::Enkeltplass);
    if has(Egenskap::KreverDirekteVedtak) {
        assert_eq!((it.oppstart, it.pamelding_type), (Oppstart::Lopende, PameldingType::DirekteVedtak));
    }
    if has(Egenskap::KreverDirekteVedtakForLopendeOppstart) && it.oppstart == Oppstart::Lopende {
        assert_eq!(it.pamelding_type, PameldingType::DirekteVedtak);
    }
    if tiltakstype.tiltakskode.as_str().starts_with("GRUPPE_") && it.oppstart == Oppstart::Felles {
        assert_eq!(it.pamelding_type, PameldingType::TrengerGodkjenning);
    }
}

fn assert_transitions(before: &[GjennomforingAggregate], after: &[GjennomforingAggregate], step: &Step) {
    use GjennomforingStatus::{Avbrutt, Avlyst, Avsluttet, Gjennomfores};
    let before: BTreeMap<GjennomforingId, &Gjennomforing> =
        before.iter().map(|joined| (joined.gjennomforing.id, &joined.gjennomforing)).collect();
    for joined in after {
        let after = &joined.gjennomforing;
        let Some(before) = before.get(&after.id) else {
            assert_eq!(after.status, Gjennomfores, "a new one runs");
            continue;
        };
        let allowed = match step {
            Step::Wait(_) | Step::Avslutt(_) => [(Gjennomfores, Avsluttet)].as_slice(),
            Step::Avbryt(..) => &[(Gjennomfores, Avbrutt), (Gjennomfores, Avlyst)],
            Step::Gjenapne(..) => &[(Avsluttet, Gjennomfores)],
            _ => &[],
        };
        let change = (before.status, after.status);
        assert!(change.0 == change.1 || allowed.contains(&change), "{step:?}: {change:?}");
        assert_eq!((before.arrangor.clone(), before.kind), (after.arrangor.clone(), after.kind));
        let made = after.version.number() - before.version.number();
        let most = if matches!(step, Step::Wait(_)) { 2 } else { 1 };
        assert!((0..=most).contains(&made), "{step:?}: {made} versions");
        assert_eq!(made == 0, before == &after, "a change is a version");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_changes_keeps_the_rules_and_publishes_what_is_stored(steps in vec(step(), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut world = World::new().await;
            world.deliver().await;
            for step in &steps {
                world.take(step).await;
            }
            // until the last avtale has fanned out
            world.wait(1).await;
            world.deliver().await;
            world.assert_published().await;
        });
    }
}
