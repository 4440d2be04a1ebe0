//! Deciding anew about everyone, as when an edition takes effect or a midnight makes many decisions due: read, decided,
//! written where anything differs, on disk.

use crate::installation::Installation;
use crate::table::{Aim, Rounds, Row};
use crate::{Answer, engine_floor};
use healthcode_server::jobs::reload;

/// People whose decisions must change within a minute: a million.
const AIM: f64 = 1_000_000.0 / 60.0;

/// Puts another edition in force on an installation that nobody serves any more.
pub async fn measure(installation: &Installation, engine: &str) -> Answer<Row> {
    let app = installation.open().await?;
    installation.adopt_next(&app).await?;
    let began = std::time::Instant::now();
    reload::reload(&app).await.map_err(|problem| problem.code().word())?;
    let seconds = began.elapsed().as_secs_f64();
    app.store.close().await;
    let people = f64::from(installation.residents);
    Ok(Row {
        name: format!("decide anew, {engine}"),
        done: format!(
            "{} residents and the newcomers of the rows above, another edition",
            installation.residents
        ),
        figure: Rounds::rates(&[people / seconds], "people/s"),
        yardstick: "rows of 1,000 bytes, 64 a commit",
        yard: Rounds::rates(
            &[engine_floor::rows_a_second(&installation.database.url(), 1_000).await?],
            "rows/s",
        ),
        aim: Aim::Figure(AIM),
    })
}
