//! The tests of the store and of the changes, for every kind of database.
//!
//! A test binary that includes them has at its root a `TestDatabase`: `TestDatabase::create()` gives an empty database
//! of its own to each test, which goes when it is dropped; `location()` and `url()` say where it is, to the store and to
//! sqlx.

pub(crate) mod changes;
mod concurrent;
mod documents;
mod import;
mod store;

use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::{CommandService, GjennomforingAggregate, Selection, Store, seed};
use tiltak_schema::scalar::GjennomforingId;

use crate::TestDatabase;

pub(crate) fn at(instant: &str) -> Moment {
    Moment::at(instant.parse().unwrap()).unwrap()
}

pub(crate) fn morning() -> Moment {
    at("2026-03-16T08:00:00Z")
}

/// A seeded database.
pub(crate) struct Setup {
    // Before the database: connections are closed before it goes.
    pub(crate) store: Store,
    pub(crate) service: CommandService,
    pub(crate) database: TestDatabase,
}

impl Setup {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let store = Store::connect(&database.location()).await.unwrap();
        let options = seed::Options { scale: 200, ..seed::Options::default() };
        seed::load(&store, &options, morning(), |_| {}).await.unwrap();
        Self { service: CommandService::new(store.clone()), store, database }
    }

    pub(crate) async fn all(&self, selection: Selection) -> Vec<GjennomforingAggregate> {
        self.store.begin().await.unwrap().gjennomforinger(selection, None, u32::MAX).await.unwrap()
    }

    pub(crate) async fn find(&self, wanted: impl Fn(&Gjennomforing) -> bool) -> Gjennomforing {
        let all = self.all(Selection::All).await;
        all.into_iter().map(|aggregate| aggregate.gjennomforing).find(wanted).unwrap()
    }

    pub(crate) async fn editable(&self) -> Gjennomforing {
        self.find(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores).await
    }

    pub(crate) async fn get(&self, id: GjennomforingId) -> Option<Gjennomforing> {
        let aggregate = self.store.begin().await.unwrap().gjennomforing(id).await.unwrap();
        aggregate.map(|aggregate| aggregate.gjennomforing)
    }
}
