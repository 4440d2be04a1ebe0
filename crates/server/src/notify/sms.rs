//! Short messages, over a gateway that takes `POST` of JSON: `{"id", "to", "text"}`. The id, also as `Idempotency-Key`,
//! is the same at every try.

use super::{ChannelFault, Message, PATIENCE, SendFault};
use healthcode_core::personal::Phone;
use std::fmt;
use std::sync::Arc;
use ureq::Agent;
use ureq::tls::TlsConfig;

/// A gateway. It does not print: its address or token may be a secret.
#[derive(Clone)]
pub(super) struct Sms {
    agent: Agent,
    url: String,
    token: Option<String>,
}

impl fmt::Debug for Sms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sms(***)")
    }
}

impl Sms {
    pub(super) fn new(url: &str, token: Option<String>) -> Result<Self, ChannelFault> {
        let fault = || ChannelFault {
            setting: "sms",
            problem: "this is no address of a gateway; write https://HOST/PATH".to_owned(),
        };
        let uri: ureq::http::Uri = url.parse().map_err(|_| fault())?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() {
            return Err(fault());
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls)
            .build();
        Ok(Self { agent: config.new_agent(), url: url.to_owned(), token })
    }

    pub(super) fn send(&self, message: &Message, to: &Phone) -> Result<(), SendFault> {
        let body = serde_json::json!({ "id": message.id, "to": to.expose(), "text": message.text() });
        let request = self.agent.post(&self.url).header("Idempotency-Key", &message.id);
        let request = request.header("Content-Type", "application/json");
        let request = match &self.token {
            Some(token) => request.header("Authorization", &format!("Bearer {token}")),
            None => request,
        };
        let answer = request.send(body.to_string());
        let answer = answer.map_err(|_| SendFault::Later("the gateway did not answer".to_owned()))?;
        let status = answer.status();
        let said = || format!("the gateway answered {}", status.as_u16());
        match status.as_u16() {
            200..300 => Ok(()),
            // What the gateway says about this one message; that it is busy or misses a token passes.
            400 | 404 | 410 | 422 => Err(SendFault::Never(said())),
            _ => Err(SendFault::Later(said())),
        }
    }
}
