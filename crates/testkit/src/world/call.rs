//! Calling the server as a client would, without a network.

use super::World;
use axum::body::{Body, BodyDataStream, to_bytes};
use axum::http::{HeaderMap, Request};
use futures_util::StreamExt;
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt;

/// What the server answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body; null when it is no JSON.
    pub body: Value,
    /// The body as it came.
    pub content: Vec<u8>,
}

impl Answer {
    /// The body of an answer that must be a success.
    #[track_caller]
    pub fn done(self) -> Value {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.body
    }

    /// The body as it came, of an answer that must be a success.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.body);
        self.content
    }

    /// The permanent code of a problem.
    #[track_caller]
    pub fn code(&self) -> &str {
        assert!(self.status >= 400, "{} {}", self.status, self.body);
        self.body["code"].as_str().expect("a problem document with a code")
    }

    /// A header as text; empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A page that hears of changes.
pub struct Live(BodyDataStream);

impl Live {
    /// The next thing heard, as text. Ten seconds are a guard, not a wait: the change has been made before.
    pub async fn next(&mut self) -> String {
        let heard = tokio::time::timeout(Duration::from_secs(10), self.0.next()).await;
        let heard =
            heard.expect("a change that is heard").expect("a stream that goes on").expect("a part of it");
        String::from_utf8_lossy(&heard).into_owned()
    }
}

impl World {
    /// Opens a live page.
    pub async fn live(&self, caller: &super::Caller) -> Live {
        self.live_at(caller, "/api/v1/me/events").await
    }

    /// Listens at an address.
    pub async fn live_at(&self, caller: &super::Caller, path: &str) -> Live {
        let request = Request::builder().uri(path);
        let request = request.header("authorization", format!("Bearer {}", caller.token));
        let request = request.body(Body::empty()).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("a router that always answers");
        assert_eq!(response.status(), 200);
        Live(response.into_body().into_data_stream())
    }

    /// Any request: with a token, with a text as body, with an idempotency key, or without them.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&str>,
        key: Option<&str>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |text| Body::from(text.to_owned()));
        self.answer(request.body(body).expect("a request")).await
    }

    /// Reads with a cookie, as a browser does.
    pub async fn with_cookie(&self, path: &str, cookie: &str) -> Answer {
        let request = Request::builder().uri(path).header("cookie", cookie);
        self.answer(request.body(Body::empty()).expect("a request")).await
    }

    async fn answer(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("a router that always answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let live = headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        // A live page never ends; what comes on it is not read here.
        let bytes = if live {
            Vec::new()
        } else {
            to_bytes(response.into_body(), 1 << 22).await.expect("a body").to_vec()
        };
        Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default(), content: bytes }
    }

    /// Reads something without a session.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None, None, None).await
    }
}
