//! What `serde_yaml` makes of a document: its shape first, then the spelling of every scalar.

use std::fmt;

use serde::Deserializer;
use serde::de::{Deserialize, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};

/// What `serde_yaml` makes of a node before its spelling is known.
pub(super) enum Shape {
    Null,
    Scalar,
    List(Vec<Shape>),
    Map(Vec<Shape>),
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Look;
        impl<'de> Visitor<'de> for Look {
            type Value = Shape;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value without a tag")
            }
            fn visit_unit<E>(self) -> Result<Shape, E> {
                Ok(Shape::Null)
            }
            fn visit_bool<E>(self, _: bool) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_i64<E>(self, _: i64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_u128<E>(self, _: u128) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_i128<E>(self, _: i128) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_str<E>(self, _: &str) -> Result<Shape, E> {
                Ok(Shape::Scalar)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Shape, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Shape::List(list))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Shape, A::Error> {
                let mut map = Vec::new();
                while entries.next_key_seed(Key)?.is_some() {
                    map.push(entries.next_value()?);
                }
                Ok(Shape::Map(map))
            }
        }
        deserializer.deserialize_any(Look)
    }
}

/// Reads a scalar as it is spelled.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = String;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        String::deserialize(deserializer)
    }
}

pub(super) enum Spelled {
    Null(String),
    Scalar(String),
    List(Vec<Spelled>),
    Map(Vec<(String, Spelled)>),
}

/// Reads a node again, now that its shape is known.
pub(super) struct Spelling<'a>(pub(super) &'a Shape);

impl<'de> DeserializeSeed<'de> for Spelling<'_> {
    type Value = Spelled;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Spelled, D::Error> {
        match self.0 {
            Shape::Null => String::deserialize(deserializer).map(Spelled::Null),
            Shape::Scalar => String::deserialize(deserializer).map(Spelled::Scalar),
            Shape::List(shapes) => deserializer.deserialize_seq(SpelledList(shapes)),
            Shape::Map(shapes) => deserializer.deserialize_map(SpelledMap(shapes)),
        }
    }
}

struct SpelledList<'a>(&'a [Shape]);

impl<'de> Visitor<'de> for SpelledList<'_> {
    type Value = Spelled;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Spelled, A::Error> {
        let mut list = Vec::with_capacity(self.0.len());
        for shape in self.0 {
            let item = items.next_element_seed(Spelling(shape))?;
            list.push(item.ok_or_else(|| A::Error::custom("the list is shorter on the second reading"))?);
        }
        // The access must be asked once more, or the end of the list is left unread.
        while items.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Spelled::List(list))
    }
}

struct SpelledMap<'a>(&'a [Shape]);

impl<'de> Visitor<'de> for SpelledMap<'_> {
    type Value = Spelled;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Spelled, A::Error> {
        let mut map = Vec::with_capacity(self.0.len());
        for shape in self.0 {
            let key = entries.next_key_seed(Key)?;
            let key = key.ok_or_else(|| A::Error::custom("the map is shorter on the second reading"))?;
            map.push((key, entries.next_value_seed(Spelling(shape))?));
        }
        while entries.next_key::<serde::de::IgnoredAny>()?.is_some() {
            entries.next_value::<serde::de::IgnoredAny>()?;
        }
        Ok(Spelled::Map(map))
    }
}
