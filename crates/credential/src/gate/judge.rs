//! The judgement of a gate that stands alone; the steps and their order are in [`super`].

use super::reason::GateReason;
use super::state::GateState;
use crate::bearer::{Bearer, Paper, StatusReference};
use crate::outcome::{Outcome, Reason};
use crate::status::follower::Follower;
use crate::status::table::Status;
use crate::verify::{Verdict, VerifiedClaims, verify};
use healthcode_core::decision::Colour;
use healthcode_core::rule_set::{Action, Actions};
use healthcode_core::time::Instant;
use serde::Serialize;

/// Keys, rules and colours that were not confirmed for longer are too old to let anybody pass: a day.
pub const LONGEST_AGE_SECONDS: i64 = 86_400;

/// What a gate found out about a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The code counts, and this is what the table says of it.
    Colour(Status),
    /// Nothing is wrong with the code that the gate could see, and yet it cannot decide.
    CannotDecide(GateReason),
    /// The code does not count.
    Refused(Reason),
}

/// How long ago each was confirmed, in whole seconds, never below 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ages {
    /// Which keys count.
    pub keys: i64,
    /// What to do about a colour.
    pub rules: i64,
    /// The colours; none: the gate has none.
    pub colours: Option<i64>,
}

/// A judgement. Only [`judge`] makes one.
#[derive(Debug, Clone)]
#[must_use]
pub struct Judgement {
    finding: Finding,
    action: Action,
    ages: Ages,
    claims: Option<VerifiedClaims>,
}

impl Judgement {
    /// What was found out.
    pub fn finding(&self) -> Finding {
        self.finding
    }

    /// What the guard does. `pass` only where every step was taken and the bundle lets the colour pass here.
    pub fn action(&self) -> Action {
        self.action
    }

    /// How old keys, rules and colours are.
    pub fn ages(&self) -> Ages {
        self.ages
    }

    /// What the code says, where it counts.
    pub fn claims(&self) -> Option<&VerifiedClaims> {
        self.claims.as_ref()
    }

    /// What the guard compares with the document: paper says it; of a phone only the server could.
    pub fn paper(&self) -> Option<&Paper> {
        match self.claims()?.bearer() {
            Bearer::Paper(paper) => Some(paper),
            Bearer::Phone { .. } | Bearer::Token { .. } => None,
        }
    }

    /// The word of the verdict: an outcome, or `cannot_decide`.
    pub fn verdict(&self) -> &'static str {
        match self.finding {
            Finding::Colour(_) => Outcome::Valid.word(),
            Finding::CannotDecide(_) => "cannot_decide",
            Finding::Refused(reason) => reason.outcome().word(),
        }
    }

    /// The stable code of what failed.
    pub fn reason(&self) -> Option<&'static str> {
        match self.finding {
            Finding::Colour(_) => None,
            Finding::CannotDecide(reason) => Some(reason.code()),
            Finding::Refused(reason) => Some(reason.code()),
        }
    }

    /// The colour, where the gate knows it.
    pub fn colour(&self) -> Option<Status> {
        match self.finding {
            Finding::Colour(status) => Some(status),
            Finding::CannotDecide(_) | Finding::Refused(_) => None,
        }
    }
}

/// Judges the text of a code at a kind of collection point, when nobody can be asked. `at` is the gate's own clock.
pub fn judge(code: &str, gate: &GateState, kind: &str, at: Instant) -> Judgement {
    let ages = ages(gate, at);
    let (finding, claims) = match (verify(code, gate.trust(), at), gate.clock_is_wrong(at)) {
        (Verdict::Refused(reason), wrong) if !wrong || reason.outcome() == Outcome::BadSignature => {
            (Finding::Refused(reason), None)
        }
        (_, true) => (Finding::CannotDecide(GateReason::Clock), None),
        (Verdict::Refused(reason), false) => (Finding::Refused(reason), None),
        (Verdict::Valid(claims), false) => {
            let finding = match colour(&claims, gate, ages, at) {
                Ok(status) => Finding::Colour(status),
                Err(reason) => Finding::CannotDecide(reason),
            };
            (finding, Some(claims))
        }
    };
    Judgement { finding, action: action(finding, &gate.bundle().contents().actions, kind), ages, claims }
}

/// Steps 3 to 8: what the table says of a code that counts.
fn colour(claims: &VerifiedClaims, gate: &GateState, ages: Ages, at: Instant) -> Result<Status, GateReason> {
    let old = |age: i64| age > LONGEST_AGE_SECONDS;
    if claims.device().is_some() && claims.presented_at().is_none() {
        return Err(GateReason::PresentationMissing);
    }
    if !gate.bundle().recognises(claims.issuer(), at) {
        return Err(GateReason::NotRecognised);
    }
    if gate.bundle().has_ended(at) {
        return Err(GateReason::BundleEnded);
    }
    if old(ages.keys) || old(ages.rules) {
        return Err(GateReason::KeysOld);
    }
    let place: StatusReference = claims.status().ok_or(GateReason::PaperOffline)?;
    let colours = gate.colours().filter(|_| !ages.colours.is_none_or(old)).ok_or(GateReason::ColoursOld)?;
    let of_issuer = |colours: &&Follower| colours.region() == claims.issuer();
    Some(colours).filter(of_issuer).and_then(|colours| colours.status(place)).ok_or(GateReason::NoTable)
}

/// Step 9, and what is done where no colour was found.
fn action(finding: Finding, actions: &Actions, kind: &str) -> Action {
    match finding {
        Finding::Colour(Status::Green) => actions.of(Colour::Green, kind),
        Finding::Colour(Status::Yellow) => actions.of(Colour::Yellow, kind),
        Finding::Colour(Status::Red) => actions.of(Colour::Red, kind),
        Finding::Colour(Status::Undecided) => match actions.of(Colour::Pending, kind) {
            Action::Pass | Action::Ask => Action::Ask,
            Action::Stop => Action::Stop,
        },
        Finding::Refused(reason) if reason.outcome() == Outcome::BadSignature => Action::Stop,
        Finding::Refused(_) | Finding::CannotDecide(_) => Action::Ask,
    }
}

fn ages(gate: &GateState, at: Instant) -> Ages {
    let age = |since: Instant| (at.seconds() - since.seconds()).max(0);
    Ages {
        keys: age(gate.keys_at()),
        rules: age(gate.rules_at()),
        colours: gate.colours().map(|colours| age(colours.made_at())),
    }
}
