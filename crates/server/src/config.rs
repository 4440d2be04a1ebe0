//! Every setting of the server. None of them is needed: the defaults are a working SQLite server on this machine.

use crate::keys::KeyAccess;
use crate::tls::Tls;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

/// People whom one case may expose without a second officer, where the operator says nothing else. This project's choice: in
/// a made-up city of three thousand a case has 100 to 150 contacts, and one in twenty more than 250.
pub const SECOND_OFFICER_ABOVE: u32 = 200;

/// What the server is told at its start.
#[derive(Clone, Debug)]
pub struct Config {
    /// `sqlite:FILE` or `postgres://…`; SQLite in the data folder when absent.
    pub database: Option<String>,
    /// Folder for keys and, with SQLite, the database. Created when missing, readable by its owner only.
    pub data: PathBuf,
    /// What opens the keys.
    pub key_access: KeyAccess,
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where TLS certificates come from; no TLS when absent.
    pub tls: Option<Tls>,
    /// Where plain HTTP listens as well, with TLS: port 80, for redirects and an ACME server's challenge.
    pub listen_http: Option<SocketAddr>,
    /// Where `/metrics` listens; nowhere when absent.
    pub metrics: Option<SocketAddr>,
    /// Where people open the pages, for links; the listening address when absent.
    pub public_url: Option<String>,
    /// Whether the automatic audit may do without a look at the document.
    pub activation: Activation,
    /// People whom one case may expose without a second officer's approval.
    pub second_officer_above: u32,
    /// How people can be told of changes; not at all by default.
    pub notices: NoticeConfig,
    /// Whether this is a throw-away city: cast page, movable clock.
    pub demo: bool,
}

/// How people can be told of changes. Addresses and token may be secrets, so that this does not print.
#[derive(Clone, Default)]
pub struct NoticeConfig {
    /// A mail server: `smtps://USER:PASSWORD@HOST`, or `smtp://…?tls=required`.
    pub mail: Option<String>,
    /// Who mail comes from.
    pub mail_from: String,
    /// A gateway for short messages.
    pub sms: Option<String>,
    /// The bearer token that the gateway asks for.
    pub sms_token: Option<String>,
}

impl fmt::Debug for NoticeConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = |setting: &Option<String>| if setting.is_some() { "***" } else { "none" };
        write!(f, "mail {}, sms {}", set(&self.mail), set(&self.sms))
    }
}

/// When a code becomes active.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Activation {
    /// Once a checker or officer has compared the document.
    Document,
    /// Once the automatic audit has confirmed the declaration.
    Automatic,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database: None,
            data: PathBuf::from("healthcode-data"),
            key_access: KeyAccess::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            tls: None,
            listen_http: None,
            metrics: None,
            public_url: None,
            activation: Activation::Document,
            second_officer_above: SECOND_OFFICER_ABOVE,
            notices: NoticeConfig::default(),
            demo: false,
        }
    }
}

impl Config {
    /// The database URL.
    pub fn database_url(&self) -> String {
        let own = || format!("sqlite:{}", self.data.join("healthcode.sqlite").display());
        self.database.clone().unwrap_or_else(own)
    }
}
