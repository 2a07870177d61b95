//! Readers that bind only the fields that they need. Feature `projection`.
//!
//! A reader that decodes whole payloads breaks when any field changes, also one that it never uses. A projection is a
//! type of the reader's own, with the fields that it uses. It ignores every other property, and keeps unknown enum
//! values if a field is an [`Open`](tiltak_schema::view::Open). From the type comes the declaration with which the
//! contracts' gate knows the reader: [`ReaderDeclaration`].
//!
//! # Example: three fields of a gjennomføring
//!
//! ```
//! use std::time::Duration;
//! use schemars::JsonSchema;
//! use serde::Deserialize;
//! use tiltak_consumer_kit::projection::{ProjectedTopic, ReaderDeclaration};
//! use tiltak_consumer_kit::{MemoryLog, Table};
//! use tiltak_schema::kodeverk::GjennomforingStatus;
//! use tiltak_schema::scalar::LocalDate;
//! use tiltak_schema::tiltaksgjennomforing_v2::SisteTiltaksgjennomforingerV2;
//! use tiltak_schema::view::Open;
//!
//! #[derive(Clone, PartialEq, Deserialize, JsonSchema)]
//! #[serde(rename_all = "camelCase")]
//! struct MyFields {
//!     status: Open<GjennomforingStatus>,
//!     /// Only groups have one: a reader that binds what some variants lack takes an `Option`.
//!     slutt_dato: Option<LocalDate>,
//! }
//!
//! type MyTopic = ProjectedTopic<SisteTiltaksgjennomforingerV2, MyFields>;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let log = MemoryLog::new("siste-tiltaksgjennomforinger-v2", 1);
//! let value = br#"{ "type": "a later one", "status": "A_LATER_STATUS", "new": 1 }"#;
//! log.append(0, b"59a64a02-efdd-471d-9529-356ff5553a5d", Some(value))?;
//! let table = Table::<MyTopic>::over(log.source()).start().await?;
//! table.ready(Duration::from_secs(10)).await?;
//! let (_, row) = table.iter().next().unwrap();
//! assert_eq!((row.status.as_str(), row.slutt_dato), ("A_LATER_STATUS", None));
//!
//! let declaration = ReaderDeclaration::new("my-app", "my team").reads::<MyTopic>()?;
//! println!("{declaration}"); // for contracts/readers/my-app.toml
//! # Ok(())
//! # }
//! ```

mod declaration;
mod error;
mod fields;
mod or_unknown;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tiltak_schema::topic::{Topic, TopicConfig};
use tiltak_schema::view::{View, Written};

pub use self::declaration::ReaderDeclaration;
pub use self::error::DeclarationError;
pub use self::or_unknown::{OrUnknown, Variants};

/// A topic of which only the fields of `P` are read, for [`Table`](crate::Table),
/// [`EventConsumer`](crate::EventConsumer) and everything else that reads a topic. It cannot be written.
pub struct ProjectedTopic<T, P>(PhantomData<fn() -> (T, P)>);

/// A type that a reader can bind a payload to: any type that serde can deserialise, with a JSON Schema.
pub trait Projection: Clone + PartialEq + Send + Sync + JsonSchema + DeserializeOwned + 'static {}

impl<P: Clone + PartialEq + Send + Sync + JsonSchema + DeserializeOwned + 'static> Projection for P {}

/// The fields of `P` as the value of a topic. It dereferences to `P`.
#[derive(Clone, PartialEq)]
pub struct ProjectedValue<P, V: View> {
    fields: P,
    only_read: V::OnlyRead,
}

impl<T: Topic, P: Projection> Topic for ProjectedTopic<T, P> {
    const NAME: &'static str = T::NAME;
    const CONTRACT_VERSION: &'static str = T::CONTRACT_VERSION;
    const CONFIG: TopicConfig = T::CONFIG;

    type Key = T::Key;
    type Value<V: View> = ProjectedValue<P, V>;

    fn key(value: &ProjectedValue<P, Written>) -> T::Key {
        match value.only_read {}
    }
}

impl<P, V: View> ProjectedValue<P, V> {
    /// The fields.
    pub fn fields(&self) -> &P {
        &self.fields
    }
}

impl<P, V: View> Deref for ProjectedValue<P, V> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.fields
    }
}

impl<'de, P: Deserialize<'de>, V: View> Deserialize<'de> for ProjectedValue<P, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let only_read = V::only_read().ok_or_else(|| D::Error::custom("a reader's view of the topic"))?;
        Ok(Self { fields: P::deserialize(deserializer)?, only_read })
    }
}

/// Refused: the other fields would be missing.
impl<P, V: View> Serialize for ProjectedValue<P, V> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("a projection holds a part of the value and cannot be written"))
    }
}

impl<P: JsonSchema, V: View> JsonSchema for ProjectedValue<P, V> {
    fn inline_schema() -> bool {
        P::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        P::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        P::schema_id()
    }

    /// With the annotation `x-projection`, by which a declaration tells it from a whole payload.
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut schema = P::json_schema(generator);
        schema.insert("x-projection".to_owned(), true.into());
        schema
    }
}

/// The type alone: payloads may hold personal data, and what is formatted ends up in logs.
impl<P, V: View> fmt::Debug for ProjectedValue<P, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProjectedValue").finish_non_exhaustive()
    }
}

impl<T: Topic, P> fmt::Debug for ProjectedTopic<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }
}

impl<T, P> Clone for ProjectedTopic<T, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, P> Copy for ProjectedTopic<T, P> {}

impl<T, P> PartialEq for ProjectedTopic<T, P> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T, P> Eq for ProjectedTopic<T, P> {}
