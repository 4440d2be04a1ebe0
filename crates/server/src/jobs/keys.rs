//! Takes up what was done to the keys, by whichever command, without a restart: new ones, withdrawals, another file.

use crate::app::App;
use crate::keys::{Keys, KeysFault};
use crate::problem::{Answer, Code, Problem};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Which file was read last, by what changes whenever it is written.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen(Option<(PathBuf, u64, i64, i64, u64)>);

/// Reads the key file where it changed since it was seen, and puts its keys in force. What does not read, or belongs to
/// another installation, changes nothing: the keys that were read before stay in force.
pub async fn reread(app: &App, seen: &mut Seen) -> Answer<()> {
    let path = Keys::path_in(&app.config.data);
    let now = std::fs::metadata(&path).ok();
    let now = Seen(now.map(|file| (path.clone(), file.ino(), file.mtime(), file.mtime_nsec(), file.len())));
    if now == *seen {
        return Ok(());
    }
    // Reading may mean to decrypt, which takes its time.
    let access = app.config.key_access.clone();
    let read = tokio::task::spawn_blocking(move || Keys::open(&path, &access)).await;
    let keys = read.map_err(|_| Problem::new(Code::Internal))?.map_err(refused)?;
    let before = app.keys();
    if keys.secret() != before.secret() {
        tracing::error!(
            "the key file is another installation's; the keys that were read before stay in force"
        );
        return Err(Problem::new(Code::Internal));
    }
    if !keys.is_same(&before) {
        tracing::info!(keys = keys.signing.len(), "the keys changed and were read");
        app.publish_keys(keys);
    }
    *seen = now;
    Ok(())
}

fn refused(fault: KeysFault) -> Problem {
    tracing::error!(%fault, "the key file changed and cannot be read; the keys that were read before stay in force");
    Problem::new(Code::Internal)
}
