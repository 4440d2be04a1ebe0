//! An enrolled phone fetches the passes of the next two days, each for a key of its own.

use super::enrol::read_point;
use crate::acting::{still, whom};
use crate::app::App;
use crate::caller::Caller;
use crate::issuing::{Holder, sign, take_place, tell_unless_green};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::recording::show;
use crate::request::Body;
use axum::Json;
use axum::extract::State;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::Instant;
use healthcode_credential::bearer::{Bearer, DeviceKey, LONGEST_PHONE_SECONDS};
use healthcode_credential::keys::PublicKey;
use healthcode_store::{Tx, acts_for, enrolments, passes};
use serde::{Deserialize, Serialize};

/// Passes begin on whole hours, so that their times tell nobody apart.
const HOUR: i64 = 3_600;
/// A pass begins this long before the one before it ends.
const OVERLAP_SECONDS: i64 = HOUR;
/// A phone holds passes for so long ahead, at most.
const AHEAD_SECONDS: i64 = 48 * HOUR;
/// Keys of one request, at most.
const MOST_KEYS: usize = 4;
/// The phone's clock may differ by so much.
const CLOCK_SECONDS: i64 = 300;

/// Keys of passes to be issued.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PassesRequest {
    /// By the phone's clock, at most five minutes from the server's.
    made_at: String,
    /// Somebody whom one answers for; oneself when absent.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    whom: Option<String>,
    /// One to four P-256 points, 65 bytes each in base64url without padding; each was used for no other pass.
    device_keys: Vec<String>,
    /// By the enrolment key, ECDSA P-256 with SHA-256, r and s in base64url without padding, over the lines
    /// `EPC1 renewal`, `made_at`, `for` where it is given, and the keys as they are sent, with a line feed between them.
    signature: String,
}

/// A pass for a key of this phone.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PhonePass {
    /// The signed pass; the phone signs the time beside it.
    text: String,
    issued_at: String,
    expires_at: String,
}

/// Passes in the order of the keys; fewer when the next two days need no more.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct PassesAnswer {
    passes: Vec<PhonePass>,
}

struct FetchPasses {
    app: App,
    account: AccountId,
    person: PersonId,
    keys: Vec<PublicKey>,
    /// What the enrolment key must have signed, and the signature.
    signed: (String, [u8; 64]),
    at: Instant,
}

impl Change for FetchPasses {
    type Answer = PassesAnswer;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<PassesAnswer>> {
        let (app, at) = (&self.app, self.at);
        tx.lock_person(self.person.as_str()).await?;
        self.check(tx).await?;
        let lasting = passes::lasts_until(tx.conn().await?, &self.person, &self.account, at).await?;
        let first = Instant::from_seconds(at.seconds().div_euclid(HOUR) * HOUR);
        let mut issued_at = lasting.map_or(first, |until| until.plus_seconds(-OVERLAP_SECONDS).max(first));
        let mut issued = Vec::new();
        for key in &self.keys {
            let expires_at = issued_at.plus_seconds(LONGEST_PHONE_SECONDS);
            if expires_at > at.plus_seconds(AHEAD_SECONDS) {
                break;
            }
            let account = Some(&self.account);
            let holder = Holder { person: &self.person, account, issued_at, expires_at };
            let status = take_place(app, tx, &holder).await?;
            let bearer = Bearer::Phone { status, device: DeviceKey::new(key) };
            let text = sign(app, bearer, (issued_at, expires_at), at)?;
            let show = |at| show(app, at).to_string();
            issued.push(PhonePass { text, issued_at: show(issued_at), expires_at: show(expires_at) });
            issued_at = expires_at.plus_seconds(-OVERLAP_SECONDS);
        }
        if !issued.is_empty() {
            tell_unless_green(app, tx, &self.person, at).await?;
        }
        Ok(Done { answer: PassesAnswer { passes: issued }, changed: Vec::new() })
    }
}

impl FetchPasses {
    /// The request is signed by the key that this phone enrolled, for a person it acts for now. A phone that no longer
    /// acts for whom it was enrolled for enrols again.
    async fn check(&self, tx: &mut Tx<'_>) -> Answer<()> {
        still(tx, &self.account, &self.person).await?;
        let enrolled = enrolments::get(tx.conn().await?, &self.account).await?;
        let enrolled = enrolled.ok_or(Problem::new(Code::NotEnrolled))?;
        if !acts_for::holds(tx.conn().await?, &self.account, &enrolled.person).await? {
            return Err(Code::NotEnrolled.into());
        }
        let key = PublicKey::from_uncompressed(&enrolled.key).map_err(|_| Problem::new(Code::Internal))?;
        let (text, signature) = &self.signed;
        if key.signed(text.as_bytes(), signature) { Ok(()) } else { Err(Code::RenewalSignature.into()) }
    }
}

/// Fetches passes. Each starts on a whole hour, is good for a day, and overlaps the one before by an hour; what lasts
/// longer than two days ahead is not issued.
#[utoipa::path(post, path = "/api/v1/me/passes", tag = "resident", request_body = PassesRequest, responses((status = 200, body = PassesAnswer)))]
pub async fn fetch_passes(
    State(app): State<App>,
    caller: Caller,
    once_key: OnceKey,
    Body(request): Body<PassesRequest>,
) -> Answer<Json<PassesAnswer>> {
    caller.may(Deed::FetchPasses)?;
    let at = app.clock.now();
    let made_at = Instant::parse(&request.made_at);
    let made_at = made_at.map_err(|_| Problem::new(Code::DateForm).field("made_at"))?;
    if (made_at.seconds() - at.seconds()).abs() > CLOCK_SECONDS {
        return Err(Problem::new(Code::RenewalTime).field("made_at"));
    }
    if !(1..=MOST_KEYS).contains(&request.device_keys.len()) {
        return Err(Problem::new(Code::Body).field("device_keys").detail("one to four keys"));
    }
    let keys = request.device_keys.iter().map(|key| read_point(key, "device_keys"));
    let keys = keys.collect::<Answer<Vec<_>>>()?;
    let signature = BASE64_URL_SAFE_NO_PAD.decode(&request.signature).ok();
    let signature = signature.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok());
    let signature = signature.ok_or(Problem::new(Code::RenewalSignature).field("signature"))?;
    let lines = ["EPC1 renewal", &request.made_at].into_iter().chain(request.whom.as_deref());
    let lines: Vec<_> = lines.chain(request.device_keys.iter().map(String::as_str)).collect();
    let text = lines.join("\n");
    let person = whom(&app, &caller, request.whom.as_deref()).await?;
    let account = caller.account.clone();
    let change = FetchPasses { app: app.clone(), account, person, keys, signed: (text, signature), at };
    Ok(Json(once(&app, &caller, once_key, "fetch_passes", &request, change).await?))
}
