//! The gate's folder: what it needs after a restart. Every file appears whole or not at all, and only its owner reads it.
//!
//! - `gate.json`: the server, the session, the trust bundle, the keys of the days
//! - `status/`: the last snapshot and the deltas since, as they were published
//! - `key` and `scans`: see [`super::kept`]

use super::saved::{FORMAT, Saved};
use super::server::{GateAnswer, Server};
use crate::fault::Fault;
use healthcode_credential::bundle::{Bundle, BundleFault, Fingerprint};
use healthcode_credential::gate::GateState;
use healthcode_server::clock::Clock;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const MOST_BYTES: u64 = 16 << 20;

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
        // A damaged file is no reason to trust anew whatever comes.
        let before = self.path("gate.json").exists().then(|| self.saved()).transpose()?;
        let bundle = trusted_bundle(before.as_ref(), roots, &answer).map_err(|trouble| fault(&trouble))?;
        let fingerprint = bundle.contents().roots.fingerprint();
        if before.is_none() && roots.is_none() {
            eprintln!(
                "trusts the roots {fingerprint}; compare this with what the health authority publishes"
            );
        }
        let saved = Saved::new(url, server.token(), before.as_ref(), &answer, now);
        self.save(&saved.as_of(&GateState::new(bundle, now), now))
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
        let text = crate::files::read(&path, MOST_BYTES)?;
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

/// Lets nobody but the owner in.
pub fn only_for_owner(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
