//! Reading requests: bodies and queries with problems that name the field.

use crate::problem::{Code, Problem};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

/// A JSON body. Unknown fields and duplicate keys are refused by name.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;
    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await.map_err(|_| Problem::new(Code::BodySize))?;
        let bytes: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(bytes).map(Self).map_err(|fault| Problem::new(Code::Body).detail(without_values(&fault)))
    }
}

/// What serde says is wrong, without the value at fault: it may be personal.
fn without_values(fault: &serde_json::Error) -> String {
    let text = fault.to_string();
    let place = format!("line {} column {}", fault.line(), fault.column());
    let safe = ["unknown field", "missing field", "duplicate field", "unknown variant"];
    if safe[..3].iter().any(|start| text.starts_with(start)) {
        return text.chars().take(300).collect();
    }
    if text.starts_with(safe[3])
        && let Some(expected) = text.find("expected")
    {
        return format!("unknown word at {place}, {}", text[expected..].chars().take(300).collect::<String>());
    }
    format!("the value at {place} has another type or form than expected")
}

/// A query string; unknown fields are refused.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let query = Query::<T>::from_request_parts(parts, state).await;
        query.map(|Query(asked)| Self(asked)).map_err(|fault| {
            let text = fault.body_text();
            let known = text.find("unknown field").or_else(|| text.find("missing field"));
            let detail = known.map_or("the query is not of the expected form".to_owned(), |at| text[at..].to_owned());
            Problem::new(Code::Body).detail(detail)
        })
    }
}
