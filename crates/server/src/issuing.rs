//! Issuing passes: to a phone that has a key, as tokens, and on paper.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use crate::rules_in_force::scheme;
use healthcode_core::decision::Colour;
use healthcode_core::ids::{AccountId, PersonId};
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::{Bearer, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::{IssueFault, issue};
use healthcode_credential::keys::KeyFault;
use healthcode_credential::known_pass::{KnownPass, KnownPasses};
use healthcode_credential::trust::Purpose;
use healthcode_store::passes::{self, Pass};
use healthcode_store::{Tx, at_gate, outbox, status};

/// Indexes of a day's table when nobody has counted the people yet.
pub(crate) const SMALLEST_TABLE: u32 = 1 << 16;
/// Indexes tried before the table is made larger.
const TRIES: usize = 4;
/// How often a table is made larger before giving up.
const GROWTHS: usize = 12;

/// Whose pass is issued, and for when.
pub(crate) struct Holder<'a> {
    pub person: &'a PersonId,
    /// The phone that has the key; `None` for tokens.
    pub account: Option<&'a AccountId>,
    pub issued_at: Instant,
    pub expires_at: Instant,
}

/// Takes a free index of the issue day, drawn at random, and keeps whose it is.
pub(crate) async fn take_place(app: &App, tx: &mut Tx<'_>, holder: &Holder<'_>) -> Answer<StatusReference> {
    let day = day_of(app, holder.issued_at);
    let forget = forget_on(holder.expires_at, retention::PASS);
    let mut size = match status::day_size(tx.conn().await?, day).await? {
        Some(size) => size,
        None => open_day(tx, day, SMALLEST_TABLE, forget).await?,
    };
    for _ in 0..GROWTHS {
        for _ in 0..TRIES {
            let index = below(app, size);
            let pass = Pass {
                issue_day: day,
                status_index: index,
                person: holder.person.clone(),
                account: holder.account.cloned(),
                issued_at: holder.issued_at,
                expires_at: holder.expires_at,
            };
            if passes::add(tx.conn().await?, &pass, forget).await? {
                return Ok(StatusReference { day, index });
            }
        }
        // Of a table that is half full one in sixteen gets here.
        size = open_day(tx, day, size.saturating_mul(2), forget).await?;
    }
    Err(Code::Busy.into())
}

async fn open_day(tx: &mut Tx<'_>, day: Day, size: u32, forget: Day) -> Answer<u32> {
    status::open_day(day, size, forget).run(tx.conn().await?).await?;
    status::day_size(tx.conn().await?, day).await?.ok_or(Problem::new(Code::Internal))
}

/// A number below `size`, each as likely as any other but for one part in 2^32.
fn below(app: &App, size: u32) -> u32 {
    let drawn = u64::from_le_bytes(app.clock.bytes());
    ((u128::from(drawn) * u128::from(size)) >> 64) as u32
}

/// The civil day of an instant in the zone in force.
pub(crate) fn day_of(app: &App, at: Instant) -> Day {
    app.published().rules.zone(at).day_of(at)
}

/// Signs a pass.
pub(crate) fn sign(
    app: &App,
    bearer: Bearer,
    (issued_at, expires_at): (Instant, Instant),
    at: Instant,
) -> Answer<String> {
    let published = app.published();
    let issuer = published.rules.authority(at);
    let signer = published.keys.signer(Purpose::Pass, at, expires_at);
    let signer = signer.ok_or(Problem::new(Code::Internal))?;
    let claims = Claims { issuer, issued_at, expires_at, bearer };
    let text = issue(&claims, signer).map_err(|fault| {
        tracing::error!(%fault, "a pass could not be issued");
        match fault {
            IssueFault::Key(KeyFault::Away) => Problem::new(Code::Busy),
            _ => Problem::new(Code::Internal),
        }
    })?;
    if let Some(known) = KnownPass::issued(&text, signer.public()) {
        app.passes.keep(known);
    }
    Ok(text)
}

/// Tells the status tables of new places, unless they are green, which every place is that nothing is told of.
pub(crate) async fn tell_unless_green(
    app: &App,
    tx: &mut Tx<'_>,
    person: &PersonId,
    at: Instant,
) -> Answer<()> {
    let known = at_gate::read(tx.conn().await?, app.store.seal(), person, &scheme()).await?;
    let is_green = known.is_some_and(|known| {
        known.person.active && known.decided.is_some_and(|decided| decided.colour == Colour::Green)
    });
    if !is_green {
        let forget = forget_on(at, retention::NOTICE);
        tx.later(outbox::tell(&app.clock.name_at(at), person, at, forget)).await?;
    }
    Ok(())
}

/// Withdraws the passes that a phone holds for a person, and tells the status tables; whether there were any.
pub(crate) async fn withdraw_of_phone(
    app: &App,
    tx: &mut Tx<'_>,
    person: &PersonId,
    account: &AccountId,
    at: Instant,
) -> Answer<bool> {
    let withdrawn = passes::withdraw_of_phone(tx.conn().await?, person, account, at).await?;
    if withdrawn > 0 {
        let forget = forget_on(at, retention::NOTICE);
        tx.later(outbox::tell(&app.clock.name_at(at), person, at, forget)).await?;
    }
    Ok(withdrawn > 0)
}
