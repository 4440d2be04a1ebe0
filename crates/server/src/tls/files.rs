//! A certificate from files, as certbot and others write them; read again when they change.

use super::TlsFault;
use super::current::Current;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long between looks at the files.
const PAUSE: Duration = Duration::from_secs(2);

/// Certificate and key on disk.
pub(super) struct Files {
    chain: PathBuf,
    key: PathBuf,
    seen: Seen,
}

type Seen = [Option<(SystemTime, u64)>; 2];

impl Files {
    /// Reads them for the first time.
    pub(super) fn open(chain: &Path, key: &Path, current: &Current) -> Result<Self, TlsFault> {
        let mut files = Self { chain: chain.to_owned(), key: key.to_owned(), seen: [None; 2] };
        files.seen = files.look();
        files.read(current)?;
        Ok(files)
    }

    fn look(&self) -> Seen {
        [&self.chain, &self.key].map(|path| {
            let file = std::fs::metadata(path).ok()?;
            Some((file.modified().ok()?, file.len()))
        })
    }

    fn read(&self, current: &Current) -> Result<(), TlsFault> {
        let chain = std::fs::read(&self.chain).map_err(TlsFault::file(&self.chain))?;
        let key = std::fs::read(&self.key).map_err(TlsFault::file(&self.key))?;
        let taken = current.take_pem(&chain, &key);
        let good = taken.map_err(|why| TlsFault::Form { path: self.chain.clone(), why })?;
        tracing::info!(until = %good.until, "the certificate was read");
        Ok(())
    }

    /// Reads them again whenever they change. Where one is replaced before the other they do not belong together yet,
    /// and the certificate that was read before stays in use.
    pub(super) async fn keep(mut self, current: &Current) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let now = self.look();
            if now == self.seen {
                continue;
            }
            match self.read(current) {
                Ok(()) => self.seen = now,
                Err(fault) => {
                    tracing::warn!(%fault, "the certificate changed and cannot be used; the one before stays in use")
                }
            }
        }
    }
}
