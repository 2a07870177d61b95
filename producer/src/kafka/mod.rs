//! The Kafka cluster: its topics, the connection, and why there is none.

mod cluster;
mod diagnosis;
mod tls;

pub use cluster::{Cluster, ClusterError};
pub use diagnosis::TlsProblem;
pub use tls::{Tls, TlsError, TlsFile};
