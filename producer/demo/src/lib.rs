//! One day of the four topics: a database is filled and published, a day is played, and the topics are read back as
//! tables, which have to equal the database.
//!
//! The command `demo` does it on a mock cluster, or on a broker; the tests do the same on a real Kafka.

pub mod day;
pub mod read_back;
pub mod report;
