//! Status files, for anybody to carry: what they say is encrypted for enrolled gates. A file never changes, so that any
//! cache may keep it; only `latest` does.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, header};
use axum::response::IntoResponse;
use healthcode_core::region::Region;
use healthcode_store::status::{self, FileKind};
use serde::Serialize;

/// The newest files of a region.
#[derive(Serialize)]
pub struct Latest {
    number: u64,
    snapshot: u64,
}

fn read_region(text: &str) -> Answer<Region> {
    Region::new(text).map_err(|_| Problem::new(Code::NotFound))
}

/// `GET /status/{region}/latest`: which files are the newest.
pub async fn latest(State(app): State<App>, Path(region): Path<String>) -> Answer<impl IntoResponse> {
    let region = read_region(&region)?;
    let newest = status::newest(&mut *app.store.reader().await?, &region).await?;
    let newest = newest.ok_or(Problem::new(Code::NotFound))?;
    let cache = [(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=10"))];
    Ok((cache, Json(Latest { number: newest.number, snapshot: newest.snapshot })))
}

/// `GET /status/{region}/{snapshot|delta}/{number}`: a file.
pub async fn file(
    State(app): State<App>,
    Path((region, kind, number)): Path<(String, String, u64)>,
) -> Answer<Response<Body>> {
    let region = read_region(&region)?;
    let kinds = [FileKind::Snapshot, FileKind::Delta];
    let kind = kinds.into_iter().find(|known| known.word() == kind).ok_or(Problem::new(Code::NotFound))?;
    let content = status::file(&mut *app.store.reader().await?, &region, number, kind).await?;
    let mut response = Response::new(Body::from(content.ok_or(Problem::new(Code::NotFound))?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=345600, immutable"));
    Ok(response)
}
