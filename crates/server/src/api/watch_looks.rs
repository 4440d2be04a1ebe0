//! Officers see who searched and exported, and whose look-ups were unusually many.

use super::looks::{After, read_cursor};
use super::{PAGE, Page};
use crate::app::App;
use crate::caller::Caller;
use crate::permission::Deed;
use crate::problem::Answer;
use crate::recording::show;
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_store::{inquiries, look_meter, sessions};
use serde::Serialize;

/// A search or an export.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InquiryAnswer {
    at: String,
    by: String,
    account: String,
    /// `search` or `export`.
    what: String,
    /// By what was searched, or what was exported.
    subject: String,
    purpose: String,
    /// How many people it showed.
    found: i64,
}

/// Unusually many look-ups by one account.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AlarmAnswer {
    raised_at: String,
    by: String,
    account: String,
    /// Different people and searches of that hour.
    looks: i64,
    /// How many were refused.
    refused: i64,
}

/// Lists searches and exports, newest first.
#[utoipa::path(get, path = "/api/v1/inquiries", tag = "officer", params(After), responses((status = 200, body = Page<InquiryAnswer>)))]
pub async fn list_inquiries(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListInquiries)?;
    let newest = app.clock.now().plus_seconds(1).micros().to_string() + " ";
    let before = read_cursor(asked.after.as_deref().unwrap_or(&newest))?;
    let mut conn = app.store.reader().await?;
    let found = inquiries::list(&mut conn, before, PAGE as i64 + 1).await?;
    let page = Page::of(found, |inquiry| format!("{} {}", inquiry.at.micros(), inquiry.id));
    let mut items = Vec::new();
    for inquiry in page.items {
        items.push(InquiryAnswer {
            at: show(&app, inquiry.at).to_string(),
            by: sessions::label_of(&mut conn, &inquiry.account).await?.unwrap_or_default(),
            account: inquiry.account.to_string(),
            what: inquiry.what,
            subject: inquiry.subject,
            purpose: inquiry.purpose,
            found: inquiry.found,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}

/// Lists alarms, newest first.
#[utoipa::path(get, path = "/api/v1/look-alarms", tag = "officer", params(After), responses((status = 200, body = Page<AlarmAnswer>)))]
pub async fn list_look_alarms(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<After>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListLookAlarms)?;
    let newest = app.clock.now().plus_seconds(1).micros().to_string() + " ";
    let (before, _) = read_cursor(asked.after.as_deref().unwrap_or(&newest))?;
    let mut conn = app.store.reader().await?;
    let found = look_meter::alarms(&mut conn, before, PAGE as i64 + 1).await?;
    let page = Page::of(found, |alarm| format!("{} ", alarm.raised_at.micros()));
    let mut items = Vec::new();
    for alarm in page.items {
        items.push(AlarmAnswer {
            raised_at: show(&app, alarm.raised_at).to_string(),
            by: sessions::label_of(&mut conn, &alarm.account).await?.unwrap_or_default(),
            account: alarm.account.to_string(),
            looks: alarm.looks,
            refused: alarm.refused,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(Page { items, next: page.next })))
}
