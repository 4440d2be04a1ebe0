//! Another contact definition on every case under way: whom it would expose, whom it would let go.

use crate::app::App;
use crate::problem::Answer;
use crate::tracing_run::find::{Places, find};
use crate::tracing_run::preview::Preview;
use crate::tracing_run::settle::plan;
use crate::tracing_run::window::{Located, of_life};
use healthcode_core::time::Instant;
use healthcode_store::{case_files, cases, lives};
use healthcode_trace::Policy;

/// Cases read at once.
const AT_ONCE: i64 = 200;

/// Whom a definition would concern. People who were exposed to several cases are counted once for each.
pub async fn of_definition(app: &App, policy: &Policy, at: Instant) -> Answer<Preview> {
    let mut sum = Preview::default();
    let mut after = String::new();
    loop {
        let mut conn = app.store.reader().await?;
        let some = cases::list(&mut conn, &after, AT_ONCE).await?;
        let Some((last, _)) = some.last() else { return Ok(sum) };
        after = last.person.to_string();
        for (case, _) in &some {
            let life = lives::of_person(&mut conn, &case.person).await?;
            let edited = case_files::get(&mut conn, &case.person).await?.and_then(|file| file.window);
            let Some(case) = of_life(app, &case.person, &life, edited, policy, at) else { continue };
            let located = Located::of(app, &mut conn, case).await?;
            let found = find(app, &mut conn, &located, policy, Places::Leave).await?;
            let plan = plan(app, &mut conn, &located.case.person, &found.wanted, at).await?;
            sum.add(plan.preview(app, &mut conn, at).await?);
        }
    }
}
