//! A round-trip check: whether a value serialises to the document that it was read from. It builds no second
//! document.
//!
//! [`difference`](crate::difference::difference) finds the place where two documents differ. This check only says
//! whether they do, and is fast, because it runs on every valid record. A test compares the two.

use std::fmt::{self, Display, Write};

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};
use serde_json::{Map, Number, Value};

/// Whether `value` serialises to the JSON value of `document`: a round-trip check. Numbers are compared by value, and
/// the order of properties does not matter.
pub(crate) fn rewrites<T: Serialize>(value: &T, document: &Value) -> bool {
    value.serialize(Against(document)).is_ok()
}

/// The value would be written differently.
#[derive(Debug)]
struct Differs;

impl Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value is written differently")
    }
}

impl std::error::Error for Differs {}

impl ser::Error for Differs {
    fn custom<T: Display>(_: T) -> Self {
        Self
    }
}

type Same = Result<(), Differs>;

fn same(yes: bool) -> Same {
    if yes { Ok(()) } else { Err(Differs) }
}

/// Compares what is serialised with the document at the same place.
struct Against<'d>(&'d Value);

impl<'d> Against<'d> {
    fn properties(self) -> Result<Properties<'d>, Differs> {
        let properties = self.0.as_object().ok_or(Differs)?;
        Ok(Properties { all: properties, in_order: properties.iter(), name: None, written: 0 })
    }
}

impl<'d> Serializer for Against<'d> {
    type Ok = ();
    type Error = Differs;
    type SerializeSeq = Items<'d>;
    // No contract has these; `difference` decides about them.
    type SerializeTuple = Impossible<(), Differs>;
    type SerializeTupleStruct = Impossible<(), Differs>;
    type SerializeTupleVariant = Impossible<(), Differs>;
    type SerializeMap = Properties<'d>;
    type SerializeStruct = Properties<'d>;
    type SerializeStructVariant = Impossible<(), Differs>;

    fn serialize_bool(self, value: bool) -> Same {
        same(self.0.as_bool() == Some(value))
    }

    fn serialize_i8(self, value: i8) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Same {
        // A document of 1.0 is the integer 1 as well.
        same(match self.0.as_i64() {
            Some(read) => read == value,
            None => self.0.as_f64() == Number::from(value).as_f64(),
        })
    }

    fn serialize_u8(self, value: u8) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Same {
        self.serialize_i64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Same {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => same(self.0.as_f64() == Number::from(value).as_f64()),
        }
    }

    fn serialize_f32(self, value: f32) -> Same {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Same {
        same(value.is_finite() && self.0.as_f64() == Some(value))
    }

    fn serialize_char(self, value: char) -> Same {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Same {
        same(self.0.as_str() == Some(value))
    }

    fn serialize_bytes(self, _: &[u8]) -> Same {
        Err(Differs)
    }

    fn serialize_none(self) -> Same {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Same {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Same {
        same(self.0.is_null())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Same {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Same {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Same {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Same {
        let mut properties = self.properties()?;
        properties.property(variant, value)?;
        properties.all_written()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Items<'d>, Differs> {
        self.0.as_array().map(|items| Items(items.iter())).ok_or(Differs)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Differs> {
        Err(Differs)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Differs> {
        Err(Differs)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Differs> {
        Err(Differs)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Properties<'d>, Differs> {
        self.properties()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Properties<'d>, Differs> {
        self.properties()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Differs> {
        Err(Differs)
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Same {
        let mut rest = Rest(self.0.as_str().ok_or(Differs)?);
        same(write!(rest, "{value}").is_ok() && rest.0.is_empty())
    }
}

/// What of a text has not been written yet.
struct Rest<'d>(&'d str);

impl Write for Rest<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        self.0 = self.0.strip_prefix(written).ok_or(fmt::Error)?;
        Ok(())
    }
}

struct Items<'d>(std::slice::Iter<'d, Value>);

impl ser::SerializeSeq for Items<'_> {
    type Ok = ();
    type Error = Differs;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Same {
        value.serialize(Against(self.0.next().ok_or(Differs)?))
    }

    fn end(self) -> Same {
        same(self.0.as_slice().is_empty())
    }
}

struct Properties<'d> {
    all: &'d Map<String, Value>,
    /// Most records have their properties in the order in which the type writes them.
    in_order: serde_json::map::Iter<'d>,
    /// The name that a map has written before its value.
    name: Option<String>,
    written: usize,
}

impl Properties<'_> {
    fn property<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Same {
        let found = match self.in_order.next() {
            Some((next, found)) if next == name => found,
            _ => self.all.get(name).ok_or(Differs)?,
        };
        self.written += 1;
        value.serialize(Against(found))
    }

    /// No name is written twice, so as many as there are is all of them.
    fn all_written(&self) -> Same {
        same(self.written == self.all.len())
    }
}

impl ser::SerializeStruct for Properties<'_> {
    type Ok = ();
    type Error = Differs;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Same {
        self.property(name, value)
    }

    fn end(self) -> Same {
        self.all_written()
    }
}

impl ser::SerializeMap for Properties<'_> {
    type Ok = ();
    type Error = Differs;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Same {
        let Ok(Value::String(name)) = serde_json::to_value(name) else { return Err(Differs) };
        self.name = Some(name);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Same {
        let name = self.name.take().ok_or(Differs)?;
        self.property(&name, value)
    }

    fn end(self) -> Same {
        self.all_written()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tiltak_schema::for_each_topic;
    use tiltak_schema::topic::{Topic, TopicVisitor};
    use tiltak_schema::view::Written;

    use super::*;
    use crate::difference::difference;
    use crate::line::Line;
    use crate::tree;

    /// The document with a change in one place, once for each place and change.
    fn changed(document: &Value) -> Vec<Value> {
        let mut all = vec![Value::Null, json!(""), json!(0), json!(0.5), json!([]), json!({}), json!(true)];
        match document {
            Value::Number(number) => {
                let double = number.as_f64().unwrap();
                all.extend([json!(double), json!(-double), json!(double + 1.0), json!(u64::MAX)]);
            }
            Value::String(text) => all.extend([json!(format!("{text} ")), json!(text.get(1..))]),
            Value::Array(items) => {
                all.push(items.iter().rev().cloned().collect());
                all.push(items.iter().skip(1).cloned().collect());
                all.push(items.iter().chain([&Value::Null]).cloned().collect());
                for (index, item) in items.iter().enumerate() {
                    all.extend(changed(item).into_iter().map(|item| {
                        let mut items = items.clone();
                        items[index] = item;
                        Value::Array(items)
                    }));
                }
            }
            Value::Object(properties) => {
                all.push(properties.clone().into_iter().rev().collect());
                let mut more = properties.clone();
                more.insert("more".to_owned(), Value::Null);
                all.push(Value::Object(more));
                for (name, value) in properties {
                    let mut fewer = properties.clone();
                    fewer.remove(name);
                    all.push(Value::Object(fewer));
                    all.extend(changed(value).into_iter().map(|value| {
                        let mut properties = properties.clone();
                        properties[name] = value;
                        Value::Object(properties)
                    }));
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
        all
    }

    #[test]
    fn the_quick_comparison_says_the_same_as_the_one_that_names_the_place() {
        struct Compare;
        impl TopicVisitor for Compare {
            type Output = [usize; 2];
            fn visit<T: Topic>(&mut self) -> [usize; 2] {
                let mut verdicts = [0; 2];
                let golden = tree::embedded(&format!("{}/examples/valid/golden.ndjson", T::NAME)).unwrap();
                for line in golden.lines().take(20) {
                    let text = serde_json::from_str::<Line>(line).unwrap().value.unwrap();
                    let value: T::Value<Written> = serde_json::from_str(&text).unwrap();
                    let (document, written) = (
                        serde_json::from_str::<Value>(&text).unwrap(),
                        serde_json::to_value(&value).unwrap(),
                    );
                    assert!(rewrites(&value, &document));
                    for document in changed(&document) {
                        let same = difference(&document, &written).is_none();
                        assert_eq!(rewrites(&value, &document), same, "{document} and {written}");
                        verdicts[usize::from(same)] += 1;
                    }
                }
                verdicts
            }
        }
        for [differ, same] in for_each_topic(&mut Compare) {
            assert!(differ > 1000 && same > 20, "{differ} and {same}");
        }
    }
}
