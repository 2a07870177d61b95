//! The metrics of a service. `producer/ops/README.md` lists them; when you add one, add it there.

mod process;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::Method;
use jiff::Timestamp;
use kafka_outbox::{Backlog, RestartReason};
use prometheus_client::encoding::{EncodeLabelSet, prometheus_text, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::jobs::schedule::Job;

type Seconds = Gauge<f64, AtomicU64>;
type HistogramFamily<L> = Family<L, Histogram, fn() -> Histogram>;

/// The bounds of HTTP durations in seconds: the defaults of Prometheus's own clients.
const HTTP_BUCKETS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Value of the label `job` for the fan-outs of avtaler.
pub(crate) const FANOUT: &str = "fanout";
/// Value of the label `job` for a failure that belongs to no single job.
pub(crate) const ANY_JOB: &str = "any";

/// A text format of the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExpositionFormat {
    /// Prometheus text format 0.0.4.
    Prometheus,
    /// OpenMetrics 1.0.
    OpenMetrics,
}

impl ExpositionFormat {
    /// The media type without parameters.
    pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text";

    /// The value of `Content-Type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Prometheus => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// How a run of a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobOutcome {
    /// Everything was done.
    Done,
    /// At least one entity cannot be published after the job's change.
    Refused,
    /// The database or the process has failed.
    Failed,
}

impl JobOutcome {
    const ALL: [Self; 3] = [Self::Done, Self::Refused, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The metrics of a service.
pub(crate) struct Metrics {
    registry: Registry,
    database_up: Gauge,
    pending_records: Gauge,
    oldest_pending_age: Seconds,
    parked_changes: Gauge,
    checkpoint: Gauge,
    relay_publishing: Gauge,
    records_published: Counter,
    kafka_transaction_duration: Histogram,
    commit_to_visible: Histogram,
    producer_restarts: Family<ByReason, Counter>,
    http_requests: Family<ByRoute, Counter>,
    http_request_duration: HistogramFamily<ByStatusClass>,
    job_runs: Family<ByJob, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
    revision: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByReason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByRoute {
    method: &'static str,
    route: String,
    status: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByStatusClass {
    method: &'static str,
    route: String,
    status_class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByJob {
    job: &'static str,
    outcome: &'static str,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            database_up: Gauge::default(),
            pending_records: Gauge::default(),
            oldest_pending_age: Seconds::default(),
            parked_changes: Gauge::default(),
            checkpoint: Gauge::default(),
            relay_publishing: Gauge::default(),
            records_published: Counter::default(),
            // 2 ms to 16 s: the broker ends a transaction after 15 s.
            kafka_transaction_duration: Histogram::new(exponential_buckets(0.002, 2.0, 14)),
            // 2 ms to 4.4 min: an outage shows as more than a minute.
            commit_to_visible: Histogram::new(exponential_buckets(0.002, 2.0, 18)),
            producer_restarts: Family::default(),
            http_requests: Family::default(),
            http_request_duration: HistogramFamily::new_with_constructor(|| Histogram::new(HTTP_BUCKETS)),
            job_runs: Family::default(),
        };
        metrics.register();
        metrics.initialise();
        metrics
    }

    fn register(&mut self) {
        process::register(&mut self.registry);
        let all = self.registry.sub_registry_with_prefix("tiltak_producer");
        let build = Build {
            version: env!("CARGO_PKG_VERSION"),
            revision: option_env!("TILTAK_REVISION").unwrap_or("unknown"),
        };
        all.register("build", "Version and source revision of the program", Info::new(build));
        all.register(
            "database_up",
            "1 if the database answered when it was last asked",
            self.database_up.clone(),
        );
        all.register(
            "outbox_pending_records",
            "Records in the outbox that wait to be published, without those of parked changes",
            self.pending_records.clone(),
        );
        all.register_with_unit(
            "outbox_oldest_pending_age",
            "Age of the oldest change that waits to be published; 0 if none waits",
            Unit::Seconds,
            self.oldest_pending_age.clone(),
        );
        all.register(
            "parked_changes",
            "Changes that are not published until an operator retries or discards them",
            self.parked_changes.clone(),
        );
        all.register(
            "checkpoint",
            "The sequence number of the last batch that is known to be published",
            self.checkpoint.clone(),
        );
        all.register(
            "relay_publishing",
            "1 if the relay of this process publishes, 0 if it stands by, fails or has halted",
            self.relay_publishing.clone(),
        );
        all.register("records_published", "Records that were published", self.records_published.clone());
        all.register_with_unit(
            "kafka_transaction_duration",
            "Time from the beginning of a Kafka transaction to the end of its commit",
            Unit::Seconds,
            self.kafka_transaction_duration.clone(),
        );
        all.register_with_unit(
            "commit_to_visible",
            "Time from the commit of a change in the database to the commit of its Kafka transaction",
            Unit::Seconds,
            self.commit_to_visible.clone(),
        );
        all.register(
            "kafka_producer_restarts",
            "Kafka producers that were dropped and replaced",
            self.producer_restarts.clone(),
        );
        all.register("http_requests", "HTTP requests that were answered", self.http_requests.clone());
        all.register_with_unit(
            "http_request_duration",
            "Time from the head of an HTTP request to the head of its answer",
            Unit::Seconds,
            self.http_request_duration.clone(),
        );
        all.register("job_runs", "Runs of jobs and fan-outs of avtaler", self.job_runs.clone());
    }

    /// Gives every known label set its 0: a counter that first appears as 1 shows no increase.
    fn initialise(&self) {
        for job in Job::ALL.map(Job::name).into_iter().chain([FANOUT, ANY_JOB]) {
            for outcome in JobOutcome::ALL {
                drop(self.job_runs.get_or_create(&ByJob { job, outcome: outcome.as_str() }));
            }
        }
        for reason in [
            RestartReason::Fenced,
            RestartReason::TimedOut,
            RestartReason::NotDelivered,
            RestartReason::Failed,
        ] {
            drop(self.producer_restarts.get_or_create(&ByReason { reason: reason.as_str() }));
        }
    }

    pub(crate) fn render(&self, format: ExpositionFormat) -> String {
        let mut rendered = String::new();
        // Nothing fails that writes to a string.
        let _ = match format {
            ExpositionFormat::Prometheus => prometheus_text::encode(&mut rendered, &self.registry),
            ExpositionFormat::OpenMetrics => text::encode(&mut rendered, &self.registry),
        };
        rendered
    }

    pub(crate) fn outbox(&self, backlog: Backlog, parked: usize, now: Timestamp) {
        self.database_up.set(1);
        self.pending_records.set(i64::try_from(backlog.records).unwrap_or(i64::MAX));
        let age = backlog.oldest.map_or(0.0, |oldest| now.duration_since(oldest).as_secs_f64());
        self.oldest_pending_age.set(age.max(0.0));
        self.parked_changes.set(i64::try_from(parked).unwrap_or(i64::MAX));
    }

    pub(crate) fn no_database(&self) {
        self.database_up.set(0);
    }

    pub(crate) fn checkpoint(&self, sequence: i64) {
        self.checkpoint.set(sequence);
    }

    /// Counts a Kafka transaction that was committed.
    pub(crate) fn transaction(&self, records: usize, duration: Duration) {
        self.records_published.inc_by(records as u64);
        self.kafka_transaction_duration.observe(duration.as_secs_f64());
    }

    /// Measures a change: the time from its commit in the database to the commit of its Kafka transaction.
    pub(crate) fn commit_to_visible(&self, duration: Duration) {
        self.commit_to_visible.observe(duration.as_secs_f64());
    }

    pub(crate) fn publishing(&self, publishing: bool) {
        self.relay_publishing.set(publishing.into());
    }

    /// Counts a Kafka producer that was dropped and replaced.
    pub(crate) fn producer_restart(&self, reason: RestartReason) {
        self.producer_restarts.get_or_create(&ByReason { reason: reason.as_str() }).inc();
    }

    /// Counts and measures a request that was answered. `route` is the pattern of the path, not the path.
    pub(crate) fn request(&self, method: &Method, route: &str, status: u16, duration: Duration) {
        let (method, status_class) = (method_label(method), status_class(status));
        let by_route = ByRoute { method, route: route.to_owned(), status: status.into() };
        self.http_requests.get_or_create(&by_route).inc();
        let by_class = ByStatusClass { method, route: route.to_owned(), status_class };
        self.http_request_duration.get_or_create(&by_class).observe(duration.as_secs_f64());
    }

    pub(crate) fn job(&self, job: &'static str, outcome: JobOutcome) {
        self.job_runs.get_or_create(&ByJob { job, outcome: outcome.as_str() }).inc();
    }
}

/// The method as a label. A caller may invent methods without end, and each series stays in memory.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn status_class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prometheus_format_has_no_word_of_openmetrics() {
        let metrics = Metrics::new();
        let text = metrics.render(ExpositionFormat::Prometheus);
        assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
        assert!(text.contains("# TYPE tiltak_producer_records_published_total counter"), "{text}");
        assert!(metrics.render(ExpositionFormat::OpenMetrics).ends_with("# EOF\n"));
    }

    #[test]
    fn invented_methods_share_one_series() {
        let metrics = Metrics::new();
        for method in ["BREW", "WHEN", "PROPFIND"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            metrics.request(&method, "none", 405, Duration::from_millis(20));
        }
        let text = metrics.render(ExpositionFormat::Prometheus);
        let series = "tiltak_producer_http_requests_total{method=\"other\",route=\"none\",status=\"405\"} 3";
        assert!(text.lines().any(|line| line == series), "{text}");
        let bucket = "tiltak_producer_http_request_duration_seconds_bucket{method=\"other\",route=\"none\",\
                      status_class=\"4xx\",le=\"0.025\"} 3";
        assert!(text.lines().any(|line| line == bucket), "{text}");
    }

    #[test]
    fn a_counter_of_a_known_label_set_begins_at_0() {
        let text = Metrics::new().render(ExpositionFormat::Prometheus);
        for series in [
            "tiltak_producer_job_runs_total{job=\"fanout\",outcome=\"refused\"} 0",
            "tiltak_producer_job_runs_total{job=\"status\",outcome=\"failed\"} 0",
            "tiltak_producer_kafka_producer_restarts_total{reason=\"fenced\"} 0",
        ] {
            assert!(text.lines().any(|line| line == series), "{series}\n{text}");
        }
    }
}
