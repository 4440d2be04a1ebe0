//! The key file: whether it is there, opens, is kept from others, and holds keys that can sign.

use super::{Arguments, Findings, State};
use crate::installation::installation;
use healthcode_core::time::Instant;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::trust::Purpose;
use healthcode_server::keys::Keys;
use std::os::unix::fs::PermissionsExt;

/// Looks at the key file, and at the keys that sign or will sign.
pub(super) fn look(findings: &mut Findings, arguments: &Arguments, now: Instant) -> Option<Keys> {
    let path = Keys::path_in(&arguments.place.data);
    if !path.exists() {
        let do_this = "start `healthcode serve` once, or restore keys.json from your backup if there was one";
        findings.add(State::Wrong, "keys", format!("there is no {}", path.display()), Some(do_this));
        return None;
    }
    let opened = arguments.place.keys.access().map(|access| Keys::open(&path, &access));
    let keys = match opened.and_then(|opened| opened.map_err(installation)) {
        Ok(keys) => keys,
        Err(fault) => {
            findings.add(State::Wrong, "keys", fault.to_string(), Some("see docs/keys.md"));
            return None;
        }
    };
    let mode = std::fs::metadata(&path).map_or(0, |file| file.permissions().mode() & 0o777);
    if mode & 0o077 != 0 {
        let do_this = "chmod 600 it: whoever reads it can sign passes and open personal fields";
        findings.add(State::Wrong, "keys", format!("{} has mode {mode:o}", path.display()), Some(do_this));
    }
    Purpose::ALL.iter().for_each(|purpose| look_at_signer(findings, &keys, *purpose, now));
    Some(keys)
}

fn look_at_signer(findings: &mut Findings, keys: &Keys, purpose: Purpose, now: Instant) {
    let word = purpose.word();
    let lives = || keys.signing.iter().zip(keys.lives(now)).filter(|(held, _)| held.purpose == purpose);
    for (held, _) in
        lives().filter(|(_, life)| matches!(life, KeyLife::Active { .. } | KeyLife::Pending { .. }))
    {
        if let Some(why) = keys.out_of_reach(held) {
            let finding = format!("the {word} key {} cannot sign: {why}", held.key.public().id());
            let do_this =
                "see that the token is there, and check --token-module, --token-label, --token-pin-file";
            findings.add(State::Wrong, "keys", finding, Some(do_this));
        }
    }
    let active = lives().find_map(|(_, life)| match life {
        KeyLife::Active { in_force } if in_force.contains(now) => Some(in_force.until),
        _ => None,
    });
    match active {
        Some(until) if until < now.plus_days_of_24h(30) => {
            let finding = format!("the {word} key ends {until}");
            findings.add(State::Note, "keys", finding, Some("healthcode keys rotate"));
        }
        Some(until) => {
            findings.add(State::Well, "keys", format!("the {word} key is good until {until}"), None);
        }
        None => {
            let do_this = "healthcode keys rotate --now";
            findings.add(State::Wrong, "keys", format!("no {word} key is active"), Some(do_this));
        }
    }
}
