//! Hears at once of whoever turns stricter, while the server is connected. Nothing that is heard here is kept: the next
//! delta says it again.

use super::follow::Wake;
use super::server::Trouble;
use super::station::Station;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use std::io::BufRead;
use std::sync::mpsc::Sender;
use std::time::Duration;

/// Between two tries to be connected.
const PAUSE: Duration = Duration::from_secs(5);

/// Listens as long as the process runs, and wakes the follower for every new delta.
#[allow(clippy::disallowed_methods, reason = "a pause before connecting again decides nothing")]
pub fn hear(station: &Station, wake: &Sender<Wake>) {
    // Of a server that cannot be reached the follower tells.
    while listen(station, wake).unwrap_or(true) {
        std::thread::sleep(PAUSE);
    }
}

/// Whether nobody follows any more.
fn ended(wake: &Sender<Wake>) -> bool {
    wake.send(Wake::Files).is_err()
}

/// Listens until the line breaks; false when nobody follows any more.
fn listen(station: &Station, wake: &Sender<Wake>) -> Result<bool, Trouble> {
    let mut event = String::new();
    let lines = station.server.events()?.lines();
    // What was missed before the line stood is fetched now.
    if ended(wake) {
        return Ok(false);
    }
    for line in lines {
        let line = line.map_err(|fault| Trouble::Away(fault.to_string()))?;
        match line.split_once(": ") {
            Some(("event", name)) => event = name.to_owned(),
            Some(("data", data)) if event == "urgent" => {
                let Ok(file) = BASE64_URL_SAFE_NO_PAD.decode(data) else { continue };
                *station.urgent() = Some(file);
                // It stands on a delta that may not have been taken yet.
                if !station.take_urgent() && ended(wake) {
                    return Ok(false);
                }
            }
            Some(("data", _)) if event == "status" && ended(wake) => return Ok(false),
            _ => {}
        }
    }
    Ok(true)
}
