//! The certificate in use. It is replaced while connections go on; those keep the one they began with.

use healthcode_core::time::{Instant, Interval};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::{Arc, PoisonError, RwLock};
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// The certificate in use; none until there is one.
#[derive(Debug, Default)]
pub(super) struct Current(RwLock<Option<Arc<CertifiedKey>>>);

impl Current {
    /// Uses the certificates and the private key in these PEM texts, if they belong together; until when and since when
    /// the certificate is good.
    pub(super) fn take_pem(&self, chain: &[u8], key: &[u8]) -> Result<Interval, String> {
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(chain)
            .collect::<Result<_, _>>()
            .map_err(|fault| format!("the certificates are no PEM ({fault})"))?;
        let key = PrivateKeyDer::from_pem_slice(key)
            .map_err(|fault| format!("there is no private key in PEM ({fault})"))?;
        self.take(chain, key)
    }

    /// The same for what is decoded already.
    pub(super) fn take(
        &self,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Interval, String> {
        let good = good(chain.first().ok_or("there is no certificate in PEM")?)?;
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(chain, key, &provider)
            .map_err(|fault| format!("certificate and private key do not belong together ({fault})"))?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(certified));
        Ok(good)
    }

    /// What connections begin with now.
    pub(super) fn in_use(&self) -> Option<Arc<CertifiedKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.in_use()
    }
}

/// Since when and until when a certificate is good.
pub(super) fn good(certificate: &CertificateDer<'_>) -> Result<Interval, String> {
    let read =
        Certificate::from_der(certificate).map_err(|fault| format!("a certificate is damaged ({fault})"))?;
    let validity = read.tbs_certificate().validity();
    let at = |time: &x509_cert::time::Time| {
        Instant::from_seconds(
            i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX / 2_000_000),
        )
    };
    let (from, until) = (at(&validity.not_before), at(&validity.not_after));
    Interval::new(from, until).ok_or_else(|| "a certificate ends before it begins".to_owned())
}
