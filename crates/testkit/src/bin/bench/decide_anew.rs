//! Deciding anew about everyone, as when an edition takes effect or a midnight makes many decisions due: read, decided,
//! written where anything differs, on disk.

use crate::installation::Installation;
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, engine_floor};
use healthcode_core::time::Instant;
use healthcode_server::jobs::{publish, reload};
use healthcode_store::decisions;
use std::future::Future;

/// People whose decisions must change within a minute: a million.
const AIM: f64 = 1_000_000.0 / 60.0;

/// Puts another edition in force on an installation that nobody serves any more; then lets it end, which everyone's
/// decision is due for at one midnight.
pub async fn measure(installation: &Installation, engine: &str) -> Answer<[Row; 2]> {
    let app = installation.open().await?;
    installation.adopt_next(&app).await?;
    let edition = timed(installation, reload::reload(&app)).await?;
    let end = app.published().rules.all().iter().map(|set| set.in_force.until).max().ok_or("rules")?;
    app.store.close().await;
    let app = installation.open_later(end).await?;
    let midnight = timed(installation, publish::publish(&app)).await?;
    let left = decisions::due(&mut *app.store.reader().await?, end, (Instant::MIN, ""), 1).await?;
    if !left.is_empty() {
        return Err("somebody's decision is still due".into());
    }
    app.store.close().await;
    let floor = engine_floor::rows_a_second(&installation.database.url(), 1_000).await?;
    let people = installation.residents;
    let row = |name, done, rate| Row {
        name: format!("{name}, {engine}"),
        done: format!("{people} residents and the newcomers of the rows above, {done}"),
        figure: Rounds::rates(&[rate], "people/s"),
        yardstick: "rows of 1,000 bytes, 64 a commit",
        yard: Rounds::rates(&[floor], "rows/s"),
        aim: Aim::Figure(AIM),
    };
    Ok([
        row("decide anew", "another edition", edition),
        row("a midnight", "all due at one instant, at which the rules end", midnight),
    ])
}

/// Residents a second.
async fn timed(
    installation: &Installation,
    job: impl Future<Output = healthcode_server::problem::Answer<()>>,
) -> Answer<f64> {
    let began = std::time::Instant::now();
    job.await.map_err(|problem| problem.code().word())?;
    Ok(f64::from(installation.residents) / began.elapsed().as_secs_f64())
}
