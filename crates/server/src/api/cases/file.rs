//! A case file is changed: the infectious window, whose case it is, who looks after it. What was there before and why are
//! kept; a window that is edited is traced again at once.

use crate::api::history::read_time;
use crate::api::quarantines::read_reason;
use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::region::Region;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::case_files::{self, CaseChange, CaseFile};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{Tx, lives, looks, sessions};
use serde::{Deserialize, Serialize};

/// Days that a window may last: visits are kept for 28.
const MOST_WINDOW_DAYS: i64 = 28;

/// When others were exposed.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowRequest {
    /// Both or neither: neither gives the window back to the contact definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    reason: String,
}

/// Whose case it is from now on.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    region: String,
    reason: String,
}

/// Who looks after it from now on.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRequest {
    /// An account of the list of officers; oneself when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    officer: Option<String>,
    reason: String,
}

/// A file that was changed.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct FileChanged {
    changed_at: String,
}

enum Edit {
    Window(Option<Interval>),
    Region(Region),
    Officer(AccountId),
}

struct ChangeFile {
    app: App,
    caller: Caller,
    person: PersonId,
    residence: Region,
    edit: Edit,
    reason: String,
    at: Instant,
}

impl ChangeFile {
    fn window_words(&self, window: Option<Interval>) -> String {
        let words = |w: Interval| format!("{} {}", show(&self.app, w.from), show(&self.app, w.until));
        window.map(words).unwrap_or_default()
    }

    /// The file as it is from now on, and what changed: its name, before, after.
    fn edited(&self, file: &CaseFile) -> (CaseFile, &'static str, String, String) {
        let mut new = file.clone();
        match &self.edit {
            Edit::Window(window) => {
                new.window = *window;
                (new, "window", self.window_words(file.window), self.window_words(*window))
            }
            Edit::Region(region) => {
                new.region = region.to_string();
                (new, "region", file.region.clone(), region.to_string())
            }
            Edit::Officer(officer) => {
                new.officer = Some(officer.clone());
                let before = file.officer.as_ref().map_or(String::new(), ToString::to_string);
                (new, "officer", before, officer.to_string())
            }
        }
    }
}

impl Change for ChangeFile {
    type Answer = FileChanged;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<FileChanged>> {
        let (app, at, person) = (&self.app, self.at, &self.person);
        tx.lock_person(person.as_str()).await?;
        if lives::of_person(tx.conn().await?, person).await?.case_at(at).is_none() {
            return Err(Code::NoCase.into());
        }
        let (account, forget) = (&self.caller.account, forget_on(at, retention::PERSON));
        tx.later(case_files::open(person, self.residence.as_str(), account, at, forget)).await?;
        let file = case_files::get(tx.conn().await?, person).await?.ok_or(Problem::new(Code::Internal))?;
        let (new, what, before, after) = self.edited(&file);
        let change = CaseChange {
            at,
            id: app.clock.name_at(at),
            what: what.to_owned(),
            before,
            after,
            reason: self.reason.clone(),
            account: account.clone(),
        };
        tx.later(case_files::set(person, &new)).await?;
        tx.later(case_files::note(person, &change, forget)).await?;
        let looked = look(app, &self.caller, person, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        if new.window != file.window {
            tx.later(queue::ask(RECONCILE, person.as_str(), at, forget)).await?;
        }
        Ok(Done { answer: FileChanged { changed_at: show(app, at).to_string() }, changed: Vec::new() })
    }
}

async fn change(
    (app, caller, key): (App, Caller, OnceKey),
    what: &'static str,
    person: &str,
    request: &impl Serialize,
    (edit, reason): (Edit, &str),
) -> Answer<(StatusCode, Json<FileChanged>)> {
    let reason = read_reason(reason)?;
    let person = read_person(person)?;
    let known = reachable(&app, &caller, &person).await?;
    let change = ChangeFile {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        residence: known.residence,
        edit,
        reason,
        at: app.clock.now(),
    };
    let changed = once(&app, &caller, key, what, &(&person, request), change).await?;
    app.wake.notify_one();
    Ok((StatusCode::CREATED, Json(changed)))
}

/// Reads a window: both ends or neither.
pub(super) fn read_window_of(app: &App, from: Option<&str>, until: Option<&str>) -> Answer<Option<Interval>> {
    let (from, until) = match (from, until) {
        (None, None) => return Ok(None),
        (Some(from), Some(until)) => (read_time(from, "from")?, read_time(until, "until")?),
        _ => return Err(Problem::new(Code::DateForm).field("until")),
    };
    if from > app.clock.now() {
        return Err(Problem::new(Code::DateFuture).field("from"));
    }
    let window = Interval::new(from, until).ok_or(Problem::new(Code::WindowRange).field("until"))?;
    match window.until > from.plus_days_of_24h(MOST_WINDOW_DAYS) {
        true => Err(Problem::new(Code::WindowRange).field("until")),
        false => Ok(Some(window)),
    }
}

/// Sets when others were exposed.
#[utoipa::path(post, path = "/api/v1/cases/{person}/window", tag = "officer", params(("person" = String, Path)), request_body = WindowRequest, responses((status = 201, body = FileChanged)))]
pub async fn set_window(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<WindowRequest>,
) -> Answer<(StatusCode, Json<FileChanged>)> {
    caller.may(Deed::SetWindow)?;
    let window = read_window_of(&app, request.from.as_deref(), request.until.as_deref())?;
    let edit = Edit::Window(window);
    change((app, caller, key), "set_window", &person, &request, (edit, &request.reason)).await
}

/// Hands a case to another jurisdiction.
#[utoipa::path(post, path = "/api/v1/cases/{person}/transfer", tag = "officer", params(("person" = String, Path)), request_body = TransferRequest, responses((status = 201, body = FileChanged)))]
pub async fn transfer_case(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<TransferRequest>,
) -> Answer<(StatusCode, Json<FileChanged>)> {
    caller.may(Deed::TransferCase)?;
    let edit = Edit::Region(crate::api::declare::read_region(&app, &request.region, "region")?);
    change((app, caller, key), "transfer_case", &person, &request, (edit, &request.reason)).await
}

/// Gives a case to an officer to look after.
#[utoipa::path(post, path = "/api/v1/cases/{person}/assignment", tag = "officer", params(("person" = String, Path)), request_body = AssignRequest, responses((status = 201, body = FileChanged)))]
pub async fn assign_case(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<AssignRequest>,
) -> Answer<(StatusCode, Json<FileChanged>)> {
    caller.may(Deed::AssignCase)?;
    let officer = read_officer(&app, &caller, request.officer.as_deref()).await?;
    let edit = Edit::Officer(officer);
    change((app, caller, key), "assign_case", &person, &request, (edit, &request.reason)).await
}

/// An officer who is one now; the caller when none is named.
pub(crate) async fn read_officer(app: &App, caller: &Caller, text: Option<&str>) -> Answer<AccountId> {
    let Some(text) = text else { return Ok(caller.account.clone()) };
    let problem = || Problem::new(Code::NotFound).field("officer");
    let account = AccountId::new(text).map_err(|_| problem())?;
    let now = app.clock.now();
    match sessions::holds(&mut *app.store.reader().await?, &account, "officer", now).await? {
        true => Ok(account),
        false => Err(problem()),
    }
}
