//! When jobs run. Pure: the time is an argument.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use tiltak_schema::scalar::{Instant, LocalDate};

use crate::commands::FANOUT_DELAY;
use crate::domain::{Moment, oslo};

/// How far the clocks of two machines may be apart.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_hours(1);

/// A job that runs at a time of day in Norway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// The status job, at 00:00: ends gjennomføringer whose sluttDato is over.
    Status,
    /// The påmelding job, at 23:55: closes gjennomføringer for påmelding that start on this day for all participants
    /// at once.
    Pamelding,
}

impl Job {
    /// All jobs.
    pub const ALL: [Self; 2] = [Self::Status, Self::Pamelding];

    /// The name of the job in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Pamelding => "pamelding",
        }
    }

    fn time(self) -> Time {
        match self {
            Self::Status => Time::constant(0, 0, 0, 0),
            Self::Pamelding => Time::constant(23, 55, 0, 0),
        }
    }

    /// The time of the run for a day. Norway changes its clocks at 02:00 and 03:00, when no job runs, so each day has
    /// one run.
    pub fn run_at(self, day: LocalDate) -> Timestamp {
        let local = day.date().to_datetime(self.time());
        let timestamp = oslo().to_timestamp(local);
        // Only on the last days of the year 9999 is there no such time.
        timestamp.unwrap_or(Timestamp::MAX)
    }
}

/// The run of a job for a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Run {
    /// The job.
    pub job: Job,
    /// The day that the run is for.
    pub day: LocalDate,
}

/// The runs that are due, in the order of their times. `last` has the last day for which each job has run.
///
/// A job that never ran has missed nothing: its latest run alone is due.
pub fn due(last: &[(Job, Option<LocalDate>)], now: Moment) -> Vec<Run> {
    let mut runs: Vec<Run> = last.iter().flat_map(|(job, last)| due_of(*job, *last, now)).collect();
    runs.sort_by_key(|run| run.job.run_at(run.day));
    runs
}

/// The day to store in place of a last run that lies in the future; `None` if it does not. Then only the latest run
/// is due.
///
/// A clock that was ahead noted it, and no run would be due until that day. The next day is not ahead: clocks differ by a
/// little at midnight.
pub fn set_back(job: Job, last: LocalDate, now: Moment) -> Option<LocalDate> {
    let latest = latest(job, now)?;
    if last > tomorrow(latest)? { yesterday(latest) } else { None }
}

/// The latest time at which a fan-out may be due, seen from now; `None` at the end of time. A later one was written
/// by a process whose clock was ahead, and would wait until then.
pub fn latest_fanout(now: Moment) -> Option<Instant> {
    now.instant().timestamp().checked_add(FANOUT_DELAY + CLOCK_TOLERANCE).ok().and_then(Instant::new)
}

/// The last day whose run has had its time.
fn latest(job: Job, now: Moment) -> Option<LocalDate> {
    let now_is_after = |day: &LocalDate| job.run_at(*day) <= now.instant().timestamp();
    [Some(now.today()), yesterday(now.today())].into_iter().flatten().find(now_is_after)
}

fn due_of(job: Job, last: Option<LocalDate>, now: Moment) -> Vec<Run> {
    let Some(latest) = latest(job, now) else { return Vec::new() };
    let mut day = match last {
        None => Some(latest),
        Some(last) => tomorrow(last),
    };
    let mut runs = Vec::new();
    while let Some(next) = day.filter(|day| *day <= latest) {
        runs.push(Run { job, day: next });
        day = tomorrow(next);
    }
    runs
}

fn tomorrow(day: LocalDate) -> Option<LocalDate> {
    day.date().tomorrow().ok().and_then(LocalDate::new)
}

fn yesterday(day: LocalDate) -> Option<LocalDate> {
    day.date().yesterday().ok().and_then(LocalDate::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::scalar;

    fn at(instant: &str) -> Moment {
        Moment::at(instant.parse().unwrap()).unwrap()
    }

    fn utc(job: Job, day: &str) -> String {
        job.run_at(scalar(day)).to_string()
    }

    /// The runs that are due, as `job day`.
    fn runs(last: &[(Job, Option<LocalDate>)], now: &str) -> Vec<String> {
        due(last, at(now)).into_iter().map(|run| format!("{} {}", run.job.name(), run.day)).collect()
    }

    #[test]
    fn a_run_keeps_its_time_of_day_over_both_changes_of_the_clocks() {
        // In 2026 summer time begins on 29 March and ends on 25 October.
        assert_eq!(utc(Job::Status, "2026-03-28"), "2026-03-27T23:00:00Z");
        assert_eq!(utc(Job::Status, "2026-03-29"), "2026-03-28T23:00:00Z");
        assert_eq!(utc(Job::Status, "2026-03-30"), "2026-03-29T22:00:00Z");
        assert_eq!(utc(Job::Pamelding, "2026-03-28"), "2026-03-28T22:55:00Z");
        assert_eq!(utc(Job::Pamelding, "2026-03-29"), "2026-03-29T21:55:00Z");
        assert_eq!(utc(Job::Status, "2026-10-25"), "2026-10-24T22:00:00Z");
        assert_eq!(utc(Job::Status, "2026-10-26"), "2026-10-25T23:00:00Z");
        assert_eq!(utc(Job::Pamelding, "2026-10-24"), "2026-10-24T21:55:00Z");
        assert_eq!(utc(Job::Pamelding, "2026-10-25"), "2026-10-25T22:55:00Z");
    }

    #[test]
    fn each_day_has_exactly_one_run_also_when_it_has_23_or_25_hours() {
        for (first, after_five_days) in [("2026-03-27", "2026-04-01"), ("2026-10-23", "2026-10-28")] {
            let mut last = [(Job::Status, Some(scalar(first))), (Job::Pamelding, Some(scalar(first)))];
            let mut now = Job::Pamelding.run_at(scalar(first));
            let end = Job::Pamelding.run_at(scalar(after_five_days));
            let mut counts = [0; 2];
            // asked every five minutes, as a service would
            while now <= end {
                for run in due(&last, Moment::at(now).unwrap()) {
                    let which = usize::from(run.job == Job::Pamelding);
                    counts[which] += 1;
                    last[which].1 = Some(run.day);
                }
                now += jiff::SignedDuration::from_mins(5);
            }
            assert_eq!(counts, [5, 5], "{first}");
        }
    }

    #[test]
    fn a_run_is_due_at_its_time_and_not_a_moment_before() {
        let last = [(Job::Status, Some(scalar("2026-03-16"))), (Job::Pamelding, Some(scalar("2026-03-15")))];
        assert_eq!(runs(&last, "2026-03-16T22:54:59.999999Z"), [""; 0]);
        assert_eq!(runs(&last, "2026-03-16T22:55:00Z"), ["pamelding 2026-03-16"]);
        assert_eq!(runs(&last, "2026-03-16T22:59:59Z"), ["pamelding 2026-03-16"]);
        assert_eq!(runs(&last, "2026-03-16T23:00:00Z"), ["pamelding 2026-03-16", "status 2026-03-17"]);
    }

    #[test]
    fn after_a_stop_of_five_days_every_missed_run_is_due_in_order() {
        let last = [(Job::Status, Some(scalar("2026-10-22"))), (Job::Pamelding, Some(scalar("2026-10-22")))];
        let due = runs(&last, "2026-10-27T11:00:00Z");
        let expected = [
            "status 2026-10-23",
            "pamelding 2026-10-23",
            "status 2026-10-24",
            "pamelding 2026-10-24",
            "status 2026-10-25",
            "pamelding 2026-10-25",
            "status 2026-10-26",
            "pamelding 2026-10-26",
            "status 2026-10-27",
        ];
        assert_eq!(due, expected);
    }

    #[test]
    fn a_job_that_never_ran_has_its_latest_run_due() {
        let never = [(Job::Status, None), (Job::Pamelding, None)];
        assert_eq!(runs(&never, "2026-03-16T11:00:00Z"), ["pamelding 2026-03-15", "status 2026-03-16"]);
        assert_eq!(runs(&never, "2026-03-16T22:56:00Z"), ["status 2026-03-16", "pamelding 2026-03-16"]);
    }

    #[test]
    fn a_clock_that_is_a_little_behind_makes_nothing_due() {
        let last = [(Job::Status, Some(scalar("2026-03-17"))), (Job::Pamelding, Some(scalar("2026-03-16")))];
        assert_eq!(runs(&last, "2026-03-16T22:54:59Z"), [""; 0]);
    }

    #[test]
    fn a_last_run_that_lies_ahead_is_set_back_so_that_the_latest_run_alone_is_due_and_the_next_day_is_not_ahead()
     {
        // The latest runs at this time are those of 15 (påmelding) and 16 March (status).
        let now = "2026-03-16T11:00:00Z";
        for (job, last, back) in [
            (Job::Status, "2026-03-15", None),
            (Job::Status, "2026-03-16", None),
            (Job::Status, "2026-03-17", None),
            (Job::Status, "2026-03-18", Some("2026-03-15")),
            (Job::Status, "2030-01-01", Some("2026-03-15")),
            (Job::Status, "9999-12-31", Some("2026-03-15")),
            (Job::Pamelding, "2026-03-16", None),
            (Job::Pamelding, "2026-03-17", Some("2026-03-14")),
        ] {
            let found = set_back(job, scalar(last), at(now));
            assert_eq!(found, back.map(scalar), "{job:?} {last}");
            if found.is_some() {
                assert_eq!(runs(&[(job, found)], now).len(), 1, "{job:?} {last}");
            }
        }
    }

    #[test]
    fn a_fan_out_is_due_within_its_delay_and_an_hour_or_was_noted_by_a_clock_that_was_ahead() {
        let latest = |now| latest_fanout(at(now)).map(|latest| latest.to_string());
        assert_eq!(latest("2026-03-16T11:00:00Z").as_deref(), Some("2026-03-16T12:00:30Z"));
        assert_eq!(latest("9999-12-30T21:30:00Z"), None);
    }
}
