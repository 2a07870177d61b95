//! The Kafka cluster: its topics, how it is reached, and why it is not.

mod cluster;
mod diagnosis;
mod tls;

pub use cluster::{Cluster, ClusterError};
pub use diagnosis::TlsProblem;
pub use tls::{Tls, TlsError, TlsFile};
