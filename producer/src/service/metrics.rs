//! What is counted and measured, for Prometheus.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use kafka_outbox::{Backlog, RestartReason};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

type Seconds = Gauge<f64, AtomicU64>;

/// What is counted and measured.
pub(crate) struct Metrics {
    registry: Registry,
    database_up: Gauge,
    pending: Gauge,
    oldest: Seconds,
    parked: Gauge,
    checkpoint: Gauge,
    publishing: Gauge,
    records: Counter,
    transactions: Histogram,
    restarts: Family<ByReason, Counter>,
    requests: Family<ByRoute, Counter>,
    jobs: Family<ByJob, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    method: String,
    route: String,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByJob {
    job: &'static str,
    outcome: &'static str,
}

impl Metrics {
    pub(super) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("tiltak_producer"),
            database_up: Gauge::default(),
            pending: Gauge::default(),
            oldest: Seconds::default(),
            parked: Gauge::default(),
            checkpoint: Gauge::default(),
            publishing: Gauge::default(),
            records: Counter::default(),
            // 2 ms to 16 s: a transaction is ended by the broker after 15 s.
            transactions: Histogram::new(exponential_buckets(0.002, 2.0, 14)),
            restarts: Family::default(),
            requests: Family::default(),
            jobs: Family::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("database_up", "1 if the database has answered", self.database_up.clone());
        all.register("outbox_pending_rows", "Records that wait to be published", self.pending.clone());
        all.register_with_unit(
            "outbox_oldest_pending",
            "Age of the oldest change that waits to be published; 0 if none does",
            Unit::Seconds,
            self.oldest.clone(),
        );
        all.register(
            "parked_changes",
            "Changes that are not published until somebody looks",
            self.parked.clone(),
        );
        all.register(
            "checkpoint_sequence",
            "The sequence number of the last batch that was published",
            self.checkpoint.clone(),
        );
        all.register("relay_publishing", "1 if the relay of this process publishes", self.publishing.clone());
        all.register("records_published", "Records that were published", self.records.clone());
        all.register_with_unit(
            "transaction",
            "Time of a Kafka transaction, from its beginning to the end of its commit",
            Unit::Seconds,
            self.transactions.clone(),
        );
        all.register(
            "producer_rebuilds",
            "Kafka producers that were dropped for a new one",
            self.restarts.clone(),
        );
        all.register("http_requests", "Requests that were answered", self.requests.clone());
        all.register("job_runs", "Runs of jobs and fan-outs of avtaler", self.jobs.clone());
    }

    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        // Nothing fails that writes to a string.
        let _ = encode(&mut text, &self.registry);
        text
    }

    pub(super) fn outbox(&self, backlog: Backlog, parked: usize, now: Timestamp) {
        self.database_up.set(1);
        self.pending.set(i64::try_from(backlog.records).unwrap_or(i64::MAX));
        let age = backlog.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64());
        self.oldest.set(age.max(0.0));
        self.parked.set(i64::try_from(parked).unwrap_or(i64::MAX));
    }

    pub(super) fn no_database(&self) {
        self.database_up.set(0);
    }

    pub(super) fn checkpoint(&self, sequence: i64) {
        self.checkpoint.set(sequence);
    }

    pub(super) fn batch(&self, records: usize, took: Duration) {
        self.records.inc_by(records as u64);
        self.transactions.observe(took.as_secs_f64());
    }

    pub(super) fn publishing(&self, publishing: bool) {
        self.publishing.set(publishing.into());
    }

    pub(super) fn restart(&self, reason: RestartReason) {
        self.restarts.get_or_create(&ByReason { reason: reason.as_str() }).inc();
    }

    pub(crate) fn request(&self, method: &str, route: &str, status: u16) {
        let labels = ByRoute { method: method.to_owned(), route: route.to_owned(), status: status.into() };
        self.requests.get_or_create(&labels).inc();
    }

    pub(super) fn job(&self, job: &'static str, outcome: &'static str) {
        self.jobs.get_or_create(&ByJob { job, outcome }).inc();
    }
}
