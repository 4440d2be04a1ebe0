//! TLS: cameras, keys and service workers need a page that browsers trust. The certificate comes from files, from an
//! ACME server, or from an authority of this installation's own for a local network.
//!
//! TLS and plain HTTP share the port: the first byte tells which it is. Plain HTTP only redirects, answers an ACME
//! server's challenge, and on a local network shows the page that helps a phone to trust this server.

mod acme;
mod current;
mod fault;
mod files;
mod lan;
mod listener;
mod names;
mod plain;
mod trust_page;

pub use acme::{AcmeConfig, LETS_ENCRYPT};
pub use fault::TlsFault;
pub use lan::Authority;

use crate::app::App;
use crate::config::Config;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware;
use axum::response::Response;
use current::Current;
use healthcode_core::time::{Instant, Interval};
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Seconds for which browsers remember to use TLS only: a year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Two PEM files, read again when they change.
    Files {
        /// The certificate and those between it and its authority.
        chain: PathBuf,
        /// The private key.
        key: PathBuf,
    },
    /// An ACME server.
    Acme(AcmeConfig),
    /// An authority of this installation's own.
    Lan,
}

/// Since when and until when the certificate in a PEM file is good; refused unless the private key belongs to it.
pub fn good_until(chain: &Path, key: &Path) -> Result<Interval, TlsFault> {
    let text = std::fs::read(chain).map_err(TlsFault::file(chain))?;
    let key = std::fs::read(key).map_err(TlsFault::file(key))?;
    let good = Current::default().take_pem(&text, &key);
    good.map_err(|why| TlsFault::Form { path: chain.to_owned(), why })
}

/// A certificate that is ready, and what keeps it so.
pub(crate) struct Ready {
    current: Arc<Current>,
    source: Source,
    http: Option<TcpListener>,
}

enum Source {
    Files(files::Files),
    Acme(acme::Acme),
    Lan(lan::Lan),
}

/// Reads or makes the certificate. One from an ACME server may still be missing: it is asked for once the server
/// listens, since the other side calls back.
pub(crate) fn prepare(
    config: &Config,
    tls: &Tls,
    http: Option<TcpListener>,
    now: Instant,
) -> Result<Ready, TlsFault> {
    let current = Arc::new(Current::default());
    let source = match tls {
        Tls::Files { chain, key } => Source::Files(files::Files::open(chain, key, &current)?),
        Tls::Acme(acme) => Source::Acme(acme::Acme::open(acme.clone(), &config.data, &current)?),
        Tls::Lan => Source::Lan(lan::Lan::open(config, &current, now)?),
    };
    Ok(Ready { current, source, http })
}

impl Ready {
    /// Where people open the pages, unless it is said: under the name of the certificate.
    pub(crate) fn public_url(&self, address: SocketAddr) -> String {
        let host = match &self.source {
            Source::Acme(acme) => acme.domain().to_owned(),
            Source::Lan(_) if address.ip().is_unspecified() => names::outward().to_string(),
            _ => return format!("https://{address}"),
        };
        if address.port() == 443 {
            format!("https://{host}")
        } else {
            format!("https://{host}:{}", address.port())
        }
    }

    /// What to tell whoever started the server, in one line; for a local network, how phones come to trust it.
    pub(crate) fn notice(&self, public_url: &str) -> Option<String> {
        let Source::Lan(lan) = &self.source else { return None };
        let plain = public_url.replacen("https://", "http://", 1);
        let fingerprint = lan.authority().fingerprint();
        Some(format!(
            "phones: open {plain}/trust-this-server once; the fingerprint there must be {fingerprint}"
        ))
    }

    /// Serves pages over TLS and the rest over plain HTTP, and keeps the certificate fresh.
    pub(crate) async fn serve(self, app: App, listener: TcpListener, pages: Router) -> std::io::Result<()> {
        let Self { current, source, http } = self;
        let (secured, plain) = listener::split(listener, server_config(current.clone())?)?;
        let (pages, others) = match &source {
            Source::Lan(lan) => {
                let trust = trust_page::router(lan.authority(), &app.public_url);
                (pages.merge(trust.clone()), plain::to_trust_page().merge(trust))
            }
            Source::Acme(acme) => (strict(pages), plain::to_pages(&app.public_url).merge(acme.challenges())),
            Source::Files(_) => (strict(pages), plain::to_pages(&app.public_url)),
        };
        let also = async {
            match http {
                Some(http) => axum::serve(http, others.clone()).await,
                None => std::future::pending().await,
            }
        };
        let fresh = async {
            match source {
                Source::Files(files) => files.keep(&current).await,
                Source::Acme(acme) => acme.keep(&current, &app.clock).await,
                Source::Lan(lan) => lan.keep(&current, &app.clock).await,
            }
        };
        tokio::select! {
            served = axum::serve(secured, pages) => served,
            served = axum::serve(plain, others.clone()) => served,
            served = also => served,
            () = fresh => Ok(()),
        }
    }
}

fn server_config(current: Arc<Current>) -> std::io::Result<Arc<ServerConfig>> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config.map_err(std::io::Error::other)?.with_no_client_auth().with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// Browsers that saw these pages once ask for them over TLS only. Not on a local network, where the same name may be
/// another machine's tomorrow.
fn strict(pages: Router) -> Router {
    pages.layer(middleware::map_response(async |mut response: Response| {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
        response
    }))
}
