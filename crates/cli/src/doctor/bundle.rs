//! The trust bundle that gates go by: whether there is one, who signs it, and how long it is good.

use super::{Findings, State};
use crate::fault::Fault;
use crate::installation::installation;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::bundle::Bundle;
use healthcode_store::{Conn, bundles};

/// A server publishes the next bundle twice a day; one that is so near its end was not followed for days.
const NEAR_ITS_END_SECONDS: i64 = 2 * 86_400;

/// Looks at the newest bundle of a region.
pub async fn look(
    findings: &mut Findings,
    conn: &mut Conn,
    region: &Region,
    now: Instant,
) -> Result<(), Fault> {
    let newest = bundles::newest(conn, region).await.map_err(installation)?;
    let Some((version, file)) = newest else {
        let what = "none is published yet; a server publishes the first when it runs";
        findings.add(State::Note, "bundle", what, None);
        return Ok(());
    };
    let read = Bundle::fingerprint_of(&file).and_then(|roots| Bundle::begin(&file, &roots));
    let bundle = match read {
        Ok(bundle) => bundle,
        Err(fault) => {
            let do_this = "healthcode store check, and restore the database from your backup";
            findings.add(State::Wrong, "bundle", fault.to_string(), Some(do_this));
            return Ok(());
        }
    };
    let says = bundle.contents();
    if says.ends_at <= now.plus_seconds(NEAR_ITS_END_SECONDS) {
        let do_this = "run the server with its root.json, or draft, sign and publish the next bundle (healthcode bundle)";
        let what = format!("number {version} ends at {}; gates decide nothing after it", says.ends_at);
        findings.add(State::Wrong, "bundle", what, Some(do_this));
        return Ok(());
    }
    let signed = (says.roots.threshold(), says.roots.keys().count());
    let what = format!(
        "number {version} is good until {}, signed by {} of {} roots",
        says.ends_at, signed.0, signed.1
    );
    let alone = "one key signs alone; where several people can meet, see \"Several roots\" in docs/keys.md";
    findings.add(
        if signed.0 == 1 { State::Note } else { State::Well },
        "bundle",
        what,
        (signed.0 == 1).then_some(alone),
    );
    Ok(())
}
