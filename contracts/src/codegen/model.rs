//! The types of a value schema, independent of the language.

use semver::Version;

/// The types of the record values of one version of a contract.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTypes {
    /// The topic.
    pub topic: String,
    /// The version of the contract.
    pub version: Version,
    /// The type of the whole value: the schema's title, with the major version.
    pub root: NamedType,
    /// The types that the root refers to, in the order of the schema.
    pub others: Vec<NamedType>,
}

/// A type that has a name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedType {
    /// The name, in PascalCase.
    pub name: String,
    /// The description, for people.
    pub description: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a named type holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// An object.
    Object(Vec<Property>),
    /// A list of strings, to which a later version may add.
    OpenEnum(Vec<String>),
    /// One of several objects, to which a later version may add.
    Union(Union),
}

/// A union: objects that are told apart by one property.
#[derive(Debug, Clone, PartialEq)]
pub struct Union {
    /// The name of the discriminator.
    pub discriminator: String,
    /// The variants.
    pub variants: Vec<Variant>,
}

/// One of the objects of a union.
#[derive(Debug, Clone, PartialEq)]
pub struct Variant {
    /// The name, in PascalCase.
    pub name: String,
    /// The description, for people.
    pub description: String,
    /// The value of the discriminator.
    pub tag: String,
    /// The properties besides the discriminator.
    pub properties: Vec<Property>,
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The name on the wire.
    pub name: String,
    /// The description, for people.
    pub description: String,
    /// Whether the property is always there.
    pub is_required: bool,
    /// Whether the property may be null.
    pub is_nullable: bool,
    /// The type of the property.
    pub of: Type,
}

impl Property {
    /// Whether a reader has to accept that there is no value.
    pub fn may_be_null(&self) -> bool {
        self.is_nullable || !self.is_required
    }
}

/// The type of a property or an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Type {
    /// A text.
    Text(Form),
    /// `format: uuid`.
    Uuid(Form),
    /// `format: date`.
    Date,
    /// `format: date-time`.
    Instant,
    /// `format: date-time-local`, or the pattern of a local date-time.
    LocalDateTime,
    /// true or false.
    Boolean,
    /// An integer whose bounds are within 32 bits.
    Int32,
    /// Any other integer.
    Int64,
    /// A number.
    Double,
    /// An array, or a set, which keeps its order.
    Array {
        /// The type of an item.
        items: Box<Type>,
        /// Whether an item may be null.
        nullable_items: bool,
        /// Whether no item occurs twice.
        is_set: bool,
    },
    /// An object with any property names.
    Map {
        /// The type of the values.
        values: Box<Type>,
        /// Whether a value may be null.
        nullable_values: bool,
    },
    /// Anything but null.
    Anything,
    /// A named type.
    Named(String),
}

/// The pattern of a text, a regular expression of ECMA-262, if there is one.
pub type Form = Option<String>;

impl ValueTypes {
    /// All named types, the root first.
    pub fn all(&self) -> impl Iterator<Item = &NamedType> {
        std::iter::once(&self.root).chain(&self.others)
    }

    /// The type with this name.
    pub fn named(&self, name: &str) -> Option<&NamedType> {
        self.all().find(|it| it.name == name)
    }

    /// Whether this is the name of an open enum.
    pub fn is_enum(&self, name: &str) -> bool {
        self.named(name).is_some_and(|it| matches!(it.kind, Kind::OpenEnum(_)))
    }

    /// All types that properties, items and maps hold, nested ones included.
    pub fn held(&self) -> Vec<&Type> {
        let mut held = Vec::new();
        for it in self.all() {
            match &it.kind {
                Kind::Object(properties) => properties.iter().for_each(|it| it.of.collect(&mut held)),
                Kind::OpenEnum(_) => {}
                Kind::Union(union) => {
                    let properties = union.variants.iter().flat_map(|it| &it.properties);
                    properties.for_each(|it| it.of.collect(&mut held));
                }
            }
        }
        held
    }
}

impl Type {
    fn collect<'a>(&'a self, held: &mut Vec<&'a Self>) {
        held.push(self);
        match self {
            Self::Array { items: inner, .. } | Self::Map { values: inner, .. } => inner.collect(held),
            _ => {}
        }
    }
}
