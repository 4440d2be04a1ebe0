//! Daily reports: what is counted, and what is refused and flagged. Nothing that is refused becomes evidence, so nothing
//! that was made up can lead anyone out, and no decision has to tell the two apart.

use crate::app::App;
use crate::caller::Caller;
use crate::once::{Change, Done};
use crate::problem::{Answer, Code, Problem};
use crate::recording::{Recorded, new_evidence, record};
use crate::retention::{self, forget_on};
use healthcode_core::evidence::Source;
use healthcode_core::fact::{Fact, HealthReport};
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::supervision::may_report;
use healthcode_core::time::Instant;
use healthcode_store::{Act, Tx, acts_for, lives, people, quarantines, report_flags};

/// A report says when it was measured at most so many seconds before it arrives.
pub(crate) const MEASURED_SECONDS: i64 = 15 * 60;
/// And at most so many seconds after: clocks differ a little.
const AHEAD_SECONDS: i64 = 120;
/// So many reports of a day that are too many are an accident of the finger; the next one is put on the work list.
const ACCIDENTS: i64 = 2;

/// A report about a person, by herself or by someone who answers for her.
pub(crate) struct Report {
    pub app: App,
    pub account: AccountId,
    pub person: PersonId,
    pub source: Source,
    pub report: HealthReport,
    /// When the device says it was measured.
    pub measured_at: Option<Instant>,
    pub at: Instant,
}

impl Change for Report {
    type Answer = Recorded;

    fn about(&self) -> Option<&PersonId> {
        Some(&self.person)
    }

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<Recorded>> {
        let (person, at) = (&self.person, self.at);
        let plausible = |measured: Instant| {
            measured <= at.plus_seconds(AHEAD_SECONDS) && measured >= at.plus_seconds(-MEASURED_SECONDS)
        };
        if self.measured_at.is_some_and(|measured| !plausible(measured)) {
            return Err(Problem::new(Code::ReportClock).field("measured_at"));
        }
        tx.lock_person(person.as_str()).await?;
        if self.source == Source::Guardian
            && !acts_for::wards_of(tx.conn().await?, &self.account).await?.contains(person)
        {
            return Err(Code::NotGuardian.into());
        }
        let fact = Fact::HealthReport(self.report.clone());
        let unwell = fact.is_unwell();
        if !may_report(&lives::of_person(tx.conn().await?, person).await?, unwell, at) {
            return Err(Code::ReportTooSoon.into());
        }
        let report = new_evidence(&self.app, person, self.source, fact, at, at)?;
        tx.later(quarantines::reported(person, at, unwell)).await?;
        let changed = record(&self.app, tx, &[&report], self.account.as_str()).await?;
        let changed = if changed { vec![person.clone()] } else { Vec::new() };
        Ok(Done { answer: Recorded::of(&self.app, &report), changed })
    }
}

/// What is kept of a report that was refused: that there was one, and why it was not counted.
struct Flag {
    app: App,
    account: AccountId,
    person: PersonId,
    why: &'static str,
    at: Instant,
}

impl Act for Flag {
    type Out = ();
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        if !people::exists(tx.conn().await?, &self.person).await? {
            return Ok(());
        }
        let day = self.app.published().rules.zone(self.at).day_of(self.at);
        let forget = forget_on(self.at, retention::FLAG);
        let (who, what) = ((&self.person, &self.account), (self.why, day));
        let times = report_flags::count(tx.conn().await?, who, what, self.at, forget).await?;
        if self.why != "too_many" || times > ACCIDENTS {
            report_flags::raise(tx.conn().await?, &self.person, self.at).await?;
        }
        Ok(())
    }
}

/// Flags a report that was refused because it looked made up; other refusals pass by.
pub(crate) async fn flag(
    app: &App,
    caller: &Caller,
    person: &PersonId,
    refused: Answer<Recorded>,
) -> Answer<Recorded> {
    let why = match refused.as_ref().map_err(Problem::code) {
        Err(Code::ReportTooSoon) => "too_many",
        Err(Code::ReportClock) => "clock",
        Err(Code::NotGuardian) => "other_account",
        _ => return refused,
    };
    let (account, at) = (caller.account.clone(), app.clock.now());
    app.store.write(Flag { app: app.clone(), account, person: person.clone(), why, at }).await?;
    refused
}
