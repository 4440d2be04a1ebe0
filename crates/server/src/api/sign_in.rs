//! Sessions: a resident's device opens one for itself, staff sign in with a one-time link.

use crate::app::App;
use crate::caller::{COOKIE, Caller, hash_token};
use crate::once::{Change, Done, OnceKey, once_as};
use crate::permission::Role;
use crate::problem::{Answer, Code, Problem};
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::{AccountId, PointId};
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::sessions::{self, Session};
use healthcode_store::{Act, Tx, points};
use serde::{Deserialize, Serialize};

/// Nothing is asked.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceSessionRequest {}

/// A one-time link.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// What stands behind `/sign-in#`.
    link: String,
}

/// A new session; the token is also set as a cookie.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct SessionOpened {
    token: String,
    role: String,
}

/// Who is signed in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionAnswer {
    #[schema(value_type = String)]
    role: &'static str,
    label: String,
    point: Option<SessionPoint>,
}

/// Where a checker stands.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SessionPoint {
    /// Its id.
    pub point: String,
    /// Its name in both languages.
    #[schema(value_type = Object)]
    pub name: Text,
}

struct OpenSession {
    app: App,
    link_hash: Option<[u8; 32]>,
    token: String,
    account: AccountId,
    at: Instant,
}

impl Act for OpenSession {
    type Out = SessionOpened;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<SessionOpened> {
        let role = self.sign_in(tx).await?.word().to_owned();
        Ok(SessionOpened { token: self.token.clone(), role })
    }
}

impl Change for OpenSession {
    type Answer = SessionOpened;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<SessionOpened>> {
        Ok(Done { answer: Act::run(self, tx).await?, changed: Vec::new() })
    }
}

impl OpenSession {
    async fn sign_in(&self, tx: &mut Tx<'_>) -> Answer<Role> {
        let at = self.at;
        let Some(link_hash) = self.link_hash else {
            let forget = forget_on(at, retention::DEVICE_SESSION);
            sessions::add_account(tx.conn().await?, &self.account, "device", "", at, forget).await?;
            self.open(tx, self.account.clone(), Role::Resident, None).await?;
            return Ok(Role::Resident);
        };
        let link = sessions::use_link(tx.conn().await?, &link_hash, at)
            .await?
            .ok_or(Problem::new(Code::LinkUsed))?;
        let role = Role::from_word(&link.role).ok_or(Problem::new(Code::Internal))?;
        let account = match &link.account {
            Some(account) => account.clone(),
            None => {
                let forget = forget_on(at, retention::INSTALLATION);
                sessions::add_account(tx.conn().await?, &self.account, "staff", &link.label, at, forget)
                    .await?;
                if role != Role::Resident {
                    let until = at.plus_days_of_24h(i64::from(retention::PERSON));
                    sessions::grant(tx.conn().await?, &self.account, &link, at, until, forget).await?;
                }
                self.account.clone()
            }
        };
        self.open(tx, account, role, link.point).await?;
        Ok(role)
    }
}

impl OpenSession {
    async fn open(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        role: Role,
        point: Option<PointId>,
    ) -> Answer<()> {
        let days = session_days(&self.app, role);
        let expires_at = self.at.plus_days_of_24h(i64::from(days));
        let (role, region) = (role.word().to_owned(), String::new());
        let session = Session { account, role, point, expires_at, region };
        sessions::open(
            tx.conn().await?,
            &hash_token(&self.token),
            &session,
            self.at,
            forget_on(self.at, days + 1),
        )
        .await?;
        Ok(())
    }
}

/// Staff sign in daily; in the demo, whose clock is moved by weeks, they stay.
fn session_days(app: &App, role: Role) -> i32 {
    if role == Role::Resident || app.config.demo {
        retention::DEVICE_SESSION
    } else {
        retention::STAFF_SESSION
    }
}

/// A repetition of a sign-in with its key gets the same session: a lost answer does not cost the link. Who knows the
/// link stands for the caller, since there is none yet.
async fn open(app: App, link: Option<String>, key: Option<OnceKey>) -> Answer<impl IntoResponse> {
    let account = AccountId::new(app.clock.random_name()).map_err(|_| Problem::new(Code::Internal))?;
    let link_hash = link.map(|link| hash_token(&link));
    let token = crate::clock::hex(&app.clock.bytes::<32>());
    let act = OpenSession { link_hash, token, account, at: app.clock.now(), app: app.clone() };
    let opened = match (link_hash, key) {
        (Some(link_hash), Some(key)) => {
            let link = crate::clock::hex(&link_hash);
            let knows = AccountId::new(link.as_str()).map_err(|_| Problem::new(Code::Internal))?;
            once_as(&app, &knows, key, "sign_in", &link, act).await?
        }
        _ => app.store.write(act).await?,
    };
    let role = Role::from_word(&opened.role).ok_or(Problem::new(Code::Internal))?;
    let days = session_days(&app, role);
    let cookie = cookie(&app, &opened.token, i64::from(days) * 86_400);
    Ok((
        StatusCode::CREATED,
        [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, no_store())],
        Json(opened),
    ))
}

fn no_store() -> HeaderValue {
    HeaderValue::from_static("no-store")
}

fn cookie(app: &App, token: &str, seconds: i64) -> HeaderValue {
    let secure = if app.public_url.starts_with("https:") { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}");
    // Cannot fail: hexadecimal digits and literals.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Opens a session for a resident's device.
#[utoipa::path(post, path = "/api/v1/device-sessions", tag = "anyone", request_body = DeviceSessionRequest, responses((status = 201, body = SessionOpened)))]
pub async fn open_device_session(
    State(app): State<App>,
    _request: Body<DeviceSessionRequest>,
) -> Answer<impl IntoResponse> {
    open(app, None, None).await
}

/// Signs in with a one-time link.
#[utoipa::path(post, path = "/api/v1/sessions", tag = "anyone", request_body = SignInRequest, responses((status = 201, body = SessionOpened)))]
pub async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Body(request): Body<SignInRequest>,
) -> Answer<impl IntoResponse> {
    let key = headers
        .get("idempotency-key")
        .is_some_and(|key| !key.is_empty())
        .then(|| OnceKey::read(&headers))
        .transpose()?;
    open(app, Some(request.link), key).await
}

/// Who is signed in.
#[utoipa::path(get, path = "/api/v1/session", tag = "anyone", responses((status = 200, body = SessionAnswer)))]
pub async fn session(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    let mut conn = app.store.reader().await?;
    let label = sessions::label_of(&mut conn, &caller.account).await?.unwrap_or_default();
    let point = match &caller.point {
        Some(point) => points::get(&mut conn, point).await?,
        None => None,
    };
    let point = point.map(|point| SessionPoint { point: point.point.to_string(), name: point.name });
    let answer = SessionAnswer { role: caller.role.word(), label, point };
    Ok(([(header::CACHE_CONTROL, no_store())], Json(answer)))
}

struct CloseSession([u8; 32]);

impl Act for CloseSession {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        Ok(sessions::close(tx.conn().await?, &self.0).await?)
    }
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/session", tag = "anyone", responses((status = 204)))]
pub async fn sign_out(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    app.store.write(CloseSession(caller.token_hash)).await?;
    app.sessions.remove(&caller.token_hash);
    let mut headers = HeaderMap::new();
    headers.insert(header::SET_COOKIE, cookie(&app, "", 0));
    Ok((StatusCode::NO_CONTENT, headers))
}
