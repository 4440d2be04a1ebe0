//! TLS as options of `healthcode serve`.

use crate::fault::Fault;
use clap::Args;
use healthcode_server::tls::{AcmeConfig, LETS_ENCRYPT, Tls};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Where certificates come from.
#[derive(Args)]
pub struct TlsArguments {
    /// Serve over TLS: `CERT.pem,KEY.pem`, `acme:DOMAIN[,MAIL]`, or `lan` for an authority of this installation's own
    #[arg(long, value_name = "HOW")]
    tls: Option<String>,
    /// Address on which plain HTTP listens as well, for redirects and for the challenge of an ACME server (port 80)
    #[arg(long, value_name = "ADDRESS", requires = "tls")]
    pub listen_http: Option<SocketAddr>,
    /// Directory of the ACME server
    #[arg(long, value_name = "URL", default_value = LETS_ENCRYPT)]
    acme_directory: String,
    /// Authority of an ACME server that is not public (PEM)
    #[arg(long, value_name = "FILE")]
    acme_root: Option<PathBuf>,
}

impl TlsArguments {
    /// The same for the server.
    pub fn tls(&self) -> Result<Option<Tls>, Fault> {
        let Some(how) = self.tls.as_deref() else { return Ok(None) };
        if how == "lan" {
            return Ok(Some(Tls::Lan));
        }
        if let Some(rest) = how.strip_prefix("acme:") {
            let (domain, mail) = match rest.split_once(',') {
                Some((domain, mail)) => (domain, Some(mail.to_owned())),
                None => (rest, None),
            };
            return Ok(Some(Tls::Acme(self.acme(domain, mail)?)));
        }
        match how.split_once(',') {
            Some((chain, key)) if !chain.is_empty() && !key.is_empty() => {
                Ok(Some(Tls::Files { chain: chain.into(), key: key.into() }))
            }
            _ => Err(Fault::Usage("--tls takes CERT.pem,KEY.pem, acme:DOMAIN[,MAIL] or lan".to_owned())),
        }
    }

    fn acme(&self, domain: &str, mail: Option<String>) -> Result<AcmeConfig, Fault> {
        // The name becomes part of a file's name, too.
        let is_host = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if domain.is_empty() || domain.starts_with(['.', '-']) || !domain.chars().all(is_host) {
            return Err(Fault::Usage(format!(
                "--tls acme: {domain:?} is no name of a host, such as code.example"
            )));
        }
        let (directory, root) = (self.acme_directory.clone(), self.acme_root.clone());
        Ok(AcmeConfig { domain: domain.to_ascii_lowercase(), mail, directory, root })
    }
}
