//! The roles of the nodes: leader of a partition, transaction coordinator, active controller.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rdkafka::metadata::{MetadataPartition, MetadataTopic};

use super::Broker;
use super::request::Request;

const ANSWER: Duration = Duration::from_secs(2);
const STEP: Duration = Duration::from_millis(100);
/// The time in which a cluster that has just lost a node has to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// `FindCoordinator` in the protocol guide of Apache Kafka, in a version whose fields are not compact.
const FIND_COORDINATOR: (i16, i16) = (10, 1);
/// `DescribeQuorum`, whose fields are compact.
const DESCRIBE_QUORUM: (i16, i16) = (55, 0);
/// `ApiVersions`, which every node answers once it takes requests.
const API_VERSIONS: (i16, i16) = (18, 0);
const TRANSACTION: i8 = 1;
/// The topic of the cluster's own metadata, in its only partition.
const METADATA: &str = "__cluster_metadata";

/// A partition, and the nodes that hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// The topic.
    pub topic: String,
    /// Its number.
    pub number: i32,
    /// The leader, if there is one.
    pub leader: Option<usize>,
    /// The replicas: the nodes that should hold it.
    pub replicas: Vec<usize>,
    /// The in-sync replicas: the nodes that hold all of it.
    pub in_sync: Vec<usize>,
}

impl Broker {
    /// The partitions of all topics, also the internal ones, as the first node that answers knows them.
    ///
    /// # Errors
    ///
    /// If no node answers within 30 s.
    pub fn partitions(&self) -> Result<Vec<Partition>> {
        patiently(|| self.partitions_now())
    }

    fn partitions_now(&self) -> Result<Vec<Partition>> {
        let metadata = self.admin().inner().fetch_metadata(None, ANSWER)?;
        Ok(metadata
            .topics()
            .iter()
            .flat_map(|topic| topic.partitions().iter().map(move |it| partition(topic, it)))
            .collect())
    }

    /// Waits until each node answers and each partition is in sync on all its replicas. Then the cluster can lose any one node. Note
    /// that a node that has just ended counts as in sync until the cluster notices.
    ///
    /// # Errors
    ///
    /// If one is not when the limit is over.
    pub fn wait_until_in_sync(&self, limit: Duration) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.is_in_sync() {
                Ok(()) => return Ok(()),
                Err(error) if start.elapsed() > limit => {
                    return Err(error).with_context(|| format!("after {} s", limit.as_secs()));
                }
                Err(_) => {}
            }
            std::thread::sleep(STEP);
        }
    }

    fn is_in_sync(&self) -> Result<()> {
        for server in self.bootstrap_servers().split(',') {
            Request::new(API_VERSIONS).send(server)?;
        }
        let partitions = self.partitions_now()?;
        let behind = partitions.iter().find(|it| it.leader.is_none() || it.in_sync.len() < it.replicas.len());
        ensure!(behind.is_none(), "the cluster is not in sync: {behind:?}");
        Ok(())
    }

    /// The coordinator of a transactional id.
    ///
    /// # Errors
    ///
    /// If no node knows within 30 s.
    pub fn coordinator(&self, transactional_id: &str) -> Result<usize> {
        let mut request = Request::new(FIND_COORDINATOR);
        request.string(transactional_id).int8(TRANSACTION);
        // Correlation, throttling, error, an error message that may be null, and the node.
        self.ask(&request, |answer| {
            let code = number(answer, 8)?;
            ensure!(code == 0, "error code {code}");
            let message = usize::try_from(number(answer, 10)?).unwrap_or(0);
            node(answer, 12 + message)
        })
        .context("no node knows the coordinator of a transaction")
    }

    /// The node that is the active controller.
    ///
    /// # Errors
    ///
    /// If no node knows within 30 s.
    pub fn controller(&self) -> Result<usize> {
        let mut request = Request::new(DESCRIBE_QUORUM);
        // The header has no tags, an array of one topic with an array of one partition, number 0; and no tags in any.
        request.int8(0).int8(2).compact_string(METADATA).int8(2).int32(0).int8(0).int8(0).int8(0);
        // Correlation, no tags, error, one topic with its name, one partition, its number, its error, and the leader.
        self.ask(&request, |answer| {
            let code = number(answer, 5)?;
            ensure!(code == 0, "error code {code}");
            node(answer, 7 + 1 + 1 + METADATA.len() + 1 + 4 + 2)
        })
        .context("no node knows the controller")
    }

    /// Asks one node after the other until one answers.
    fn ask(&self, request: &Request, read: impl Fn(&[u8]) -> Result<usize>) -> Result<usize> {
        patiently(|| self.ask_each(request, &read))
    }

    fn ask_each(&self, request: &Request, read: impl Fn(&[u8]) -> Result<usize>) -> Result<usize> {
        let mut tried = Vec::new();
        for server in self.bootstrap_servers().split(',') {
            match request.send(server).and_then(|answer| read(&answer)) {
                Ok(node) => return Ok(node),
                Err(error) => tried.push(format!("{server}: {error:#}")),
            }
        }
        bail!("{}", tried.join("; "))
    }
}

/// Asks again until there is an answer.
fn patiently<T>(question: impl Fn() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match question() {
            Err(_) if start.elapsed() < PATIENCE => std::thread::sleep(STEP),
            answer => return answer,
        }
    }
}

fn number(answer: &[u8], at: usize) -> Result<i16> {
    let bytes = answer.get(at..at + 2).context("the answer is too short")?;
    Ok(i16::from_be_bytes(bytes.try_into()?))
}

fn node(answer: &[u8], at: usize) -> Result<usize> {
    let bytes = answer.get(at..at + 4).context("the answer is too short")?;
    usize::try_from(i32::from_be_bytes(bytes.try_into()?)).context("there is none")
}

fn partition(topic: &MetadataTopic, partition: &MetadataPartition) -> Partition {
    let ids = |ids: &[i32]| ids.iter().filter_map(|id| usize::try_from(*id).ok()).collect();
    Partition {
        topic: topic.name().to_owned(),
        number: partition.id(),
        leader: usize::try_from(partition.leader()).ok(),
        replicas: ids(partition.replicas()),
        in_sync: ids(partition.isr()),
    }
}
