//! An authority of this installation's own, for a local network that no public authority certifies. Phones trust it
//! once; the server's certificate is made anew by itself. The authority may speak for local names and addresses only:
//! whoever stole its key could not pose as anyone else to those phones.

mod authority;

pub use authority::Authority;

use super::TlsFault;
use super::current::Current;
use super::names::Names;
use crate::clock::Clock;
use crate::config::Config;
use healthcode_core::time::Instant;
use std::time::Duration;

/// How long between looks at addresses and dates.
const PAUSE: Duration = Duration::from_secs(60);
/// Days before its end at which the certificate is made anew.
const RENEW_DAYS: i64 = 30;

/// The authority with the certificate it gave this server.
pub(super) struct Lan {
    authority: Authority,
    public_url: Option<String>,
    names: Names,
    until: Instant,
}

impl Lan {
    /// Reads the authority, or makes it where there is none, and makes the server's certificate.
    pub(super) fn open(config: &Config, current: &Current, now: Instant) -> Result<Self, TlsFault> {
        let public_url = config.public_url.clone();
        let names = Names::now(public_url.as_deref());
        let authority = Authority::open_or_make(&config.data, &names, now)?;
        let until = authority.certify(&names, current, now)?;
        Ok(Self { authority, public_url, names, until })
    }

    pub(super) fn authority(&self) -> &Authority {
        &self.authority
    }

    /// Makes the certificate anew before it ends, and when this machine gets another address.
    pub(super) async fn keep(mut self, current: &Current, clock: &Clock) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let (now, names) = (clock.now(), Names::now(self.public_url.as_deref()));
            if names == self.names && now.plus_days_of_24h(RENEW_DAYS) < self.until {
                continue;
            }
            match self.authority.certify(&names, current, now) {
                Ok(until) => (self.names, self.until) = (names, until),
                Err(fault) => tracing::error!(%fault, "no new certificate; the one before stays in use"),
            }
        }
    }
}
