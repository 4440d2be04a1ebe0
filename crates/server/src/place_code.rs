//! Codes of places, which people scan themselves: one printed, and one on a screen that changes every half minute. What
//! each proves is its grade: a poster that somebody once saw the picture, the screen that somebody saw it just now.
//!
//! ```text
//! p.POINT.ISSUE.TAG        the poster
//! r.POINT.ISSUE.STEP.TAG   the screen; STEP counts half minutes since 1970
//! ```
//!
//! TAG is the first ten bytes of a keyed hash of what stands before it, in base64url without padding. The key is the
//! installation's and never leaves it, so that nobody else makes a code, and a code of another city is none here.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use healthcode_core::ids::PointId;
use healthcode_core::time::Instant;
use healthcode_trace::Grade;

/// Seconds for which the screen shows a code: long enough to scan it, too short to forward it far.
pub(crate) const STEP_SECONDS: i64 = 30;
/// A code of the screen counts for so many seconds after it went: who scanned it as it changed, on a slow network.
const AFTER_SECONDS: i64 = 60;
/// It counts so many seconds before it is shown, for a server whose clock is behind another's.
const BEFORE_SECONDS: i64 = 5;
/// Bytes of a tag: guessing one takes 2^80 questions.
const TAG_BYTES: usize = 10;

/// A code whose tag is right.
pub(crate) struct PlaceCode {
    pub point: PointId,
    pub issue: i64,
    /// The half minute in which the screen showed it; `None` for a poster.
    step: Option<i64>,
}

/// The poster of a place.
pub(crate) fn poster(app: &App, point: &PointId, issue: i64) -> String {
    tagged(app, format!("p.{point}.{issue}"))
}

/// What the screen of a place shows in a half minute.
pub(crate) fn on_screen(app: &App, point: &PointId, issue: i64, step: i64) -> String {
    tagged(app, format!("r.{point}.{issue}.{step}"))
}

/// The half minute of an instant.
pub(crate) fn step_of(at: Instant) -> i64 {
    at.seconds().div_euclid(STEP_SECONDS)
}

/// When the screen begins to show what belongs to a half minute.
pub(crate) fn begins(step: i64) -> Instant {
    Instant::from_seconds(step * STEP_SECONDS)
}

/// What a phone's camera opens: our own page, with the code behind `#`, which no browser sends to any server.
pub(crate) fn address(app: &App, code: &str) -> String {
    format!("{}/me/here#{code}", app.public_url)
}

fn tagged(app: &App, what: String) -> String {
    let tag = tag(app, &what);
    format!("{what}.{tag}")
}

fn tag(app: &App, what: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(&app.store.seal().find("place_code", what)[..TAG_BYTES])
}

/// Reads a code, or the address that carries it behind `#`. One that was not made here is refused.
pub(crate) fn read(app: &App, text: &str) -> Answer<PlaceCode> {
    let refused = || Problem::new(Code::PlaceCode).field("code");
    let text = text.trim();
    let code = text.rsplit_once('#').map_or(text, |(_, code)| code);
    let (what, given) = code.rsplit_once('.').ok_or_else(refused)?;
    let expected = tag(app, what);
    if aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_err() {
        return Err(refused());
    }
    let mut parts = what.split('.');
    let kind = parts.next().ok_or_else(refused)?;
    let point = parts.next().and_then(|point| PointId::new(point).ok()).ok_or_else(refused)?;
    let issue = parts.next().and_then(|issue| issue.parse().ok()).ok_or_else(refused)?;
    let step = match (kind, parts.next()) {
        ("p", None) => None,
        ("r", Some(step)) => Some(step.parse().map_err(|_| refused())?),
        _ => return Err(refused()),
    };
    Ok(PlaceCode { point, issue, step })
}

impl PlaceCode {
    /// What it proves at `at`; a code that the screen shows no more proves nothing.
    pub fn grade(&self, at: Instant) -> Answer<Grade> {
        let Some(step) = self.step else { return Ok(Grade::Poster) };
        let since = at.seconds() - begins(step).seconds();
        match (-BEFORE_SECONDS..STEP_SECONDS + AFTER_SECONDS).contains(&since) {
            true => Ok(Grade::Rotating),
            false => Err(Problem::new(Code::PlaceCodeOld).field("code")),
        }
    }
}
