//! The gate's folder: what it needs after a restart. Every file appears whole or not at all, and only its owner reads it.
//!
//! - `gate.json`: the server, the session, the trust bundle, the keys of the days
//! - `status/`: the last snapshot and the deltas since, as they were published
//! - `key` and `scans`: see [`super::kept`]

use super::server::{GateAnswer, Server};
use crate::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bundle::{Bundle, BundleFault, Fingerprint};
use healthcode_credential::gate::GateState;
use healthcode_credential::keys::KidBytes;
use healthcode_credential::status::seal::DayKey;
use healthcode_server::clock::Clock;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const FORMAT: &str = "healthcode-gate/1";
const MOST_BYTES: u64 = 16 << 20;

/// What the gate is, between two runs.
#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    format: String,
    /// The server's address.
    pub server: String,
    /// The session's token.
    pub token: String,
    /// Whose tables are followed.
    pub region: Region,
    /// What kind of collection point the gate stands at.
    pub kind: String,
    /// The fingerprint of the roots that the bundle beside it was signed by.
    roots: String,
    /// The trust bundle, as its file.
    bundle: serde_json::Value,
    /// Keys that some bundle or status file called withdrawn, as 16 digits.
    withdrawn: Vec<String>,
    /// When the server last called the bundle its newest.
    pub confirmed_at: Instant,
    /// Latest signed time that was seen.
    signed_at: Instant,
    /// The gate's clock when this was written.
    clock_at: Instant,
    /// Keys of the days' status files.
    day_keys: Vec<SavedKey>,
    /// Where the status files lie.
    pub status_url: String,
}

/// The key of a day.
#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct SavedKey {
    day: Day,
    secret: String,
}

/// The folder, held by this process alone.
#[derive(Clone)]
pub struct Home {
    path: PathBuf,
    // Locked until the last holder is gone.
    _lock: Arc<File>,
}

impl Home {
    /// Opens the folder, or makes it; refuses one in which another gate runs.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let fault = |source| Fault::Write { file: path.display().to_string(), source };
        fs::create_dir_all(path.join("status")).map_err(fault)?;
        only_for_owner(path, 0o700).map_err(fault)?;
        let lock = File::options().create(true).append(true).open(path.join("lock")).map_err(fault)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => Err(Fault::Installation(format!(
                "another gate runs in {}; end it first, or give this one a folder of its own with --data",
                path.display()
            ))),
            Err(TryLockError::Error(source)) => Err(fault(source)),
        }
    }

    /// A file of the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Signs in with a link and takes along what the gate needs. Roots that were trusted before stay the ones.
    pub fn enrol(
        &self,
        link: &str,
        url: Option<&str>,
        roots: Option<Fingerprint>,
        authority: Option<&[u8]>,
        clock: &Clock,
    ) -> Result<(), Fault> {
        let (of_link, secret) = link.split_once("/sign-in#").unwrap_or(("", link));
        let url = url.unwrap_or(of_link).trim_end_matches('/');
        if url.is_empty() {
            return Err(Fault::Usage("--sign-in holds no address; give the server's with --url".to_owned()));
        }
        let fault = |trouble: &dyn std::fmt::Display| Fault::Installation(format!("{url}: {trouble}"));
        let mut server = Server::new(url, authority).map_err(|trouble| fault(&trouble))?;
        server.sign_in(secret, clock).map_err(|trouble| fault(&trouble))?;
        let answer = server.gate().map_err(|trouble| fault(&trouble))?;
        let now = clock.now();
        let before = self.saved().ok();
        let bundle = trusted_bundle(before.as_ref(), roots, &answer).map_err(|trouble| fault(&trouble))?;
        let fingerprint = bundle.contents().roots.fingerprint();
        if before.is_none() && roots.is_none() {
            eprintln!(
                "trusts the roots {fingerprint}; compare this with what the health authority publishes"
            );
        }
        let gate = GateState::new(bundle, now);
        let blank = Saved {
            format: FORMAT.to_owned(),
            server: url.to_owned(),
            token: server.token().to_owned(),
            region: answer.region.clone(),
            kind: answer.point.kind.clone(),
            roots: fingerprint.to_string(),
            bundle: answer.bundle.clone(),
            withdrawn: before.as_ref().map_or_else(Vec::new, |saved| saved.withdrawn.clone()),
            confirmed_at: now,
            signed_at: before.as_ref().map_or(Instant::MIN, |saved| saved.signed_at),
            clock_at: now,
            day_keys: Vec::new(),
            status_url: String::new(),
        };
        self.save(&blank.with(&answer, now).as_of(&gate, now))
    }

    /// Reads `gate.json`.
    pub fn saved(&self) -> Result<Saved, Fault> {
        let path = self.path("gate.json");
        if !path.exists() {
            return Err(Fault::Installation(format!(
                "{} holds no gate yet; enrol it with --sign-in and a link of its collection point",
                self.path.display()
            )));
        }
        let name = path.display().to_string();
        let text = crate::files::read_bytes(&path, MOST_BYTES)?;
        let saved: Saved = serde_json::from_slice(&text).map_err(|fault| Fault::file(&name, fault))?;
        if saved.format == FORMAT {
            return Ok(saved);
        }
        Err(Fault::file(
            name,
            format!("the format is {:?}, and {FORMAT:?} is read; enrol the gate anew", saved.format),
        ))
    }

    /// Writes `gate.json`.
    pub fn save(&self, saved: &Saved) -> Result<(), Fault> {
        let text = serde_json::to_vec_pretty(saved).map_err(|fault| Fault::file("gate.json", fault))?;
        self.write("gate.json", &text)
    }

    /// Writes a file that appears whole or not at all.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Fault> {
        let path = self.path(name);
        let folder = path.parent().unwrap_or(&self.path);
        let written = || {
            let mut file = tempfile::Builder::new().prefix(".healthcode-").tempfile_in(folder)?;
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            file.persist(&path).map_err(|failed| failed.error)?;
            File::open(folder)?.sync_all()
        };
        written().map_err(|source| Fault::Write { file: path.display().to_string(), source })
    }
}

impl Saved {
    /// The bundle beside it, which was checked when it was taken.
    pub fn trusted(&self) -> Result<Bundle, BundleFault> {
        let roots = Fingerprint::parse(&self.roots).unwrap_or(Fingerprint([0; 32]));
        let file = serde_json::to_vec(&self.bundle).unwrap_or_default();
        let mut bundle = Bundle::begin(&file, &roots)?;
        let kids: Vec<KidBytes> = self
            .withdrawn
            .iter()
            .filter_map(|kid| Some(u64::from_str_radix(kid, 16).ok()?.to_be_bytes()))
            .collect();
        bundle.remember_withdrawn(&kids);
        Ok(bundle)
    }

    /// The gate as it was, without colours; a clock that reads earlier than when it was written is doubted.
    pub fn gate(&self, now: Instant) -> Result<GateState, BundleFault> {
        let mut gate = GateState::new(self.trusted()?, self.confirmed_at);
        gate.hear_signed_time(self.signed_at);
        gate.watch_clock(self.clock_at, now);
        Ok(gate)
    }

    /// The keys of the days.
    pub fn day_keys(&self) -> Vec<DayKey> {
        let read = |key: &SavedKey| {
            let secret = URL_SAFE_NO_PAD.decode(&key.secret).ok()?.try_into().ok()?;
            Some(DayKey { day: key.day, secret })
        };
        self.day_keys.iter().filter_map(read).collect()
    }

    /// With what the gate knows now.
    pub fn as_of(&self, gate: &GateState, now: Instant) -> Self {
        let by_files = gate.colours().into_iter().flat_map(|colours| colours.withdrawn());
        let mut withdrawn: Vec<String> = gate.bundle().withdrawn().chain(by_files).map(hex).collect();
        withdrawn.extend(self.withdrawn.iter().cloned());
        withdrawn.sort();
        withdrawn.dedup();
        let roots = gate.bundle().contents().roots.fingerprint().to_string();
        let signed_at = self.signed_at.max(gate.latest_signed());
        Self { withdrawn, roots, signed_at, clock_at: now, ..self.clone() }
    }

    /// With what the server said last; its bundle only after it was taken.
    pub fn with(&self, answer: &GateAnswer, now: Instant) -> Self {
        Self {
            kind: answer.point.kind.clone(),
            bundle: answer.bundle.clone(),
            confirmed_at: self.confirmed_at.max(now),
            day_keys: answer
                .day_keys
                .iter()
                .map(|key| SavedKey { day: key.day, secret: key.secret.clone() })
                .collect(),
            status_url: answer.status.url.clone(),
            ..self.clone()
        }
    }
}

/// The server's bundle, if it follows the one that was trusted before, or is signed by the roots that are expected.
fn trusted_bundle(
    before: Option<&Saved>,
    roots: Option<Fingerprint>,
    answer: &GateAnswer,
) -> Result<Bundle, BundleFault> {
    let file = answer.bundle_file();
    let bundle = match before {
        Some(saved) => saved.trusted()?.follow(&file)?,
        None => Bundle::begin(&file, &roots.unwrap_or_else(|| answer.roots()))?,
    };
    let (wanted, found) = (answer.region.clone(), bundle.contents().region.clone());
    if wanted != found {
        return Err(BundleFault::Region { wanted, found });
    }
    let found = bundle.contents().roots.fingerprint();
    match roots {
        Some(wanted) if wanted != found => Err(BundleFault::OtherRoots { wanted, found }),
        _ => Ok(bundle),
    }
}

fn hex(kid: &KidBytes) -> String {
    format!("{:016x}", u64::from_be_bytes(*kid))
}

/// Lets nobody but the owner in.
pub fn only_for_owner(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
