//! The page that helps a phone to trust this server's local authority, once. It comes over plain HTTP, since before
//! that nothing else can. What makes it safe is the fingerprint that the phone itself shows of what it installs, and
//! that people compare with what the operator gave them: the page alone could be another's.

use super::lan::Authority;
use axum::Router;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use axum::routing::get;
use base64::prelude::{BASE64_STANDARD, Engine as _};

/// Where it is.
pub(super) const PATH: &str = "/trust-this-server";

const PAGE: &str = include_str!("trust_page.html");
const PROFILE: &str = include_str!("trust_page.mobileconfig");
/// Nothing is loaded from anywhere, and no script runs.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

/// The page and its two downloads.
pub(super) fn router(authority: &Authority, public_url: &str) -> Router {
    let page = PAGE
        .replace("{fingerprint}", &lines(&authority.fingerprint()))
        .replace("{pages}", &escape(public_url));
    let certificate = authority.certificate().to_vec();
    let profile = profile(authority);
    let kept = |kind: &'static str, name: &'static str| {
        [
            (header::CONTENT_TYPE, kind),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, "no-store"),
        ]
    };
    let certificate_kind =
        kept("application/x-x509-ca-cert", "attachment; filename=\"healthcode-authority.crt\"");
    let profile_kind =
        kept("application/x-apple-aspen-config", "attachment; filename=\"healthcode.mobileconfig\"");
    let page_kind = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, "no-store")];
    Router::new()
        .route(PATH, get(async move || (page_kind, Html(page.clone())).into_response()))
        .route("/trust-this-server/authority.crt", get(async move || (certificate_kind, certificate.clone())))
        .route(
            "/trust-this-server/healthcode.mobileconfig",
            get(async move || (profile_kind, profile.clone())),
        )
}

/// A configuration profile for iPhone and iPad that holds the certificate. The same authority always has the same
/// identifiers, so that installing it twice leaves one profile.
fn profile(authority: &Authority) -> String {
    let fingerprint = authority.fingerprint().replace(':', "");
    let id = |from: usize| {
        let digits = &fingerprint[from..from + 32];
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    };
    PROFILE
        .replace("{certificate}", &BASE64_STANDARD.encode(authority.certificate()))
        .replace("{profile}", &id(0))
        .replace("{payload}", &id(32))
}

/// Eight pairs a line, as people compare them.
fn lines(fingerprint: &str) -> String {
    let pairs: Vec<_> = fingerprint.split(':').collect();
    pairs.chunks(8).map(|line| line.join(" ")).collect::<Vec<_>>().join("<br>")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}
