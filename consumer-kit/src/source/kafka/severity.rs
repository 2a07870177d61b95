//! What an error of the client means for a reader.

use rdkafka::error::RDKafkaErrorCode as Code;

use super::client::ErrorCode;

/// What an error of the client means for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    /// librdkafka goes on by itself.
    Passing,
    /// A partition has no record at its position.
    OffsetOutOfRange,
    /// The right to read is missing. librdkafka asks again, but says it only once.
    Unauthorized,
    /// Nothing more can be read.
    Final,
}

impl Severity {
    /// Errors of a consumer are information by the rules of librdkafka, which tries again after each but a fatal one. What
    /// it tries in vain is a batch of records that it cannot read: that is final too, or the reader would stand still and
    /// say nothing. A code that nobody knows passes.
    pub(super) fn of(code: ErrorCode) -> Self {
        match code.known() {
            Some(Code::OffsetOutOfRange | Code::AutoOffsetReset | Code::NoOffset) => Self::OffsetOutOfRange,
            Some(Code::TopicAuthorizationFailed) => Self::Unauthorized,
            Some(
                Code::Fatal
                | Code::BadMessage
                | Code::BadCompression
                | Code::InvalidMessage
                | Code::InvalidMessageSize
                | Code::MessageSizeTooLarge
                | Code::NotImplemented
                | Code::UnsupportedCompressionType
                | Code::UnsupportedForMessageFormat
                | Code::UnsupportedFeature,
            ) => Self::Final,
            _ => Self::Passing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(code: Code) -> Severity {
        Severity::of(code.into())
    }

    #[test]
    fn what_the_library_gets_over_by_itself_is_passing() {
        for code in [
            Code::BrokerTransportFailure,
            Code::AllBrokersDown,
            Code::OperationTimedOut,
            Code::Resolve,
            Code::SSL,
            Code::Authentication,
            Code::UnknownTopicOrPartition,
            Code::NotLeaderForPartition,
            Code::NetworkException,
            Code::RebalanceInProgress,
        ] {
            assert_eq!(severity(code), Severity::Passing, "{code}");
        }
    }

    #[test]
    fn a_fatal_error_and_a_batch_that_cannot_be_read_are_final() {
        for code in [Code::Fatal, Code::BadMessage, Code::BadCompression, Code::MessageSizeTooLarge] {
            assert_eq!(severity(code), Severity::Final, "{code}");
        }
    }

    #[test]
    fn a_right_that_was_taken_away_may_come_back() {
        assert_eq!(severity(Code::TopicAuthorizationFailed), Severity::Unauthorized);
    }

    #[test]
    fn a_position_outside_of_the_log_has_to_be_looked_at() {
        assert_eq!(severity(Code::OffsetOutOfRange), Severity::OffsetOutOfRange);
        assert_eq!(severity(Code::AutoOffsetReset), Severity::OffsetOutOfRange);
    }
}
