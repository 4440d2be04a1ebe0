//! How the ACME server is spoken to: by the HTTP client that is here already.

use crate::tls::TlsFault;
use axum::body::{Body, Bytes, to_bytes};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::http::Request;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a request or an answer, at most.
const MOST_BYTES: usize = 1 << 20;

pub(super) struct Client(Agent);

impl Client {
    /// Trusts the public authorities, or where one is given only that.
    pub(super) fn new(root: Option<&Path>) -> Result<Self, TlsFault> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
        if let Some(path) = root {
            let text = std::fs::read(path).map_err(TlsFault::file(path))?;
            let form = |fault: rustls::pki_types::pem::Error| TlsFault::Form {
                path: path.to_owned(),
                why: format!("there is no certificate in PEM ({fault})"),
            };
            let root = CertificateDer::from_pem_slice(&text).map_err(form)?;
            tls = tls.root_certs(RootCerts::new_with_certs(&[Certificate::from_der(&root).to_owned()]));
        }
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .max_redirects(0)
            .tls_config(tls.build())
            .build();
        Ok(Self(config.new_agent()))
    }
}

impl HttpClient for Client {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        let agent = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let body = to_bytes(Body::new(body), MOST_BYTES).await.map_err(other)?;
            let request = Request::from_parts(parts, body.to_vec());
            tokio::task::spawn_blocking(move || send(&agent, request)).await.map_err(other)?
        })
    }
}

fn send(agent: &Agent, request: Request<Vec<u8>>) -> Result<BytesResponse, Error> {
    let (parts, mut body) = agent.run(request).map_err(other)?.into_parts();
    let bytes = body.with_config().limit(MOST_BYTES as u64).read_to_vec().map_err(other)?;
    Ok(BytesResponse { parts, body: Box::new(Bytes::from(bytes)) })
}

fn other(fault: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Other(Box::new(fault))
}
