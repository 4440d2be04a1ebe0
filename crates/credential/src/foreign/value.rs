//! Any CBOR (RFC 8949) as issuers write it: indefinite lengths, long forms, floats and tags are read; what has more than
//! one reading is not. Depth and size are bounded.

use crate::outcome::Reason;
use minicbor::Decoder;
use minicbor::data::Type;
use minicbor::decode::Error;
use serde_json::{Map, Number, Value as Json};

/// Arrays, maps and tags within one another, at most; an EU certificate has six.
const DEEPEST: usize = 16;

/// A CBOR item.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Int(i128),
    Float(f64),
    Bytes(Vec<u8>),
    Text(String),
    Array(Vec<Value>),
    Map(Vec<(Value, Value)>),
    Tag(u64, Box<Value>),
    Bool(bool),
    Null,
}

/// Reads one item and nothing after it.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Reason> {
    let mut decoder = Decoder::new(bytes);
    let value = item(&mut decoder, 0)?;
    if decoder.position() == bytes.len() { Ok(value) } else { Err(Reason::CborTrailing) }
}

fn broken(_: Error) -> Reason {
    Reason::Cbor
}

fn item(from: &mut Decoder<'_>, depth: usize) -> Result<Value, Reason> {
    if depth > DEEPEST {
        return Err(Reason::CborDepth);
    }
    Ok(match from.datatype().map_err(broken)? {
        Type::U8
        | Type::U16
        | Type::U32
        | Type::U64
        | Type::I8
        | Type::I16
        | Type::I32
        | Type::I64
        | Type::Int => Value::Int(from.int().map_err(broken)?.into()),
        Type::F16 => Value::Float(from.f16().map_err(broken)?.into()),
        Type::F32 => Value::Float(from.f32().map_err(broken)?.into()),
        Type::F64 => Value::Float(from.f64().map_err(broken)?),
        Type::Bool => Value::Bool(from.bool().map_err(broken)?),
        Type::Null | Type::Undefined => {
            from.skip().map_err(broken)?;
            Value::Null
        }
        Type::Bytes | Type::BytesIndef => {
            let parts: Result<Vec<&[u8]>, _> = from.bytes_iter().map_err(broken)?.collect();
            Value::Bytes(parts.map_err(broken)?.concat())
        }
        Type::String | Type::StringIndef => {
            let parts: Result<Vec<&str>, _> = from.str_iter().map_err(broken)?.collect();
            Value::Text(parts.map_err(broken)?.concat())
        }
        Type::Array | Type::ArrayIndef => {
            let length = from.array().map_err(broken)?;
            let mut items = Vec::new();
            while more(from, length, items.len())? {
                items.push(item(from, depth + 1)?);
            }
            Value::Array(items)
        }
        Type::Map | Type::MapIndef => map(from, depth)?,
        Type::Tag => {
            let tag = from.tag().map_err(broken)?.as_u64();
            Value::Tag(tag, Box::new(item(from, depth + 1)?))
        }
        _ => return Err(Reason::Cbor),
    })
}

/// Whether an array or map goes on; takes the end of one without a length.
fn more(from: &mut Decoder<'_>, length: Option<u64>, done: usize) -> Result<bool, Reason> {
    if let Some(length) = length {
        return Ok((done as u64) < length);
    }
    if from.datatype().map_err(broken)? == Type::Break {
        from.skip().map_err(broken)?;
        return Ok(false);
    }
    Ok(true)
}

fn map(from: &mut Decoder<'_>, depth: usize) -> Result<Value, Reason> {
    let length = from.map().map_err(broken)?;
    let mut entries: Vec<(Value, Value)> = Vec::new();
    while more(from, length, entries.len())? {
        let key = item(from, depth + 1)?;
        // Of two values for one key, one verifier takes the first and another the last.
        if entries.iter().any(|(known, _)| *known == key) {
            return Err(Reason::CborDoubledKey);
        }
        entries.push((key, item(from, depth + 1)?));
    }
    Ok(Value::Map(entries))
}

impl Value {
    /// The value of a number as key.
    pub(super) fn at(&self, key: i128) -> Option<&Value> {
        self.get(&Value::Int(key))
    }

    /// The value of a text as key.
    pub(super) fn named(&self, key: &str) -> Option<&Value> {
        self.get(&Value::Text(key.to_owned()))
    }

    fn get(&self, key: &Value) -> Option<&Value> {
        match self {
            Self::Map(entries) => entries.iter().find(|(known, _)| known == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn int(&self) -> Option<i128> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// A number, whole or not; one that is no number at all is none.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Int(int) => Some(*int as f64),
            Self::Float(float) => float.is_finite().then_some(*float),
            _ => None,
        }
    }

    /// The same as JSON: bytes as hexadecimal digits, keys as texts, tags left out.
    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Int(int) => i64::try_from(*int).map_or_else(|_| int.to_string().into(), Json::from),
            Self::Float(float) => Number::from_f64(*float).map_or(Json::Null, Json::Number),
            Self::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into(),
            Self::Text(text) => text.as_str().into(),
            Self::Array(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => {
                let key = |key: &Value| match key {
                    Self::Text(text) => text.clone(),
                    other => other.to_json().to_string(),
                };
                Json::Object(
                    entries.iter().map(|(k, value)| (key(k), value.to_json())).collect::<Map<_, _>>(),
                )
            }
            Self::Tag(_, value) => value.to_json(),
            Self::Bool(bool) => (*bool).into(),
            Self::Null => Json::Null,
        }
    }
}
