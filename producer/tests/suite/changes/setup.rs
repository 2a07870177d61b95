//! A seeded database, what to change in it, and what stands in it.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tiltak_producer::commands::CreateGjennomforing;
use tiltak_producer::commands::{CreateAvtale, CreateEnkeltplass};
use tiltak_producer::domain::kodeverk::{GjennomforingStatus, Oppstart, PameldingType, Tiltakskode};
use tiltak_producer::domain::{Avtale, Gjennomforing, Kind, Moment, Tiltakstype};
use tiltak_producer::kafka_outbox::{BatchLimits, OutboxRecord, Published, RecordValidator};
use tiltak_producer::publish::{self, MigratedCodes};
use tiltak_producer::{
    AvtaleDetails, CommandError, CommandService, EnkeltplassDetails, GjennomforingAggregate,
    GjennomforingDetails, Selection, Store, seed,
};
use tiltak_schema::scalar::{AvtaleId, GjennomforingId, Instant, LocalDate, Organisasjonsnummer, Scalar};
use uuid::Uuid;

use crate::TestDatabase;

pub(crate) const V2: &str = "siste-tiltaksgjennomforinger-v2";
pub(crate) const ARENA: &str = "arena-migrering-tiltaksgjennomforinger-v1";
pub(crate) const DATAVAREHUS: &str = "datavarehus-tiltak-v1";
/// The topics of a change of a gjennomføring that Arena is told of, and of one that it is not told of.
pub(crate) const ALL_THREE: &[&str] = &[V2, DATAVAREHUS, ARENA];
pub(crate) const NOT_ARENA: &[&str] = &[V2, DATAVAREHUS];

pub(crate) fn at(instant: &str) -> Moment {
    Moment::at(instant.parse().unwrap()).unwrap()
}

/// A Monday, on which every change is made unless a test says otherwise.
pub(crate) fn morning() -> Moment {
    at("2026-03-16T08:00:00Z")
}

pub(crate) fn seconds_later(seconds: i64) -> Moment {
    let later = morning().instant().timestamp() + jiff::SignedDuration::from_secs(seconds);
    Moment::at(later).unwrap()
}

pub(crate) fn scalar<T: Scalar>(text: &str) -> T {
    text.parse().unwrap()
}

pub(crate) fn day(text: &str) -> LocalDate {
    scalar(text)
}

/// Everything that stands in the database.
#[derive(Debug, PartialEq)]
pub(crate) struct Contents {
    tiltakstyper: Vec<Tiltakstype>,
    avtaler: Vec<Avtale>,
    gjennomforinger: Vec<GjennomforingAggregate>,
    fanouts: Vec<AvtaleId>,
    runs: Vec<Option<LocalDate>>,
    outbox: Vec<OutboxRecord>,
}

pub(crate) struct Setup {
    // Before the database: connections are closed before it goes.
    pub(crate) store: Store,
    pub(crate) service: CommandService,
    pub(crate) database: TestDatabase,
}

impl Setup {
    /// With the real tiltakstyper and a hundred invented gjennomføringer.
    pub(crate) async fn new() -> Self {
        Self::with_scale(100).await
    }

    pub(crate) async fn with_scale(scale: usize) -> Self {
        let setup = Self::empty().await;
        let options = seed::Options { scale, ..seed::Options::default() };
        seed::load(&setup.store, &options, morning(), |_| {}).await.unwrap();
        setup
    }

    pub(crate) async fn empty() -> Self {
        let database = TestDatabase::create().await;
        let store = Store::connect(&database.location()).await.unwrap();
        Self { service: CommandService::new(store.clone()), store, database }
    }

    pub(crate) async fn contents(&self) -> Contents {
        let outbox = self.store.outbox().records(u32::MAX).await.unwrap();
        let mut tx = self.store.begin().await.unwrap();
        Contents {
            tiltakstyper: tx.tiltakstyper().await.unwrap(),
            avtaler: tx.avtaler(None, u32::MAX).await.unwrap(),
            gjennomforinger: tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap(),
            fanouts: tx.due_fanouts(end_of_time()).await.unwrap(),
            runs: vec![tx.last_run("status").await.unwrap(), tx.last_run("pamelding").await.unwrap()],
            outbox,
        }
    }

    /// A change that is refused, and of which nothing is written.
    pub(crate) async fn refused<T: std::fmt::Debug>(
        &self,
        change: impl Future<Output = Result<T, CommandError>>,
    ) -> CommandError {
        let before = self.contents().await;
        let error = change.await.unwrap_err();
        assert!(self.contents().await == before, "something was written: {error}");
        error
    }

    /// A change that breaks the rule with this name, and of which nothing is written.
    pub(crate) async fn breaks<T: std::fmt::Debug>(
        &self,
        rule: &str,
        change: impl Future<Output = Result<T, CommandError>>,
    ) {
        let error = self.refused(change).await;
        assert_eq!(error.rule(), Some(rule), "{error}");
    }

    pub(crate) async fn all(&self, selection: Selection) -> Vec<GjennomforingAggregate> {
        self.store.begin().await.unwrap().gjennomforinger(selection, None, u32::MAX).await.unwrap()
    }

    pub(crate) async fn find(&self, wanted: impl Fn(&Gjennomforing) -> bool) -> Gjennomforing {
        let all = self.all(Selection::All).await;
        all.into_iter().map(|aggregate| aggregate.gjennomforing).find(wanted).unwrap()
    }

    pub(crate) async fn aggregate(&self, id: GjennomforingId) -> GjennomforingAggregate {
        self.store.begin().await.unwrap().gjennomforing(id).await.unwrap().unwrap()
    }

    pub(crate) async fn get(&self, id: GjennomforingId) -> Gjennomforing {
        self.aggregate(id).await.gjennomforing
    }

    pub(crate) async fn get_avtale(&self, id: AvtaleId) -> Avtale {
        self.store.begin().await.unwrap().avtale(id).await.unwrap().unwrap()
    }

    pub(crate) async fn tiltakstype(&self, kode: Tiltakskode) -> Tiltakstype {
        self.store.begin().await.unwrap().tiltakstype_of(kode).await.unwrap().unwrap()
    }

    pub(crate) async fn arrangor(&self) -> Organisasjonsnummer {
        self.find(|_| true).await.arrangor
    }

    /// Saves what no command would, as an import from Arena does.
    pub(crate) async fn put(&self, change: Gjennomforing) {
        let mut tx = self.store.begin().await.unwrap();
        tx.save_gjennomforing(&Gjennomforing { version: change.version.next(), ..change }).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// An avtale from 2025 on, of which nothing waits in the outbox or for a fan-out.
    pub(crate) async fn avtale(&self, kode: Tiltakskode) -> AvtaleId {
        let id = AvtaleId::new(fresh());
        let (tiltakstype, details) = (self.tiltakstype(kode).await.id, self.avtale_details().await);
        self.service.execute(CreateAvtale { id, tiltakstype, details }, morning()).await.unwrap();
        self.forget_fanouts().await;
        id
    }

    pub(crate) async fn avtale_details(&self) -> AvtaleDetails {
        AvtaleDetails {
            navn: "Avtalen".to_owned(),
            arrangor: Some(self.arrangor().await),
            start_dato: day("2025-01-01"),
            slutt_dato: Some(day("2027-12-31")),
            regioner: vec![scalar("0300")],
        }
    }

    /// A gjennomføring under a new avtale, of which nothing waits in the outbox.
    pub(crate) async fn gjennomforing(&self, kode: Tiltakskode) -> Gjennomforing {
        let avtale = self.avtale(kode).await;
        self.gjennomforing_under(avtale, details()).await
    }

    pub(crate) async fn gjennomforing_under(
        &self,
        avtale: AvtaleId,
        details: GjennomforingDetails,
    ) -> Gjennomforing {
        let id = new_id();
        self.service.execute(CreateGjennomforing { id, avtale, details }, morning()).await.unwrap();
        self.take_outbox().await;
        self.get(id).await
    }

    /// One that has ended, of kind AVTALE.
    pub(crate) async fn with_status(&self, status: GjennomforingStatus) -> Gjennomforing {
        let running = self.gjennomforing(Tiltakskode::Oppfolging).await;
        let ended = Gjennomforing {
            status,
            apent_for_pamelding: false,
            slutt_dato: Some(day("2026-03-15")),
            ..running
        };
        self.put(ended.clone()).await;
        self.get(ended.id).await
    }

    /// One that was put there as an import from Arena does.
    pub(crate) async fn arena_gruppe(&self) -> Gjennomforing {
        self.find(|it| it.kind == Kind::Arena && it.oppstart == Oppstart::Lopende).await
    }

    pub(crate) async fn new_enkeltplass(&self, kode: Tiltakskode) -> CreateEnkeltplass {
        CreateEnkeltplass {
            id: new_id(),
            tiltakstype: self.tiltakstype(kode).await.id,
            arrangor: self.arrangor().await,
            details: enkeltplass_details(),
        }
    }

    /// An enkeltplass, of which nothing waits in the outbox.
    pub(crate) async fn enkeltplass(&self, kode: Tiltakskode) -> Gjennomforing {
        let new = self.new_enkeltplass(kode).await;
        let id = new.id;
        self.service.execute(new, morning()).await.unwrap();
        self.take_outbox().await;
        self.get(id).await
    }

    /// What waits in the outbox, which is then empty.
    pub(crate) async fn take_outbox(&self) -> Vec<OutboxRecord> {
        let rows = self.store.outbox().records(u32::MAX).await.unwrap();
        let all = BatchLimits { records: u32::MAX, bytes: u32::MAX };
        let lease = self.store.outbox().acquire("the test").await.unwrap();
        let validator: Arc<dyn RecordValidator> = Arc::new(|_: &OutboxRecord| Ok(()));
        if let Some(batch) = lease.next_batch(&BTreeSet::new(), 0, all, &validator).await.unwrap() {
            let sequence = lease.sequence(&batch, None).await.unwrap();
            lease.prune(&Published { sequence, changes: batch.changes }).await.unwrap();
        }
        rows
    }

    /// What waits in the outbox is one record on each of these topics, with the gjennomføring as it stands. Empties it.
    pub(crate) async fn assert_published(&self, topics: &[&str], id: GjennomforingId) {
        let rows = self.take_outbox().await;
        assert_eq!(rows.iter().map(|row| row.topic.as_str()).collect::<Vec<_>>(), topics);
        let aggregate = self.aggregate(id).await;
        let expected = publish::gjennomforing(&aggregate, &MigratedCodes::production()).unwrap();
        for (row, expected) in rows.iter().zip(expected) {
            assert_eq!((&row.key, &row.value), (&expected.key, &expected.value), "{}", row.topic);
        }
    }

    pub(crate) async fn assert_nothing_published(&self) {
        assert_eq!(self.take_outbox().await, []);
    }

    pub(crate) async fn pending_fanouts(&self) -> usize {
        self.store.begin().await.unwrap().pending_fanouts().await.unwrap()
    }

    pub(crate) async fn forget_fanouts(&self) {
        let mut tx = self.store.begin().await.unwrap();
        for avtale in tx.due_fanouts(end_of_time()).await.unwrap() {
            assert!(tx.take_fanout(avtale, end_of_time()).await.unwrap());
        }
        tx.commit().await.unwrap();
    }
}

fn end_of_time() -> Instant {
    scalar("9999-12-30T00:00:00Z")
}

/// An id that no other call gives.
fn fresh() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

pub(crate) fn new_id() -> GjennomforingId {
    GjennomforingId::new(fresh())
}

/// Details that every tiltakstype with avtaler allows.
pub(crate) fn details() -> GjennomforingDetails {
    GjennomforingDetails {
        navn: "Gjennomføringen".to_owned(),
        oppstart: Oppstart::Lopende,
        pamelding_type: PameldingType::DirekteVedtak,
        start_dato: day("2026-01-01"),
        slutt_dato: Some(day("2026-06-30")),
        antall_plasser: 10,
        deltidsprosent: 100.0,
        oppmote_sted: None,
    }
}

pub(crate) fn enkeltplass_details() -> EnkeltplassDetails {
    EnkeltplassDetails {
        oppstart: Oppstart::Enkeltplass,
        pamelding_type: PameldingType::DirekteVedtak,
        navn: None,
        start_dato: None,
        slutt_dato: None,
        antall_plasser: None,
        deltidsprosent: None,
        ansvarlig_enhet: Some(scalar("0219")),
    }
}

/// The keys of a topic's records.
pub(crate) fn keys<'a>(rows: &'a [OutboxRecord], topic: &str) -> Vec<&'a str> {
    rows.iter().filter(|row| row.topic == topic).map(|row| row.key.as_str()).collect()
}
