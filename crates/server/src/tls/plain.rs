//! What is answered over plain HTTP: where the page is over TLS, and nothing of it.

use axum::Router;
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};

/// Sends everyone to the same page over TLS.
pub(super) fn to_pages(public_url: &str) -> Router {
    let base = public_url.to_owned();
    Router::new().fallback(async move |method: Method, uri: Uri| {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        get_only(&method, || Redirect::permanent(&format!("{base}{path}")).into_response())
    })
}

/// Sends everyone to the page that helps to trust this server: before that, a browser would only warn.
pub(super) fn to_trust_page() -> Router {
    Router::new().fallback(async |method: Method| {
        get_only(&method, || Redirect::temporary(super::trust_page::PATH).into_response())
    })
}

/// What is sent over plain HTTP is read by anyone on the way: it is not sent on as if nothing had happened.
fn get_only(method: &Method, redirect: impl FnOnce() -> Response) -> Response {
    if method == Method::GET || method == Method::HEAD {
        return redirect();
    }
    (StatusCode::UPGRADE_REQUIRED, "Use https.\n").into_response()
}
