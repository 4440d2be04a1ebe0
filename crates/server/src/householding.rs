//! What acts about households have in common: which nights may be stated, and how they are stored.

use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Day, Instant, Zone};
use healthcode_store::Tx;
use healthcode_store::households::{self, Household, Member};

/// Nights of one agreement, at most; who stays longer agrees again.
pub(crate) const MOST_NIGHTS: i32 = 28;
/// Nights that may lie behind when they are stated.
const MOST_BACK: i32 = 14;

/// Nights from one until another, both by the local date of the evening.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Nights {
    pub first: Day,
    pub last: Day,
}

/// Reads nights; without a last one they go on for as long as is allowed, until somebody ends it.
pub(crate) fn read_nights(first: &str, last: Option<&str>, zone: &Zone, at: Instant) -> Answer<Nights> {
    let today = zone.day_of(at);
    let day = |text: &str, field| Day::parse(text).ok_or_else(|| Problem::new(Code::Nights).field(field));
    let first = day(first, "first_night")?;
    let longest = first.plus(MOST_NIGHTS - 1);
    let last = last.map_or(Ok(longest), |last| day(last, "last_night"))?;
    if first.0 < today.0 - MOST_BACK || first.0 > today.0 + MOST_NIGHTS {
        return Err(Problem::new(Code::Nights).field("first_night"));
    }
    if last < first || last > longest {
        return Err(Problem::new(Code::Nights).field("last_night"));
    }
    Ok(Nights { first, last })
}

/// When a household with such nights is forgotten: with the visits of its last night.
pub(crate) fn forgotten_on(last_night: Day) -> Day {
    last_night.plus(1 + retention::VISIT)
}

/// Adds members, and asks for the reconciliation of cases among all who belong to it.
pub(crate) async fn join(
    tx: &mut Tx<'_>,
    household: &Household,
    members: &[Member],
    at: Instant,
) -> Answer<()> {
    let forget = forgotten_on(household.last_night);
    for member in members {
        tx.later(households::add_member(&household.household, member, forget)).await?;
    }
    concerns_cases(tx, &household.household, at).await
}

/// Asks for the reconciliation of cases among the members.
pub(crate) async fn concerns_cases(tx: &mut Tx<'_>, household: &PointId, at: Instant) -> Answer<()> {
    // The members were added just now: what was put off is sent before it reads them.
    tx.conn().await?;
    Ok(tx.later(households::ask_for_cases(household, at, forget_on(at, retention::VISIT))).await?)
}

/// A member from now on.
pub(crate) fn member(person: &PersonId, follows: Option<&PersonId>, at: Instant) -> Member {
    Member { person: person.clone(), follows: follows.cloned(), joined_at: at, left_at: None }
}
