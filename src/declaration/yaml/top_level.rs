//! The uppermost texts of documents, for those that are too large to be made trees of.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

use crate::declaration::yaml::{Entry, InvalidYaml, Node, Value, limits, reader};

pub(super) fn parse(text: &str) -> Result<Vec<Node>, InvalidYaml> {
    let documents: Vec<Spanned<Document>> = reader::documents(text, limits::OBJECTS)?;
    let documents = documents.into_iter();
    Ok(documents
        .map(|document| Node {
            span: reader::span(document.referenced),
            value: document.value.0,
        })
        .collect())
}

/// The mapping whose texts are kept below a document, too.
const METADATA: &str = "metadata";

/// A document; of what is below its keys only texts, and those of its metadata.
struct Document(Value);

/// What a key stands for, when it is a text; `DEEP` has the texts of a mapping, too.
struct Text<const DEEP: bool>(Value);

struct DocumentVisitor;

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Document;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Document, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = if key == METADATA {
                access.next_value::<Text<true>>()?.0
            } else {
                access.next_value::<Text<false>>()?.0
            };
            entries.push(Entry::from((key.as_str(), value)));
        }
        Ok(Document(Value::Mapping(entries)))
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DocumentVisitor)
    }
}

struct TextVisitor<const DEEP: bool>;

impl<'de, const DEEP: bool> Visitor<'de> for TextVisitor<DEEP> {
    type Value = Text<DEEP>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_i128<E>(self, _: i128) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_u128<E>(self, _: u128) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text(Value::Null))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Value::from(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        while access.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(Value::Null))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        if !DEEP {
            while access.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            return Ok(Text(Value::Null));
        }
        let mut entries = Vec::new();
        while let Some((key, Text(value))) = access.next_entry::<String, Text<false>>()? {
            entries.push(Entry::from((key.as_str(), value)));
        }
        Ok(Text(Value::Mapping(entries)))
    }
}

impl<'de, const DEEP: bool> Deserialize<'de> for Text<DEEP> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}
