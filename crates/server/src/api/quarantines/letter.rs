//! A letter about an order of isolation as a PDF. An officer's print is an export: the look and the purpose are recorded
//! before the letter is made. A resident prints her own, and those of the people she answers for.

use super::of_person::label;
use crate::acting::whom;
use crate::api::show_code::decision_now;
use crate::app::App;
use crate::caller::Caller;
use crate::letter::{Kind, Letter};
use crate::looking::{existing, read_person, read_purpose, record_looks};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::request::Asked;
use crate::supervised::{Reader, obligations, state};
use crate::watching::{meter_person, record_inquiry};
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::region_table::Language;
use healthcode_store::quarantines::{self, Order};
use serde::Deserialize;

/// Which letter, in which language, and what for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct LetterQuery {
    /// `case`, `audit`, `identity` or `help`; the person sees it.
    purpose: Option<String>,
    /// `order`, `change` or `release`; the one that fits where the order stands, when absent.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// `en` or `zh`; both when absent, Chinese first.
    language: Option<String>,
}

/// Which of one's letters.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnLetterQuery {
    /// `order`, `change` or `release`; the one that fits where the order stands, when absent.
    #[param(value_type = Option<String>)]
    kind: Option<Kind>,
    /// `en` or `zh`; both when absent, Chinese first.
    language: Option<String>,
    /// Somebody whom one answers for; oneself when absent. The letter is about the last order.
    #[serde(rename = "for")]
    #[param(rename = "for")]
    whom: Option<String>,
}

fn read_languages(text: Option<&str>) -> Answer<&'static [Language]> {
    match text {
        None => Ok(&[Language::Chinese, Language::English]),
        Some("en") => Ok(&[Language::English]),
        Some("zh") => Ok(&[Language::Chinese]),
        Some(_) => Err(Problem::new(Code::Body).field("language").detail("language: en or zh")),
    }
}

/// Makes a letter, where there is one of this kind about the order.
async fn letter(
    app: &App,
    person: &PersonId,
    order: &Order,
    (kind, languages): (Option<Kind>, &[Language]),
    reader: Reader,
) -> Answer<Vec<u8>> {
    let at = app.clock.now();
    let known = existing(app, person).await?;
    let decision = decision_now(app, person, at).await?;
    let mut conn = app.store.reader().await?;
    let changes = quarantines::changes(&mut conn, order).await?;
    let stands = state(order, decision.as_ref(), at);
    let kind = kind.unwrap_or(match (stands, changes.is_empty()) {
        ("released", _) => Kind::Release,
        (_, false) => Kind::Change,
        _ => Kind::Order,
    });
    let exists = match kind {
        Kind::Order => stands != "closed",
        Kind::Change => !changes.is_empty(),
        Kind::Release => stands == "released",
    };
    if !exists {
        return Err(Problem::new(Code::NoLetter).field("kind"));
    }
    let (mut change, mut ordered_by) = (changes.last().map(|change| (change, None)), None);
    if reader == Reader::Officer {
        ordered_by = Some(label(&mut conn, &order.ordered_by).await?);
        if let Some((of, by)) = &mut change {
            *by = Some(label(&mut conn, &of.account).await?);
        }
    }
    let published = app.published();
    let authority = published.rules.authority(at);
    let called = |language| app.regions.name(&authority, language).unwrap_or(authority.as_str()).to_owned();
    let tests = obligations(decision.as_ref()).into_iter().filter(|duty| duty.code == "test");
    let letter = Letter {
        kind,
        order,
        address: quarantines::open_address(app.store.seal(), order)?,
        change,
        masked_name: known.personal.name.masked(),
        last_four: known.personal.document.last_four().to_owned(),
        ordered_by,
        authority: [called(Language::English), called(Language::Chinese)],
        rule_set: decision.map(|decision| decision.rule_set).unwrap_or_default(),
        tests: tests.flat_map(|duty| duty.due_on).collect(),
        zone: published.rules.zone(at),
        at,
    };
    Ok(letter.pdf(languages))
}

fn answer(pdf: Vec<u8>) -> impl IntoResponse {
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "inline; filename=\"isolation.pdf\""),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, pdf)
}

/// Prints a letter about an order of isolation.
#[utoipa::path(get, path = "/api/v1/people/{person}/quarantines/{order}/letter", tag = "officer", params(("person" = String, Path), ("order" = String, Path), LetterQuery), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub async fn print_letter(
    State(app): State<App>,
    caller: Caller,
    Path((person, order)): Path<(String, String)>,
    Asked(asked): Asked<LetterQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::PrintLetter)?;
    let purpose = read_purpose(asked.purpose.as_deref())?;
    let languages = read_languages(asked.language.as_deref())?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    meter_person(&app, &caller, &person).await?;
    record_inquiry(&app, &caller, "export", "letter", (purpose, 1)).await?;
    record_looks(&app, &caller, std::slice::from_ref(&person), purpose).await?;
    let orders = quarantines::of_person(&mut *app.store.reader().await?, &person).await?;
    let order = orders.into_iter().find(|one| one.id.to_string() == order);
    let order = order.ok_or(Problem::new(Code::NotFound))?;
    Ok(answer(letter(&app, &person, &order, (asked.kind, languages), Reader::Officer).await?))
}

/// Prints a letter about one's last order of isolation.
#[utoipa::path(get, path = "/api/v1/me/quarantine/letter", tag = "resident", params(OwnLetterQuery), responses((status = 200, body = Vec<u8>, content_type = "application/pdf")))]
pub async fn print_own_letter(
    State(app): State<App>,
    caller: Caller,
    Asked(asked): Asked<OwnLetterQuery>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::PrintOwnLetter)?;
    let languages = read_languages(asked.language.as_deref())?;
    let person = whom(&app, &caller, asked.whom.as_deref()).await?;
    if asked.whom.is_some() {
        record_looks(&app, &caller, std::slice::from_ref(&person), "household").await?;
    }
    let orders = quarantines::of_person(&mut *app.store.reader().await?, &person).await?;
    let order = orders.into_iter().next().ok_or(Problem::new(Code::NoLetter).field("kind"))?;
    Ok(answer(letter(&app, &person, &order, (asked.kind, languages), Reader::Person).await?))
}
