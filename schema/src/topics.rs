//! The one list of topics. Names, count, look-up and visits follow from it.

use crate::topic::{Topic, TopicInfo, TopicVisitor};

/// A line for each topic, in the order of `schema/WIRE.md`: its module and its type.
macro_rules! topics {
    ($($module:ident::$topic:ident,)+) => {
        $(use crate::$module::$topic;)+

        /// Number of topics.
        pub const COUNT: usize = NAMES.len();

        /// The topics' names, in the order of `schema/WIRE.md`.
        pub const NAMES: [&str; [$(stringify!($topic)),+].len()] = [$(<$topic as Topic>::NAME),+];

        /// Visits each topic, and returns the results in the order of `schema/WIRE.md`.
        pub fn for_each_topic<V: TopicVisitor>(visitor: &mut V) -> [V::Output; COUNT] {
            [$(visitor.visit::<$topic>()),+]
        }

        /// Visits the topic with this name; `None` if there is none.
        pub fn with_topic<V: TopicVisitor>(name: &str, visitor: &mut V) -> Option<V::Output> {
            match name {
                $(<$topic as Topic>::NAME => Some(visitor.visit::<$topic>()),)+
                _ => None,
            }
        }
    };
}

topics! {
    tiltakstype_v3::SisteTiltakstyperV3,
    tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2,
    arena_migrering_v1::ArenaMigreringTiltaksgjennomforingerV1,
    datavarehus_v1::DatavarehusTiltakTopicV1,
}

/// The topics as data, in the order of `schema/WIRE.md`.
///
/// ```
/// let names = tiltak_schema::topics().map(|topic| topic.name);
/// assert_eq!(names[3], "datavarehus-tiltak-v1");
/// ```
pub fn topics() -> [TopicInfo; COUNT] {
    struct Info;
    impl TopicVisitor for Info {
        type Output = TopicInfo;
        fn visit<T: Topic>(&mut self) -> TopicInfo {
            TopicInfo { name: T::NAME, contract_version: T::CONTRACT_VERSION, config: T::CONFIG }
        }
    }
    for_each_topic(&mut Info)
}
