//! ACLs: the rights of clients on a broker.

use anyhow::{Context, Result, ensure};

use super::Broker;
use super::request::Request;

/// `CreateAcls` in the protocol guide of Apache Kafka, in the last version whose fields are not compact.
const CREATE_ACLS: (i16, i16) = (30, 1);
/// `DeleteAcls` in the protocol guide of Apache Kafka, in the last version whose fields are not compact.
const DELETE_ACLS: (i16, i16) = (31, 1);
/// The name that Kafka gives the resource of type cluster.
const CLUSTER: &str = "kafka-cluster";
const LITERAL: i8 = 3;
const DENY: i8 = 2;
const ALLOW: i8 = 3;

/// The resource of a right.
#[derive(Debug, Clone, Copy)]
pub enum Resource<'a> {
    /// The topic with this name.
    Topic(&'a str),
    /// The consumer group with this name.
    Group(&'a str),
    /// The cluster itself.
    Cluster,
    /// The transactional id with this name.
    TransactionalId(&'a str),
}

/// The operation that a right allows. The right to read includes the right to describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// All operations.
    All = 2,
    /// To read records of a topic, or to be a member of a group.
    Read = 3,
    /// To send records.
    Write = 4,
    /// To create topics.
    Create = 5,
    /// To ask for partitions, leaders and end offsets.
    Describe = 8,
    /// To ask for the settings of a topic.
    DescribeConfigs = 10,
}

impl Broker {
    /// Gives a client a right to a resource. The client is named as in its certificate. From then on, only clients with a right to the
    /// resource may use it: see [`Broker::start_with_tls`].
    ///
    /// # Errors
    ///
    /// If the broker has no authorizer, or does not answer within 15 s.
    pub fn allow(&self, client: &str, operation: Operation, resource: Resource<'_>) -> Result<()> {
        self.change_acl(CREATE_ACLS, client, operation, resource, ALLOW)
    }

    /// Denies a client a right, even if another rule gives it. The broker enforces this a moment later.
    ///
    /// # Errors
    ///
    /// As [`Broker::allow`].
    pub fn deny(&self, client: &str, operation: Operation, resource: Resource<'_>) -> Result<()> {
        self.change_acl(CREATE_ACLS, client, operation, resource, DENY)
    }

    /// Undoes [`Broker::deny`].
    ///
    /// # Errors
    ///
    /// As [`Broker::allow`].
    pub fn no_longer_deny(&self, client: &str, operation: Operation, resource: Resource<'_>) -> Result<()> {
        self.change_acl(DELETE_ACLS, client, operation, resource, DENY)
    }

    fn change_acl(
        &self,
        request: (i16, i16),
        client: &str,
        operation: Operation,
        resource: Resource<'_>,
        permission: i8,
    ) -> Result<()> {
        let (kind, name) = match resource {
            Resource::Topic(name) => (2, name),
            Resource::Group(name) => (3, name),
            Resource::Cluster => (4, CLUSTER),
            Resource::TransactionalId(name) => (5, name),
        };
        let mut request = Request::new(request);
        request.int32(1).int8(kind).string(name).int8(LITERAL);
        request.string(&format!("User:CN={client}")).string("*").int8(operation as i8).int8(permission);
        let answer = request.send(self.bootstrap_servers())?;
        // Correlation, throttling, the number of results, and the code of the first.
        let code = answer.get(12..14).context("the answer about an ACL is too short")?;
        ensure!(code == [0, 0], "the broker refuses the ACL with the error code {code:?}");
        Ok(())
    }
}
