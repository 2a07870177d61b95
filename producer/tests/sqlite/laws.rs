//! What holds after any sequence of changes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use tiltak_producer::commands::{
    COMMANDS, CancelAvtale, CancelGjennomforing, Command, CreateAvtale, CreateEnkeltplass,
    CreateGjennomforing, EditAvtale, EditAvtalePersonvern, EditAvtalePrismodell, EditAvtaleVeilederinfo,
    EditEnkeltplass, EditGjennomforing, EditGjennomforingVeilederinfo, EndAvtale, EndGjennomforing,
    RemoveGjennomforing, RemoveKontaktperson, ReopenGjennomforing, SetApentForPamelding, SetArenaData,
    SetKategorisering, SetPublisert, SetStengt, SetTilgjengeligForArrangor, SetVentetid, UpsertArrangor,
    UpsertTiltakstype,
};
use tiltak_producer::domain::kodeverk::{
    GjennomforingStatus, Kurstype, Oppstart, PameldingType, Tiltakskode,
};
use tiltak_producer::domain::{
    ArenaData, AvtaleVeilederinfo, Egenskap, Gjennomforing, GjennomforingVeilederinfo, Kategorisering, Kind,
    Moment, Personvern, Prismodell, StengtPeriode, Ventetid, VentetidEnhet, rules,
};
use tiltak_producer::publish::{self, MigratedCodes};
use tiltak_producer::{
    AvtaleDetails, CommandError, EnkeltplassDetails, GjennomforingAggregate, GjennomforingDetails, Relast,
    Selection, TiltakstypeDetails, jobs,
};
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
    Personvern(Index, bool),
    Prismodell(Index),
    Stengt(Index, i64, i64),
    Ventetid(Index, Option<u32>),
    RemoveKontaktperson(Index),
    CreateAvtale(Tiltakskode, Option<i64>),
    /// A tiltakstype has a new name, and perhaps the tiltakskode of another.
    RenameTiltakstype(Tiltakskode, bool),
    RenameArrangor(Index),
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
        1 => (it(), any::<bool>()).prop_map(|(it, bekreftet)| Step::Personvern(it, bekreftet)),
        1 => it().prop_map(Step::Prismodell),
        1 => (it(), 0..5_i64, -1..5_i64).prop_map(|(it, from, days)| Step::Stengt(it, from, days)),
        1 => (it(), option::of(any::<u32>())).prop_map(|(it, weeks)| Step::Ventetid(it, weeks)),
        1 => it().prop_map(Step::RemoveKontaktperson),
        1 => (select(Tiltakskode::ALL), option::of(-90..90_i64)).prop_map(|(kode, end)| Step::CreateAvtale(kode, end)),
        1 => (select(Tiltakskode::ALL), rarely).prop_map(|(kode, other)| Step::RenameTiltakstype(kode, other)),
        1 => it().prop_map(Step::RenameArrangor),
        1 => it().prop_map(Step::AvbrytAvtale),
        1 => (it(), -3..1_i64).prop_map(|(it, day)| Step::AvsluttAvtale(it, day)),
        4 => (0..72_i64).prop_map(Step::Wait),
        2 => (0..72_i64).prop_map(Step::Stop),
    ]
}

/// The database, the time, and what a reader of the topics would hold.
struct World {
    setup: Setup,
    now: Moment,
    /// The day on which what was due was last run.
    ran: LocalDate,
    tables: BTreeMap<(String, String), Option<String>>,
    /// The commands that were made.
    executed: BTreeSet<&'static str>,
}

const KONTAKTPERSON: &str = "Z999999";

impl World {
    async fn new() -> Self {
        let setup = Setup::with_scale(16).await;
        setup.service.relast_gjennomforinger(&Relast::All, |_| {}).await.unwrap();
        let (now, ran) = (morning(), morning().today());
        let mut world = Self { setup, now, ran, tables: BTreeMap::new(), executed: BTreeSet::new() };
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
        jobs::run_due(&self.setup.service, self.now).await.unwrap();
        let fanouts = jobs::run_due_fanouts(&self.setup.service, self.now).await.unwrap();
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

    /// Notes the command when it is made.
    async fn execute<C: Command>(&mut self, command: C) -> Result<(), CommandError> {
        self.setup.service.execute(command, self.now).await?;
        self.executed.insert(C::NAME);
        Ok(())
    }

    #[expect(clippy::too_many_lines, reason = "one arm a step")]
    async fn make(&mut self, step: &Step) -> Result<(), CommandError> {
        let all = self.all().await;
        // Most commands are for kind AVTALE, so most are tried on one.
        let (ours, others): (Vec<_>, Vec<_>) =
            all.iter().partition(|aggregate| aggregate.gjennomforing.kind == Kind::Avtale);
        let some: Vec<_> = ours.iter().chain(others.iter().take(3)).collect();
        let id = |it: &Index| it.get(&some).gjennomforing.id;
        let other = |it: &Index| it.get(&all).gjennomforing.id;
        let avtaler = self.setup.store.begin().await?.avtaler(None, u32::MAX).await?;
        let avtale = |it: &Index| it.get(&avtaler).id;
        match step {
            Step::Wait(hours) => {
                self.wait(*hours).await;
                Ok(())
            }
            Step::Stop(hours) => {
                self.pass(*hours);
                Ok(())
            }
            Step::Create(it, details) => {
                let details = self.details(details);
                self.execute(CreateGjennomforing { id: new_id(), avtale: avtale(it), details }).await
            }
            Step::Edit(it, details) => {
                let details = self.details(details);
                self.execute(EditGjennomforing { id: id(it), details }).await
            }
            Step::Veilederinfo(it, some) => {
                let beskrivelse = some.then(|| "Tekst".to_owned());
                let kontaktpersoner = some.then(|| KONTAKTPERSON.to_owned()).into_iter().collect();
                let veilederinfo = GjennomforingVeilederinfo { beskrivelse, kontaktpersoner };
                self.execute(EditGjennomforingVeilederinfo { id: id(it), veilederinfo }).await
            }
            Step::Open(it, open) => self.execute(SetApentForPamelding { id: id(it), apent: *open }).await,
            Step::Tilgjengelig(it, day) => {
                let dato = day.map(|day| self.day(day));
                self.execute(SetTilgjengeligForArrangor { id: id(it), dato }).await
            }
            Step::Stengt(it, from, days) => {
                let (fra, til) = (self.day(*from), self.day(from + days));
                let stengt = vec![StengtPeriode { fra, til, beskrivelse: "Ferie".to_owned() }];
                self.execute(SetStengt { id: id(it), stengt }).await
            }
            Step::Avslutt(it) => {
                // Few are over: the job ends them first, unless nothing ran.
                let over = |it: &Gjennomforing| rules::has_ended(it, self.now.today());
                let over: Vec<_> = ours.iter().filter(|aggregate| over(&aggregate.gjennomforing)).collect();
                let id = if over.is_empty() { id(it) } else { it.get(&over).gjennomforing.id };
                self.execute(EndGjennomforing { id }).await
            }
            Step::Avbryt(it, day) => {
                self.execute(CancelGjennomforing { id: id(it), dato: self.day(*day) }).await
            }
            Step::Gjenapne(it, day) => {
                self.execute(ReopenGjennomforing { id: id(it), slutt_dato: self.day(*day) }).await
            }
            Step::Publisert(it, publisert) => {
                self.execute(SetPublisert { id: id(it), publisert: *publisert }).await
            }
            Step::Ventetid(it, weeks) => {
                let ventetid = weeks.map(|antall| Ventetid { antall, enhet: VentetidEnhet::Uke });
                self.execute(SetVentetid { id: id(it), ventetid }).await
            }
            Step::RemoveKontaktperson(it) => {
                let kontaktperson = KONTAKTPERSON.to_owned();
                self.execute(RemoveKontaktperson { id: id(it), kontaktperson }).await
            }
            Step::ArenaId(it, number) => {
                let arena = it.get(&some).gjennomforing.arena.clone();
                let arena = ArenaData { id: Some(*number), ..arena };
                self.execute(SetArenaData { id: id(it), arena }).await
            }
            Step::Kategoriser(it, kurstype) => {
                let kategorisering =
                    Some(Kategorisering { kurstype: *kurstype, ..Kategorisering::default() });
                self.execute(SetKategorisering { id: id(it), kategorisering }).await
            }
            Step::Remove(it) => {
                // Few may be removed.
                let may = |it: &&GjennomforingAggregate| rules::check_removal(&it.gjennomforing).is_ok();
                let removable: Vec<_> = all.iter().filter(may).collect();
                let tries_another = removable.is_empty() || it.index(3) == 0;
                let id = if tries_another { other(it) } else { it.get(&removable).gjennomforing.id };
                self.execute(RemoveGjennomforing { id }).await
            }
            Step::CreateEnkeltplass(kode, details) => {
                let details = self.enkeltplass(details);
                let new = self.setup.new_enkeltplass(*kode).await;
                self.execute(CreateEnkeltplass { details, ..new }).await
            }
            Step::EditEnkeltplass(it, details) => {
                let details = self.enkeltplass(details);
                self.execute(EditEnkeltplass { id: other(it), details }).await
            }
            Step::CreateAvtale(kode, end) => {
                let (id, tiltakstype) =
                    (scalar(&new_id().to_string()), self.setup.tiltakstype(*kode).await.id);
                let details = AvtaleDetails {
                    start_dato: self.day(0),
                    slutt_dato: end.map(|end| self.day(end)),
                    ..self.setup.avtale_details().await
                };
                self.execute(CreateAvtale { id, tiltakstype, details }).await
            }
            Step::EditAvtale(it, end, draft, nowhere) => {
                let before = AvtaleDetails::of(it.get(&avtaler));
                let arrangor = if *draft { None } else { Some(self.setup.arrangor().await) };
                let slutt_dato = end.map(|end| self.day(end));
                let regioner = if *nowhere { Vec::new() } else { vec![scalar("0300")] };
                let details = AvtaleDetails { arrangor, slutt_dato, regioner, ..before };
                self.execute(EditAvtale { id: avtale(it), details }).await
            }
            Step::InformAvtale(it) => {
                let veilederinfo = AvtaleVeilederinfo { beskrivelse: Some("Tekst".to_owned()) };
                self.execute(EditAvtaleVeilederinfo { id: avtale(it), veilederinfo }).await
            }
            Step::Personvern(it, bekreftet) => {
                let personvern = Personvern { bekreftet: *bekreftet, ..Personvern::default() };
                self.execute(EditAvtalePersonvern { id: avtale(it), personvern }).await
            }
            Step::Prismodell(it) => {
                let prismodell = Prismodell { prisbetingelser: Some("Fast pris".to_owned()) };
                self.execute(EditAvtalePrismodell { id: avtale(it), prismodell }).await
            }
            Step::AvbrytAvtale(it) => self.execute(CancelAvtale { id: avtale(it) }).await,
            Step::AvsluttAvtale(it, day) => {
                self.execute(EndAvtale { id: avtale(it), slutt_dato: self.day(*day) }).await
            }
            Step::RenameTiltakstype(kode, as_another) => {
                let stored = self.setup.tiltakstype(*kode).await;
                let tiltakskode = if *as_another { Tiltakskode::Oppfolging } else { *kode };
                let navn = format!("{}!", stored.navn);
                let details = TiltakstypeDetails { navn, tiltakskode, ..TiltakstypeDetails::of(&stored) };
                self.execute(UpsertTiltakstype { id: stored.id, details }).await
            }
            Step::RenameArrangor(it) => {
                let organisasjonsnummer = it.get(&all).gjennomforing.arrangor.clone();
                self.execute(UpsertArrangor { organisasjonsnummer, navn: "Nytt navn".to_owned() }).await
            }
        }
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
        for aggregate in &all_after {
            assert_rules(aggregate, self.ran);
        }
        assert_transitions(&all_before, &all_after, step);
        self.deliver().await;
    }

    /// What readers hold is what would be published from the database.
    async fn assert_published(&self) {
        let all = self.all().await;
        let mut expected = BTreeSet::new();
        for aggregate in &all {
            for record in publish::gjennomforing(aggregate, &MigratedCodes::production()).unwrap() {
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
fn assert_rules(aggregate: &GjennomforingAggregate, ran: LocalDate) {
    let GjennomforingAggregate { gjennomforing: it, tiltakstype, .. } = aggregate;
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
        before.iter().map(|aggregate| (aggregate.gjennomforing.id, &aggregate.gjennomforing)).collect();
    for aggregate in after {
        let after = &aggregate.gjennomforing;
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

/// Steps that every run of the tests makes: a command that none of them executes is one that the laws are not tried on.
#[tokio::test]
async fn every_command_is_among_the_steps_and_is_made() {
    let (mut runner, mut world) = (TestRunner::deterministic(), World::new().await);
    for _ in 0..1_000 {
        let step = step().new_tree(&mut runner).unwrap().current();
        let _ = world.make(&step).await;
    }
    assert_eq!(world.executed, COMMANDS.iter().copied().collect());
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
