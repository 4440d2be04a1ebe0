//! Who is asking: the session behind a cookie or bearer token.

use crate::app::App;
use crate::permission::{Deed, Role, may};
use crate::problem::{Answer, Code, Problem};
use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use healthcode_core::ids::{AccountId, PersonId, PointId};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_store::{acts_for, sessions};
use std::sync::Arc;

/// The name of the session cookie.
pub const COOKIE: &str = "healthcode_session";

/// A signed-in caller.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The account.
    pub account: AccountId,
    /// Its role in this session.
    pub role: Role,
    /// Collection point of a checker.
    pub point: Option<PointId>,
    /// How the codes of the regions begin where the grant holds; empty for the whole installation.
    pub area: String,
    expires_at: Instant,
    /// Hash of the token, by which the session is found.
    pub token_hash: [u8; 32],
}

/// The hash under which a token is kept.
pub fn hash_token(token: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}

impl Caller {
    /// Refuses an act that the role may not do.
    pub fn may(&self, deed: Deed) -> Answer<()> {
        if may(self.role, deed) { Ok(()) } else { Err(Code::NotAllowed.into()) }
    }

    /// The person a resident's account acts for.
    pub async fn own_person(&self, app: &App) -> Answer<PersonId> {
        let person = acts_for::own_person(&mut *app.store.reader().await?, &self.account).await?;
        person.ok_or(Problem::new(Code::NotDeclared))
    }
}

/// How the codes within a region begin.
fn area_of(region: &str) -> String {
    Region::new(region).map_or_else(|_| region.to_owned(), |region| region.within_prefix().to_owned())
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = bearer.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(token);
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies.flat_map(|line| line.split(';')).find_map(|cookie| {
        let (name, value) = cookie.trim().split_once('=')?;
        (name == COOKIE).then_some(value)
    })
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = token(&parts.headers).ok_or(Problem::new(Code::SignIn))?;
        let token_hash = hash_token(token);
        let now = app.clock.now();
        if let Some(known) = app.sessions.get(&token_hash) {
            return if known.expires_at > now { Ok((*known).clone()) } else { Err(Code::SignIn.into()) };
        }
        let session = sessions::find(&mut *app.store.reader().await?, &token_hash).await?;
        let session = session.filter(|s| s.expires_at > now).ok_or(Problem::new(Code::SignIn))?;
        let role = Role::from_word(&session.role).ok_or(Problem::new(Code::SignIn))?;
        let caller = Caller {
            account: session.account,
            role,
            point: session.point,
            area: area_of(&session.region),
            expires_at: session.expires_at,
            token_hash,
        };
        app.sessions.insert(token_hash, Arc::new(caller.clone()));
        Ok(caller)
    }
}
