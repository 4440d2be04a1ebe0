//! `healthcode pass verify --status`: the colours of our own passes out of status files, as a gate follows them.

use crate::fault::Fault;
use crate::files;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::time::Day;
use healthcode_credential::foreign::Judged;
use healthcode_credential::status::follower::Follower;
use healthcode_credential::status::seal::{DayKey, LONGEST_FILE_BYTES, open};
use healthcode_credential::status::table::Status;
use healthcode_credential::trust::TrustBundle;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// A key as `GET /api/v1/gate` gives it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    day: Day,
    secret: String,
}

/// Reads a snapshot and the deltas after it; none where no file is given.
pub(super) fn read(
    paths: &[PathBuf],
    keys: Option<&Path>,
    trust: &TrustBundle,
) -> Result<Option<Follower>, Fault> {
    let Some(keys) = keys.filter(|_| !paths.is_empty()) else { return Ok(None) };
    let keys = read_keys(keys)?;
    let mut follower: Option<Follower> = None;
    for path in paths {
        if files::is_dash(path) {
            let problem = "--status cannot be standard input: the codes come from there";
            return Err(Fault::Usage(problem.to_owned()));
        }
        let fault = |code: &str, problem: &dyn std::fmt::Display| {
            Fault::file(files::shown(path), format!("{problem} [{code}]"))
        };
        let bytes = files::read(path, LONGEST_FILE_BYTES as u64)?;
        let file = open(&bytes, &keys, trust).map_err(|problem| fault(problem.code(), &problem))?;
        match &mut follower {
            Some(follower) => follower.take(&file),
            None => Follower::begin(&file.news().region, &file).map(|begun| follower = Some(begun)),
        }
        .map_err(|problem| fault(problem.code(), &problem))?;
    }
    Ok(follower)
}

fn read_keys(path: &Path) -> Result<Vec<DayKey>, Fault> {
    let fault = |problem: &dyn std::fmt::Display| Fault::file(files::shown(path), problem);
    let keys: Vec<Key> =
        serde_json::from_slice(&files::read(path, 1 << 20)?).map_err(|problem| fault(&problem))?;
    let read = |key: Key| {
        let secret = URL_SAFE_NO_PAD.decode(&key.secret).ok().and_then(|secret| secret.try_into().ok());
        let secret = secret.ok_or_else(|| {
            fault(&format!("the secret of {} is not 32 bytes in base64url without padding", key.day))
        })?;
        Ok(DayKey { day: key.day, secret })
    };
    keys.into_iter().map(read).collect()
}

/// What the tables say of a valid pass of their region; paper stands in none.
pub(super) fn colour(judged: &Judged, colours: &Follower) -> Option<Status> {
    let Judged::Own(verdict) = judged else { return None };
    let claims = verdict.claims().filter(|claims| claims.issuer() == colours.region())?;
    colours.status(claims.status()?)
}
