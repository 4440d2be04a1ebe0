//! The rule sets of this installation, and the one way in which its decisions are made and kept.

use crate::duties;
use crate::retention;
use healthcode_core::decide::decide;
use healthcode_core::decision::{Colour, Decision};
use healthcode_core::ids::{PersonId, Scheme};
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::replay::replay;
use healthcode_core::rule_set::{Action, Actions, RuleSet, Transition};
use healthcode_core::time::{Instant, Interval, Zone};
use healthcode_store::decisions::{self, StoredDecision};
use healthcode_store::duties::{self as kept_duties, Duty};
use healthcode_store::{Statement, StoreFault, Tx, lives, notices, outbox};
use serde_json::json;

/// Every adopted rule set, by the instant it takes effect.
#[derive(Clone, Debug)]
pub struct RulesInForce {
    sets: Vec<RuleSet>,
    /// For each set that lets people stay under the one before: that one, without an end.
    before: Vec<Option<RuleSet>>,
    /// Zone of days where no rule set is in force.
    fallback: Zone,
    country: Region,
}

/// The built-in fallbacks do not read back; the program is damaged.
#[derive(Debug, thiserror::Error)]
#[error("built-in zone or region: {0}")]
pub struct FallbackFault(String);

/// The scheme that this edition of the server decides by.
pub const SCHEME: &str = "covid-19";
/// Named as rule set where none is in force.
pub const NO_RULES: &str = "none";

impl RulesInForce {
    /// From the sets as stored.
    pub fn new(sets: Vec<RuleSet>) -> Result<Self, FallbackFault> {
        let fallback = Zone::new("Asia/Shanghai").map_err(|fault| FallbackFault(fault.to_string()))?;
        let country = Region::new("CN").map_err(|fault| FallbackFault(fault.to_string()))?;
        let before = |set: &RuleSet| {
            let from = set.in_force.from;
            let stays = set.transition == Some(Transition::Stay);
            let old = stays.then(|| in_force_at(&sets, Instant::from_micros(from.micros() - 1)))??;
            let endless = Interval { from: old.in_force.from, until: from.plus_days_of_24h(ENDLESS_DAYS) };
            Some(old.clone().adopted(old.authority.clone(), endless))
        };
        let before = sets.iter().map(before).collect();
        Ok(Self { sets, before, fallback, country })
    }

    /// The rule set in force at `at`; of several the one that took effect last.
    pub fn at(&self, at: Instant) -> Option<&RuleSet> {
        in_force_at(&self.sets, at)
    }

    /// The edition before, where the one in force lets people stay under it, and since when that is so.
    fn before(&self, at: Instant) -> Option<(&RuleSet, Instant)> {
        let index = self.sets.iter().rposition(|set| set.in_force.contains(at))?;
        Some((self.before[index].as_ref()?, self.sets[index].in_force.from))
    }

    /// Whether a decision under these rules may stand at `at`: under those in force, or under those before where people
    /// stay there.
    pub fn accepts(&self, rule_set: &str, at: Instant) -> bool {
        rule_set == self.id(at) || self.before(at).is_some_and(|(before, _)| before.id() == rule_set)
    }

    /// The next instant after `at` at which a rule set takes effect.
    pub fn next_start(&self, at: Instant) -> Option<Instant> {
        self.sets.iter().map(|set| set.in_force.from).filter(|from| *from > at).min()
    }

    /// Every set.
    pub fn all(&self) -> &[RuleSet] {
        &self.sets
    }

    /// Where days begin and end now.
    pub fn zone(&self, at: Instant) -> &Zone {
        self.at(at).or(self.sets.last()).map_or(&self.fallback, |set| &set.zone)
    }

    /// What a checker does about a colour now, at a kind of collection point.
    pub fn action(&self, colour: Colour, kind: &str, at: Instant) -> Action {
        self.at(at).map_or(&Actions::default(), |set| &set.actions).of(colour, kind)
    }

    /// What a checker does about each colour now.
    pub fn actions(&self, at: Instant) -> Actions {
        self.at(at).map_or_else(Actions::default, |set| set.actions.clone())
    }

    /// Region whose authority answers; the whole country before any rule set is adopted.
    pub fn authority(&self, at: Instant) -> Region {
        self.at(at).or(self.sets.last()).map_or_else(|| self.country.clone(), |set| set.authority.clone())
    }

    /// Name and version in force, or [`NO_RULES`].
    pub fn id(&self, at: Instant) -> String {
        self.at(at).map_or_else(|| NO_RULES.to_owned(), RuleSet::id)
    }

    /// The decision on a life. Without rules in force everyone is pending, and the reason says so.
    pub fn decide(&self, life: &Life, person: &PersonId, at: Instant) -> StoredDecision {
        let next_start = self.next_start(at);
        if let Some(rules) = self.rules_for(life, at)
            && let Ok(mut decision) = decide(rules, life, at)
        {
            let codes: Vec<_> =
                decision.reasons.iter().map(|r| rules.reasons[usize::from(r.reason)].code.as_str()).collect();
            // Under the edition before, the sunset of the one in force is a change, too.
            let sunset = self.at(at).map(|rules| rules.in_force.until);
            // What is shown must be what is waited for: an edition that is to come is a change, too.
            decision.next_change_at =
                [decision.next_change_at, next_start, sunset].into_iter().flatten().min();
            return StoredDecision {
                scheme: rules.scheme.clone(),
                colour: decision.colour,
                reasons: codes.join(" "),
                rule_set: rules.id(),
                since: decision.since,
                decided_at: at,
                next_change_at: decision.next_change_at,
                body: decision.to_json(rules, life, person.as_str()),
            };
        }
        self.without_rules(person, at, next_start)
    }

    /// The rules that decide on a life: those in force, or those before where they hold the person and let her stay.
    fn rules_for(&self, life: &Life, at: Instant) -> Option<&RuleSet> {
        let stays = self.before(at).filter(|(before, from)| is_held(before, life, *from, at));
        stays.map(|(before, _)| before).or(self.at(at))
    }

    /// The colour of the decision on a life, for counting.
    pub fn colour(&self, life: &Life, at: Instant) -> Colour {
        let decision = self.rules_for(life, at).and_then(|rules| decide(rules, life, at).ok());
        decision.map_or(Colour::Pending, |decision| decision.colour)
    }

    fn without_rules(&self, person: &PersonId, at: Instant, next_start: Option<Instant>) -> StoredDecision {
        let ended = self.sets.iter().map(|set| set.in_force.until).filter(|until| *until <= at).max();
        let since = ended.unwrap_or(Instant::from_micros(0));
        let zone = self.zone(at);
        let body = json!({
            "person": person, "scheme": SCHEME, "colour": Colour::Pending,
            "reasons": [{ "code": "P0", "evidence": [], "text": {
                "en": "No rules are in force here at the moment, so nobody is given a colour.",
                "zh": "目前此地没有生效的规则，因此不对任何人赋码。" } }],
            "authority": self.authority(at), "rule_set": NO_RULES, "since": zone.show(since),
            "next_change_at": next_start.map(|next| zone.show(next)),
            "release": [], "earliest_release_at": null, "obligations": [],
        });
        StoredDecision {
            scheme: scheme(),
            colour: Colour::Pending,
            reasons: "P0".to_owned(),
            rule_set: NO_RULES.to_owned(),
            since,
            decided_at: at,
            next_change_at: next_start,
            body: body.to_string(),
        }
    }
}

/// Days for which people may stay under an edition that was replaced.
const ENDLESS_DAYS: i64 = 4_000;

/// Of several sets in force, the one that took effect last.
fn in_force_at(sets: &[RuleSet], at: Instant) -> Option<&RuleSet> {
    sets.iter().rev().find(|set| set.in_force.contains(at))
}

/// Whether an edition held someone yellow or red when another took effect, and has not let go since.
fn is_held(before: &RuleSet, life: &Life, from: Instant, at: Instant) -> bool {
    let holds = |decision: &Decision| matches!(decision.colour, Colour::Yellow | Colour::Red);
    let held = decide(before, life, Instant::from_micros(from.micros() - 1)).is_ok_and(|then| holds(&then));
    let since = Interval::new(from, at.plus_seconds(1));
    held && since.is_some_and(|since| replay(before, life, since).iter().all(|(_, decision)| holds(decision)))
}

/// The scheme as an id.
pub fn scheme() -> Scheme {
    // Cannot fail: a literal of eight characters.
    Scheme::new(SCHEME).unwrap_or_else(|_| unreachable!("a literal id"))
}

/// Decides on a person as recorded in this transaction and puts the decision in force; `true` when anything that is
/// shown changed.
pub async fn decide_and_keep(
    tx: &mut Tx<'_>,
    rules: &RulesInForce,
    person: &PersonId,
    at: Instant,
    notice: &str,
) -> Result<bool, StoreFault> {
    let life = lives::of_person(tx.conn().await?, person).await?;
    let old = decisions::of_person(tx.conn().await?, person, &scheme()).await?;
    decide_on(tx, rules, person, (&life, old), at, notice).await
}

/// Decides on a life and puts the decision in force where it differs from the `old` one; `true` when anything that is
/// shown changed.
pub(crate) async fn decide_on(
    tx: &mut Tx<'_>,
    rules: &RulesInForce,
    person: &PersonId,
    (life, old): (&Life, Option<StoredDecision>),
    at: Instant,
    notice: &str,
) -> Result<bool, StoreFault> {
    let asking = old.as_ref().filter(|old| duties::asks(old)).cloned();
    if let Some(anew) = decide_anew(rules, life, person, old, at) {
        return keep(tx, &anew, notice).await.map(|()| true);
    }
    // What is asked stays; what is known of it may have changed.
    let duty = asking.and_then(|standing| duties::duty(&standing, life, rules.zone(at), at));
    if let Some(duty) = duty {
        let forget = retention::forget_on(at, retention::PERSON);
        tx.later(kept_duties::put(person, &duty, forget)).await?;
    }
    Ok(false)
}

/// A decision that differs from the one that stands.
pub(crate) struct Anew {
    pub person: PersonId,
    at: Instant,
    decision: StoredDecision,
    /// What it asks, and what of it is known; `None` inside where it asks nothing that was asked before.
    duty: Option<Option<Duty>>,
    /// Whether it is worth a message: another colour, or another reason for it.
    is_news: bool,
}

/// Decides on a life; `None` where nothing differs from the `old` decision. This is the only place of the server where a
/// colour comes from.
pub(crate) fn decide_anew(
    rules: &RulesInForce,
    life: &Life,
    person: &PersonId,
    old: Option<StoredDecision>,
    at: Instant,
) -> Option<Anew> {
    // Acts may be stored in another order than they were asked for; nothing stored is left out of the decision.
    let at = life.recordings().last().map_or(at, |last| at.max(*last));
    let decision = rules.decide(life, person, at);
    if old
        .as_ref()
        .is_some_and(|old| old.body == decision.body && old.next_change_at == decision.next_change_at)
    {
        return None;
    }
    let duty = match duties::duty(&decision, life, rules.zone(at), at) {
        None if !old.as_ref().is_some_and(duties::asks) => None,
        duty => Some(duty),
    };
    let is_news =
        old.is_some_and(|old| (old.colour, old.reasons) != (decision.colour, decision.reasons.clone()));
    Some(Anew { person: person.clone(), at, decision, duty, is_news })
}

/// Puts a decision in force, and tells of it.
async fn keep(tx: &mut Tx<'_>, anew: &Anew, notice: &str) -> Result<(), StoreFault> {
    tx.later(anew.put()).await?;
    tx.later(anew.tell(notice)).await?;
    if let Some(duty) = anew.duty() {
        tx.later(duty).await?;
    }
    match anew.is_news {
        true => tx.later(message(&[&anew.person], anew.at, notice)).await,
        false => Ok(()),
    }
}

/// Puts the decisions of several people in force, a table at a time, so that each table takes all its rows at once.
pub(crate) async fn keep_all(
    tx: &mut Tx<'_>,
    all: &[&Anew],
    notice: impl Fn() -> String,
) -> Result<(), StoreFault> {
    for anew in all {
        tx.later(anew.put()).await?;
    }
    // Sent apart: a text that is the same for every batch is made ready once.
    tx.conn().await?;
    for anew in all {
        tx.later(anew.tell(&notice())).await?;
    }
    tx.conn().await?;
    for duty in all.iter().filter_map(|anew| anew.duty()) {
        tx.later(duty).await?;
    }
    tx.conn().await?;
    let news: Vec<_> = all.iter().filter(|anew| anew.is_news).collect();
    let Some(at) = news.iter().map(|anew| anew.at).max() else { return Ok(()) };
    let people: Vec<_> = news.iter().map(|anew| &anew.person).collect();
    tx.later(message(&people, at, &notice())).await
}

impl Anew {
    /// The decision itself.
    fn put(&self) -> Statement {
        decisions::put(&self.person, &self.decision, retention::forget_on(self.at, retention::PERSON))
    }

    /// What it asks, where it asks or asked anything.
    fn duty(&self) -> Option<Statement> {
        let forget = retention::forget_on(self.at, retention::PERSON);
        self.duty.as_ref().map(|duty| match duty {
            Some(duty) => kept_duties::put(&self.person, duty, forget),
            None => kept_duties::drop(&self.person),
        })
    }

    /// The word to pages and other servers.
    fn tell(&self, notice: &str) -> Statement {
        outbox::tell(notice, &self.person, self.at, retention::forget_on(self.at, retention::NOTICE))
    }
}

/// The message to those who wish one.
fn message(people: &[&PersonId], at: Instant, notice: &str) -> Statement {
    notices::tell(notice, people, at, retention::forget_on(at, retention::MESSAGE))
}
