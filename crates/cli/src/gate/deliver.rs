//! Delivers the scans that were kept, in order, as far as the server takes them.

use super::server::Trouble;
use super::station::Station;
use serde_json::Value;

/// Scans that are delivered together.
const MOST_SCANS: usize = 200;

/// Delivers what waits; why not all of it, where it is not.
pub fn deliver_all(station: &Station) -> Result<(), String> {
    loop {
        let scans = station.kept().first(MOST_SCANS);
        if scans.is_empty() {
            return Ok(());
        }
        let waiting = |trouble| format!("{} scans wait to be delivered: {trouble}", scans.len());
        deliver(station, &scans).map_err(waiting)?;
    }
}

/// Delivers these scans, the first that wait. Where the server refuses them, each half by itself: a scan that it will never
/// take is put aside into `refused`, and the others go on.
fn deliver(station: &Station, scans: &[Value]) -> Result<(), Trouble> {
    let done = |count: usize| {
        let written = station.kept().delivered(count);
        written.map_err(|fault| Trouble::Answer(fault.to_string()))
    };
    match station.server.deliver(scans, &station.clock) {
        Ok(taken) => {
            // In order, and only those that it says it has.
            let count =
                scans.iter().take_while(|scan| taken.iter().any(|id| scan["id"] == id.as_str())).count();
            if count == 0 {
                return Err(Trouble::Answer("it took none of the scans".to_owned()));
            }
            done(count)
        }
        Err(Trouble::Refused(why)) if scans.len() == 1 => {
            eprintln!("a scan is refused and put aside: {why}");
            station.kept().put_aside(&scans[0]).map_err(|fault| Trouble::Answer(fault.to_string()))?;
            done(1)
        }
        Err(Trouble::Refused(_)) => deliver(station, &scans[..scans.len() / 2]),
        Err(trouble) => Err(trouble),
    }
}
