//! Nobody looks unseen: searches and exports are recorded also where they find nobody, and an account that looks up
//! unusually many people raises an alarm and meets a limit.

use crate::app::App;
use crate::caller::Caller;
use crate::permission::Role;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::inquiries::{self, Inquiry};
use healthcode_store::{Act, Tx, look_meter};

/// Different people and searches in an hour from which an account is unusual: one a minute, all hour long.
pub(crate) const ALARM: i64 = 60;
/// Beyond so many in an hour an account looks nobody up.
pub(crate) const MOST: i64 = 200;

struct Meter {
    caller: Caller,
    subject: String,
    at: Instant,
}

impl Act for Meter {
    type Out = bool;
    type Fault = Problem;

    /// Whether the look-up is within the limit.
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<bool> {
        let (account, at) = (&self.caller.account, self.at);
        let hour = at.seconds().div_euclid(3_600);
        let forget = forget_on(at, retention::LOOK);
        let looks = look_meter::count(tx.conn().await?, account, hour, &self.subject, forget).await?;
        if looks >= ALARM {
            look_meter::raise(tx.conn().await?, (account, hour), at, looks > MOST, forget).await?;
            if looks == ALARM || looks == MOST + 1 {
                tracing::warn!(account = %account, looks, "unusually many look-ups within an hour");
            }
        }
        Ok(looks <= MOST)
    }
}

/// Counts a look-up by an officer; beyond the limit it is refused, and nothing is shown.
async fn meter(app: &App, caller: &Caller, subject: String) -> Answer<()> {
    // A gate scans thousands an hour; it knows nobody but by the code that is shown.
    if caller.role != Role::Officer {
        return Ok(());
    }
    let meter = Meter { caller: caller.clone(), subject, at: app.clock.now() };
    match app.store.write(meter).await? {
        true => Ok(()),
        false => Err(Code::LookLimit.into()),
    }
}

/// Counts that one person is looked up.
pub(crate) async fn meter_person(app: &App, caller: &Caller, person: &PersonId) -> Answer<()> {
    meter(app, caller, person.to_string()).await
}

/// Counts a search, whatever it finds.
pub(crate) async fn meter_search(app: &App, caller: &Caller) -> Answer<()> {
    meter(app, caller, format!("search {}", app.clock.random_name())).await
}

struct RecordInquiry(Inquiry);

impl Act for RecordInquiry {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        Ok(tx.later(inquiries::record(&self.0, forget_on(self.0.at, retention::LOOK))).await?)
    }
}

/// Records a search or an export, durably, before anything is shown.
pub(crate) async fn record_inquiry(
    app: &App,
    caller: &Caller,
    what: &'static str,
    subject: &'static str,
    (purpose, found): (&'static str, usize),
) -> Answer<()> {
    let at = app.clock.now();
    let inquiry = Inquiry {
        account: caller.account.clone(),
        at,
        id: app.clock.name_at(at),
        what: what.to_owned(),
        subject: subject.to_owned(),
        purpose: purpose.to_owned(),
        found: i64::try_from(found).unwrap_or(i64::MAX),
    };
    app.store.write(RecordInquiry(inquiry)).await
}
