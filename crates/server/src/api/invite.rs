//! An officer makes a one-time sign-in link for staff.

use super::declare::read_region;
use crate::app::App;
use crate::caller::{Caller, hash_token};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::{Deed, Role};
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use crate::retention::forget_on;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::sessions::{self, SignInLink};
use healthcode_store::{Act, StoreFault, Tx, points};
use serde::{Deserialize, Serialize};

/// Days that a link is good.
pub const LINK_DAYS: i64 = 7;

/// For whom.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteRequest {
    /// `checker` or `officer`.
    role: String,
    /// Collection point of a checker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    point: Option<String>,
    /// Whom the link is for, 1 to 60 characters; the role or the point when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Region of an officer, within one's own; one's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    region: Option<String>,
}

/// The link; whoever opens it first is signed in.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct Invited {
    link: String,
    expires_at: String,
}

/// Keeps a link in the store.
pub(crate) struct AddLink {
    pub link_hash: [u8; 32],
    pub link: SignInLink,
    pub at: Instant,
}

impl Act for AddLink {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let days = i32::try_from((self.link.expires_at.seconds() - self.at.seconds()) / 86_400).unwrap_or(0);
        sessions::add_link(
            tx.conn().await?,
            &self.link_hash,
            &self.link,
            self.at,
            forget_on(self.at, days + 1),
        )
        .await
    }
}

struct Invite {
    add: AddLink,
    answer: (String, String),
}

impl Change for Invite {
    type Answer = Invited;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Invited>> {
        self.add.run(tx).await?;
        let (link, expires_at) = self.answer.clone();
        Ok(Done { answer: Invited { link, expires_at }, changed: Vec::new() })
    }
}

/// A new link: its public address and what is kept of it.
pub(crate) fn new_link(
    app: &App,
    role: Role,
    point: Option<PointId>,
    account: Option<AccountId>,
    label: &str,
    given_by: &str,
) -> (String, AddLink) {
    let at = app.clock.now();
    let secret = crate::clock::hex(&app.clock.bytes::<24>());
    let link = SignInLink {
        region: String::new(),
        role: role.word().to_owned(),
        point,
        account,
        label: label.to_owned(),
        given_by: given_by.to_owned(),
        expires_at: at.plus_days_of_24h(LINK_DAYS),
    };
    let address = format!("{}/sign-in#{secret}", app.public_url);
    (address, AddLink { link_hash: hash_token(&secret), link, at })
}

/// Where the grant of a new link holds: nobody gives more than is her own.
fn read_area(app: &App, caller: &Caller, region: Option<&str>) -> Answer<String> {
    let Some(text) = region else { return Ok(caller.area.clone()) };
    let region = read_region(app, text, "region")?;
    match region.within_prefix().starts_with(&*caller.area) {
        true => Ok(region.to_string()),
        false => Err(Problem::new(Code::OutsideArea).field("region")),
    }
}

/// Makes a sign-in link.
#[utoipa::path(post, path = "/api/v1/sign-in-links", tag = "officer", request_body = InviteRequest, responses((status = 201, body = Invited)))]
pub async fn invite(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<InviteRequest>,
) -> Answer<(StatusCode, Json<Invited>)> {
    caller.may(Deed::InviteStaff)?;
    let role = Role::from_word(&request.role).filter(|role| *role != Role::Resident);
    let role = role.ok_or(Problem::new(Code::Body).field("role").detail("role: checker or officer"))?;
    let point = match (&request.point, role) {
        (Some(point), Role::Checker) => {
            let point =
                PointId::new(point.as_str()).map_err(|_| Problem::new(Code::PointUnknown).field("point"))?;
            let known = points::get(&mut *app.store.reader().await?, &point).await?;
            Some(known.ok_or(Problem::new(Code::PointUnknown).field("point"))?)
        }
        (None, Role::Checker) => return Err(Problem::new(Code::PointUnknown).field("point")),
        _ => None,
    };
    let label = point.as_ref().map_or(role.word().to_owned(), |point| point.name.en.clone());
    let label = match request.label.as_deref().map(str::trim) {
        None | Some("") => label,
        Some(text) if text.chars().count() <= 60 && !text.chars().any(char::is_control) => text.to_owned(),
        Some(_) => return Err(Problem::new(Code::NameForm).field("label")),
    };
    let point = point.map(|point| point.point);
    let (address, mut add) = new_link(&app, role, point, None, &label, caller.account.as_str());
    add.link.region = read_area(&app, &caller, request.region.as_deref())?;
    let answer = (address, show(&app, add.link.expires_at).to_string());
    let change = Invite { add, answer };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "invite", &request, change).await?)))
}
