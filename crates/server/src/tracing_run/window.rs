//! When a case was infectious, by her evidence, the contact definition, or an officer who knows better.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::fact::{Fact, TestOutcome};
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::cases::{self, CaseWindow};
use healthcode_store::traced_places::{self, TracedPlace};
use healthcode_store::{Act, Conn, Tx, case_files, households, lives, visits};
use healthcode_trace::{Anchor, Policy};

/// A case with her window and where she was within it.
#[derive(Clone, Debug)]
pub struct Located {
    /// The case.
    pub case: CaseWindow,
    /// Her visits and nights under one roof with others that share time with the window.
    pub own: Vec<visits::Visit>,
}

impl Located {
    /// A case with where she was: visits that nobody doubts, and the nights of her households.
    pub async fn of(app: &App, conn: &mut Conn, case: CaseWindow) -> Answer<Self> {
        let mut own = visits::traceable_of_person(conn, &case.person, case.window).await?;
        let zone = app.published().rules.zone(case.since).clone();
        own.extend(households::stays_of(conn, &case.person, case.window, &zone).await?);
        Ok(Self { case, own })
    }
}

/// The case as known at `at`, with her window; `None` for who is none. A window that an officer set goes before the
/// definition's.
pub fn of_life(
    app: &App,
    person: &PersonId,
    life: &Life,
    edited: Option<Interval>,
    policy: &Policy,
    at: Instant,
) -> Option<CaseWindow> {
    let standing = life.case_at(at)?;
    let sampled_at = first_positive(life, at);
    let window = match edited {
        Some(edited) => edited,
        None => {
            let sampled = screened(life, sampled_at.unwrap_or(standing.since), at);
            let anchor = standing.onset_at.map_or(sampled, Anchor::Onset);
            let published = app.published();
            policy.infectious_window(anchor, Some(standing.since), published.rules.zone(at))?
        }
    };
    Some(CaseWindow {
        person: person.clone(),
        status: standing.status.word().to_owned(),
        since: standing.since,
        onset_at: standing.onset_at,
        sampled_at,
        window,
    })
}

/// When the first positive sample of this illness was taken: none older than ninety days is of it.
fn first_positive(life: &Life, at: Instant) -> Option<Instant> {
    let recent = at.plus_days_of_24h(-90);
    let sampled = life.facts_at(at).into_iter().filter_map(|(_, fact, withdrawn)| match fact {
        Fact::TestResult(test) if !withdrawn && test.result == TestOutcome::Positive => Some(test.sampled_at),
        _ => None,
    });
    sampled.filter(|sampled| *sampled >= recent).min()
}

/// Days before a positive sample within which a negative one says that she was screened again and again.
const SCREENED_DAYS: i64 = 14;

/// What the window of a case without symptoms is counted from.
fn screened(life: &Life, sample: Instant, at: Instant) -> Anchor {
    let recent = sample.plus_days_of_24h(-SCREENED_DAYS);
    let negative = life.facts_at(at).into_iter().filter_map(|(_, fact, withdrawn)| match fact {
        Fact::TestResult(test) if !withdrawn && test.result == TestOutcome::Negative => Some(test.sampled_at),
        _ => None,
    });
    match negative.filter(|negative| (recent..sample).contains(negative)).max() {
        Some(last_negative) => Anchor::Screened { sample, last_negative },
        None => Anchor::Sample(sample),
    }
}

/// The stays of a case at which others may have met her.
pub fn places_of(located: &Located, policy: &Policy) -> Vec<TracedPlace> {
    let place = |visit: &visits::Visit| {
        let time = policy_time(policy, visit.stay.overlap(&located.case.window)?);
        Some(TracedPlace { point: visit.point.clone(), via: None, time })
    };
    located.own.iter().filter_map(place).collect()
}

/// When visits of others count beside a stay: with the tail of the definition, or over the civil dates that it goes by.
pub fn policy_time(policy: &Policy, stay: Interval) -> Interval {
    let goes_by_dates = policy.same_date || policy.kinds.iter().any(|kind| kind.same_date);
    match &policy.zone {
        Some(zone) if goes_by_dates => Interval {
            from: zone.start_of(zone.day_of(stay.from)),
            until: zone.start_of(zone.day_of(stay.until).plus(1)),
        },
        _ => Interval { from: stay.from, until: stay.until.plus_seconds(i64::from(policy.tail_seconds)) },
    }
}

/// Works out the window of a case and where she was, and keeps both.
pub struct Locate {
    /// The server.
    pub app: App,
    /// The case.
    pub case: PersonId,
    /// The definition in force.
    pub policy: Policy,
}

impl Act for Locate {
    type Out = Option<Located>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Self::Out> {
        let at = self.app.clock.now();
        let forget = forget_on(at, retention::PERSON);
        let life = lives::of_person(tx.conn().await?, &self.case).await?;
        let file = case_files::get(tx.conn().await?, &self.case).await?;
        let edited = file.and_then(|file| file.window);
        let Some(case) = of_life(&self.app, &self.case, &life, edited, &self.policy, at) else {
            cases::drop_window(tx.conn().await?, &self.case).await?;
            traced_places::put(tx.conn().await?, &self.case, &[], forget).await?;
            return Ok(None);
        };
        cases::put_window(tx.conn().await?, &case, forget).await?;
        let located = Located::of(&self.app, tx.conn().await?, case).await?;
        traced_places::put(tx.conn().await?, &self.case, &places_of(&located, &self.policy), forget).await?;
        Ok(Some(located))
    }
}
