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
        // A list in place of an object would be read by position, and nothing of it by name.
        if !bytes.trim_ascii_start().starts_with(b"{") {
            return Err(Problem::new(Code::Body).detail("the body is one JSON object"));
        }
        serde_json::from_slice(bytes)
            .map(Self)
            .map_err(|fault| Problem::new(Code::Body).detail(without_values(&fault.to_string())))
    }
}

/// What serde says is wrong, without the value at fault: it may be personal.
pub(crate) fn without_values(fault: &str) -> String {
    if ["unknown field", "missing field", "duplicate field"].iter().any(|start| fault.starts_with(start)) {
        return fault.chars().take(300).collect();
    }
    let place = fault.rfind(" at line ").map_or("", |at| &fault[at..]);
    let expected = fault.rfind("expected ").map(|at| &fault[at..fault.len() - place.len()]);
    match expected.filter(|_| fault.starts_with("unknown variant")) {
        Some(expected) => format!("unknown word{place}, {}", expected.chars().take(300).collect::<String>()),
        None => format!("the value{place} has another type or form than expected"),
    }
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
            let detail =
                known.map_or("the query is not of the expected form".to_owned(), |at| text[at..].to_owned());
            Problem::new(Code::Body).detail(detail)
        })
    }
}
