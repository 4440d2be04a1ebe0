//! An officer sees a case file: where the case stands and stood, its window with the stays in it, what was said, what was
//! changed, and what it belongs to.

use crate::api::quarantines::of_person::PurposeOnly;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{existing, read_person, read_purpose, record_looks};
use crate::permission::Deed;
use crate::place_name;
use crate::problem::Answer;
use crate::reach::named;
use crate::recording::show;
use crate::request::Asked;
use crate::watching::meter_person;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::fact::Fact;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::cases::CaseWindow;
use healthcode_store::{Conn, case_files, case_merges, cases, clusters, interviews, lives, sessions, visits};
use serde::Serialize;

/// A case status that was recorded.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StatusAnswer {
    status: &'static str,
    happened_at: String,
    recorded_at: String,
    onset_at: Option<String>,
    withdrawn: bool,
}

/// When others were exposed.
#[derive(Serialize, utoipa::ToSchema)]
pub struct WindowAnswer {
    from: String,
    until: String,
    /// Whether an officer set it, instead of the contact definition.
    by_officer: bool,
}

/// A stay of the case within the window.
#[derive(Serialize, utoipa::ToSchema)]
pub struct StayAnswer {
    point: String,
    #[schema(value_type = Object)]
    name: Option<Text>,
    entered_at: String,
    left_at: String,
    grade: String,
}

/// Something that the case said.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SaidAnswer {
    id: String,
    /// `place`, `ride` or `person`.
    kind: String,
    said: String,
    point: Option<String>,
    named: Option<String>,
    from: Option<String>,
    until: Option<String>,
    at: String,
}

/// A change of the file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CaseChangeAnswer {
    at: String,
    /// `window`, `region`, `officer`, `merged` or `parted`.
    what: String,
    before: String,
    after: String,
    reason: String,
    by: String,
}

/// A cluster that the case belongs to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClusterName {
    id: String,
    name: String,
}

/// Two records that were one case.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MergeAnswer {
    id: String,
    lead: String,
    duplicate: String,
    at: String,
    undone_at: Option<String>,
}

/// A case file.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CaseFileAnswer {
    person: String,
    masked_name: String,
    document_last_four: String,
    /// Whether one's area reaches the case; outside it, what was said, stays and changes are not shown.
    within: bool,
    /// Whose case it is.
    region: String,
    /// Who looks after it; null for nobody.
    officer: Option<String>,
    /// Null for who is no case now.
    status: Option<&'static str>,
    since: Option<String>,
    onset_at: Option<String>,
    sampled_at: Option<String>,
    window: Option<WindowAnswer>,
    contacts: i64,
    history: Vec<StatusAnswer>,
    stays: Vec<StayAnswer>,
    said: Vec<SaidAnswer>,
    changes: Vec<CaseChangeAnswer>,
    clusters: Vec<ClusterName>,
    merges: Vec<MergeAnswer>,
}

/// Every status that was recorded, oldest first.
fn history(app: &App, life: &Life, at: Instant) -> Vec<StatusAnswer> {
    let facts = life.facts_at(at).into_iter();
    let statuses = facts.filter_map(|(evidence, fact, withdrawn)| match fact {
        Fact::CaseReport(case) => Some(StatusAnswer {
            status: case.status.word(),
            happened_at: show(app, evidence.happened_at).to_string(),
            recorded_at: show(app, evidence.recorded_at).to_string(),
            onset_at: case.onset_at.map(|at| show(app, at).to_string()),
            withdrawn,
        }),
        _ => None,
    });
    statuses.collect()
}

async fn stays(app: &App, conn: &mut Conn, case: &CaseWindow) -> Answer<Vec<StayAnswer>> {
    let mut stays = Vec::new();
    for visit in visits::of_person(conn, &case.person, case.window).await? {
        stays.push(StayAnswer {
            name: place_name::name(conn, &visit.point).await?,
            point: visit.point.to_string(),
            entered_at: show(app, visit.stay.from).to_string(),
            left_at: show(app, visit.stay.until).to_string(),
            grade: visit.grade,
        });
    }
    Ok(stays)
}

async fn said(app: &App, conn: &mut Conn, person: &PersonId) -> Answer<Vec<SaidAnswer>> {
    let time = |at: Instant| show(app, at).to_string();
    let said = interviews::of_person(conn, app.store.seal(), person).await?.into_iter();
    let said = said.map(|said| SaidAnswer {
        id: said.id,
        kind: said.kind,
        said: said.said,
        point: said.point.map(|point| point.to_string()),
        named: said.named.map(|named| named.to_string()),
        from: said.from.map(time),
        until: said.until.map(time),
        at: time(said.at),
    });
    Ok(said.collect())
}

async fn changes(app: &App, conn: &mut Conn, person: &PersonId) -> Answer<Vec<CaseChangeAnswer>> {
    let mut changes = Vec::new();
    for change in case_files::changes(conn, person).await? {
        changes.push(CaseChangeAnswer {
            at: show(app, change.at).to_string(),
            by: sessions::label_of(conn, &change.account).await?.unwrap_or_default(),
            what: change.what,
            before: change.before,
            after: change.after,
            reason: change.reason,
        });
    }
    Ok(changes)
}

/// Sees a case file.
#[utoipa::path(get, path = "/api/v1/cases/{person}", tag = "officer", params(("person" = String, Path), PurposeOnly), responses((status = 200, body = CaseFileAnswer)))]
pub async fn see_case(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Asked(asked): Asked<PurposeOnly>,
) -> Answer<impl IntoResponse> {
    caller.may(Deed::SeeCase)?;
    let purpose = read_purpose(asked.purpose.as_deref())?;
    let id = read_person(&person)?;
    let known = existing(&app, &id).await?;
    meter_person(&app, &caller, &id).await?;
    record_looks(&app, &caller, std::slice::from_ref(&id), purpose).await?;
    let at = app.clock.now();
    let mut conn = app.store.reader().await?;
    let shown = named(&app, &mut conn, &caller, &known).await?;
    let life = lives::of_person(&mut conn, &id).await?;
    let standing = life.case_at(at);
    let file = case_files::get(&mut conn, &id).await?;
    let kept = cases::of_person(&mut conn, &id).await?;
    let by_officer = file.as_ref().is_some_and(|file| file.window.is_some());
    let officer = match file.as_ref().and_then(|file| file.officer.as_ref()) {
        Some(officer) => sessions::label_of(&mut conn, officer).await?,
        None => None,
    };
    let time = |at: Instant| show(&app, at).to_string();
    let mut answer = CaseFileAnswer {
        person: id.to_string(),
        masked_name: shown.masked_name,
        document_last_four: shown.last_four,
        within: shown.within,
        region: file.map_or_else(|| known.residence.to_string(), |file| file.region),
        officer,
        status: standing.map(|standing| standing.status.word()),
        since: standing.map(|standing| time(standing.since)),
        onset_at: standing.and_then(|standing| standing.onset_at).map(time),
        sampled_at: kept.as_ref().and_then(|(case, _)| case.sampled_at).map(time),
        window: kept.as_ref().map(|(case, _)| WindowAnswer {
            from: time(case.window.from),
            until: time(case.window.until),
            by_officer,
        }),
        contacts: kept.as_ref().map_or(0, |(_, contacts)| *contacts),
        history: Vec::new(),
        stays: Vec::new(),
        said: Vec::new(),
        changes: Vec::new(),
        clusters: Vec::new(),
        merges: Vec::new(),
    };
    if shown.within {
        answer.history = history(&app, &life, at);
        answer.said = said(&app, &mut conn, &id).await?;
        answer.changes = changes(&app, &mut conn, &id).await?;
        if let Some((case, _)) = &kept {
            answer.stays = stays(&app, &mut conn, case).await?;
        }
        let found = clusters::of_person(&mut conn, app.store.seal(), &id).await?.into_iter();
        answer.clusters = found.map(|cluster| ClusterName { id: cluster.id, name: cluster.name }).collect();
        let merges = case_merges::of_person(&mut conn, &id).await?.into_iter();
        let merges = merges.map(|merge| MergeAnswer {
            id: merge.id,
            lead: merge.lead.to_string(),
            duplicate: merge.duplicate.to_string(),
            at: time(merge.at),
            undone_at: merge.undone_at.map(time),
        });
        answer.merges = merges.collect();
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)))
}
