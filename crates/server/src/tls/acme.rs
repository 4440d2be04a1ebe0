//! A certificate from an ACME server (RFC 8555), by its HTTP challenge (8.3). Account and certificate are kept in the
//! data folder, so that a restart asks for nothing.

mod client;

use super::TlsFault;
use super::current::Current;
use crate::clock::Clock;
use axum::Router;
use axum::extract::Path as AtPath;
use axum::http::StatusCode;
use axum::routing::get;
use client::Client;
use healthcode_core::time::{Instant, Interval};
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, ChallengeType, Identifier, NewAccount, NewOrder,
    OrderStatus, RetryPolicy,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The ACME server that is asked unless another is named.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// How long between looks at the certificate's end.
const PAUSE: Duration = Duration::from_secs(3_600);
/// How long after a failure the next try is made; public servers allow five failures an hour.
const AFTER_FAILURE: Duration = Duration::from_secs(15 * 60);

/// Which certificate is asked for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcmeConfig {
    /// The name that people open.
    pub domain: String,
    /// Where the ACME server may write to.
    pub mail: Option<String>,
    /// The ACME server's directory.
    pub directory: String,
    /// PEM file with the authority of the ACME server's own address, for one that is not public.
    pub root: Option<PathBuf>,
}

/// The account as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    directory: String,
    credentials: AccountCredentials,
}

/// A certificate that an ACME server gives and renews.
pub(super) struct Acme {
    config: AcmeConfig,
    account: PathBuf,
    certificate: PathBuf,
    good: Option<Interval>,
    challenges: Arc<Mutex<BTreeMap<String, String>>>,
}

impl Acme {
    /// Uses the certificate that was got before, if there is one.
    pub(super) fn open(config: AcmeConfig, data: &Path, current: &Current) -> Result<Self, TlsFault> {
        let certificate = data.join(format!("acme-{}.pem", config.domain));
        let mut good = None;
        if certificate.exists() {
            let text = std::fs::read(&certificate).map_err(TlsFault::file(&certificate))?;
            let path = certificate.clone();
            good = Some(current.take_pem(&text, &text).map_err(|why| TlsFault::Form { path, why })?);
        }
        let account = data.join("acme-account.json");
        Ok(Self { config, account, certificate, good, challenges: Arc::default() })
    }

    pub(super) fn domain(&self) -> &str {
        &self.config.domain
    }

    /// Where the ACME server looks whether this server answers for the name.
    pub(super) fn challenges(&self) -> Router {
        let challenges = self.challenges.clone();
        let answer = async move |AtPath(token): AtPath<String>| {
            let known = challenges.lock().unwrap_or_else(PoisonError::into_inner);
            known.get(&token).cloned().ok_or(StatusCode::NOT_FOUND)
        };
        Router::new().route("/.well-known/acme-challenge/{token}", get(answer))
    }

    /// Asks for a certificate where there is none, and for another in the last third of its life.
    pub(super) async fn keep(mut self, current: &Current, clock: &Clock) {
        loop {
            let pause = if self.is_due(clock.now()) {
                match self.renew(current).await {
                    Ok(()) => PAUSE,
                    Err(fault) => {
                        tracing::error!(%fault, "no certificate; it is asked for again in 15 minutes");
                        AFTER_FAILURE
                    }
                }
            } else {
                PAUSE
            };
            tokio::time::sleep(pause).await;
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.good.is_none_or(|good| {
            let life = good.until.seconds() - good.from.seconds();
            good.until.seconds() - now.seconds() < life / 3
        })
    }

    async fn renew(&mut self, current: &Current) -> Result<(), TlsFault> {
        let text = self.ask().await?;
        let path = self.certificate.clone();
        let good = current.take_pem(text.as_bytes(), text.as_bytes());
        self.good = Some(good.map_err(|why| TlsFault::Form { path: path.clone(), why })?);
        crate::keys::write_private(&path, text.as_bytes(), false).map_err(TlsFault::file(&path))?;
        tracing::info!(domain = self.config.domain, "the ACME server gave a certificate");
        Ok(())
    }

    /// The private key and the certificates, in PEM.
    async fn ask(&self) -> Result<String, TlsFault> {
        let account = self.account().await?;
        let names = [Identifier::Dns(self.config.domain.clone())];
        let mut order = account.new_order(&NewOrder::new(&names)).await.map_err(fault)?;
        let mut authorizations = order.authorizations();
        while let Some(authorization) = authorizations.next().await {
            let mut authorization = authorization.map_err(fault)?;
            if authorization.status == AuthorizationStatus::Valid {
                continue;
            }
            let mut challenge = authorization.challenge(ChallengeType::Http01).ok_or_else(|| {
                TlsFault::Acme("the server offers no HTTP challenge for this name".to_owned())
            })?;
            let answer = challenge.key_authorization().as_str().to_owned();
            let token = challenge.token.clone();
            self.challenges.lock().unwrap_or_else(PoisonError::into_inner).insert(token, answer);
            challenge.set_ready().await.map_err(fault)?;
        }
        let status = order.poll_ready(&RetryPolicy::default()).await.map_err(fault)?;
        self.challenges.lock().unwrap_or_else(PoisonError::into_inner).clear();
        if status != OrderStatus::Ready {
            let words =
                "the server did not reach http://{}/.well-known/acme-challenge/ (port 80): see --listen-http";
            return Err(TlsFault::Acme(words.replace("{}", &self.config.domain)));
        }
        let key = order.finalize().await.map_err(fault)?;
        let chain = order.poll_certificate(&RetryPolicy::default()).await.map_err(fault)?;
        Ok(format!("{key}{chain}"))
    }

    async fn account(&self) -> Result<Account, TlsFault> {
        let client = || {
            Ok::<_, TlsFault>(Account::builder_with_http(Box::new(Client::new(self.config.root.as_deref())?)))
        };
        if let Ok(text) = std::fs::read(&self.account)
            && let Ok(kept) = serde_json::from_slice::<Kept>(&text)
            && kept.directory == self.config.directory
        {
            return client()?.from_credentials(kept.credentials).await.map_err(fault);
        }
        let contact = self.config.mail.as_ref().map(|mail| format!("mailto:{mail}"));
        let contact: Vec<&str> = contact.as_deref().into_iter().collect();
        let new =
            NewAccount { contact: &contact, terms_of_service_agreed: true, only_return_existing: false };
        let directory = self.config.directory.clone();
        let (account, credentials) = client()?.create(&new, directory.clone(), None).await.map_err(fault)?;
        let kept = serde_json::to_vec(&Kept { directory, credentials });
        let kept = kept.map_err(|fault| TlsFault::Acme(fault.to_string()))?;
        crate::keys::write_private(&self.account, &kept, false).map_err(TlsFault::file(&self.account))?;
        Ok(account)
    }
}

fn fault(fault: instant_acme::Error) -> TlsFault {
    TlsFault::Acme(fault.to_string())
}
