//! The gate at work: one judge at the door, one follower behind it, and what both share.

use super::Direction;
use super::folder::take_up;
use super::home::Home;
use super::kept::Kept;
use super::saved::Saved;
use super::server::{Server, Trouble};
use super::words::{self, Language};
use crate::fault::Fault;
use healthcode_core::rule_set::Action;
use healthcode_core::time::Instant;
use healthcode_credential::gate::{Finding, GateLine, GateReason, GateState, Judgement, judge};
use healthcode_credential::status::follower::FollowFault;
use healthcode_credential::status::seal::open;
use healthcode_credential::status::table::Status;
use healthcode_server::clock::{Clock, hex};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A gate that runs.
pub struct Station {
    /// Its folder.
    pub home: Home,
    /// Where time and chance come from.
    pub clock: Clock,
    /// The server.
    pub server: Server,
    /// Whether the server answered last; nobody at the door waits for one that did not.
    pub reached: AtomicBool,
    direction: Direction,
    gate: Mutex<GateState>,
    saved: Mutex<Saved>,
    kept: Mutex<Kept>,
    /// An urgent status file that was heard and not taken yet.
    urgent: Mutex<Option<Vec<u8>>>,
    /// The gate's clock at the last code.
    last: Mutex<Instant>,
}

/// A poisoned lock guards what was whole before: nothing here is changed halfway.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Station {
    /// Opens a gate that was enrolled.
    pub fn open(
        home: Home,
        authority: Option<&[u8]>,
        direction: Direction,
        clock: Clock,
    ) -> Result<Self, Fault> {
        let saved = home.saved()?;
        let now = clock.now();
        let name = home.path("gate.json").display().to_string();
        let mut gate = saved.gate(now).map_err(|fault| Fault::file(&name, fault))?;
        take_up(&home, &saved, &mut gate);
        let server = Server::new(&saved.server, authority).map_err(|fault| Fault::file(&name, fault))?;
        Ok(Self {
            server: server.with_token(&saved.token),
            kept: Mutex::new(Kept::open(&home, &clock)?),
            home,
            clock,
            reached: AtomicBool::new(false),
            direction,
            gate: Mutex::new(gate),
            saved: Mutex::new(saved),
            urgent: Mutex::new(None),
            last: Mutex::new(now),
        })
    }

    /// What the gate holds.
    pub fn gate(&self) -> MutexGuard<'_, GateState> {
        locked(&self.gate)
    }

    /// What is written about it.
    pub fn saved(&self) -> MutexGuard<'_, Saved> {
        locked(&self.saved)
    }

    /// The scans that wait.
    pub fn kept(&self) -> MutexGuard<'_, Kept> {
        locked(&self.kept)
    }

    /// The urgent status file that waits.
    pub fn urgent(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        locked(&self.urgent)
    }

    /// Takes the urgent status file that waits; false where it stands on a delta that was not taken yet.
    pub fn take_urgent(&self) -> bool {
        let Some(file) = self.urgent().take() else { return true };
        let (keys, trust) = (self.saved().day_keys(), self.gate().trust().clone());
        // One that cannot be read or comes too late is worth nothing: the next delta says it again.
        let Ok(news) = open(&file, &keys, &trust) else { return true };
        match self.gate().take(&news) {
            Err(FollowFault::Gap { .. } | FollowFault::NoSnapshot) => {
                *self.urgent() = Some(file);
                false
            }
            Ok(()) | Err(_) => true,
        }
    }

    /// Judges a code, and keeps the scan where the code counts. Tells the verdict and the word for the relay.
    pub fn judge(
        &self,
        line: u64,
        code: &str,
        explain: Option<Language>,
    ) -> Result<(Value, &'static str), Fault> {
        let at = self.clock.now();
        let kind = self.saved().kind.clone();
        let judgement = {
            let mut gate = self.gate();
            let before = std::mem::replace(&mut *locked(&self.last), at);
            gate.watch_clock(before, at);
            judge(code, &gate, &kind, at)
        };
        let mut verdict = json!(GateLine::new(line, code, &judgement));
        let mut action = judgement.action();
        let answered = self.ask(code, &judgement);
        match &answered {
            // The server has recorded it.
            Some(answer) => action = take_answer(&mut verdict, answer, action),
            None if judgement.claims().is_some() => self.kept().keep(self.scan(code, at, &judgement))?,
            None => {}
        }
        if let Some(language) = explain {
            let reason = verdict["reason"].as_str().or(verdict["colour"].as_str()).unwrap_or_default();
            verdict["text"] =
                json!(words::sentence(reason, verdict["verdict"].as_str().unwrap_or_default(), language));
        }
        Ok((verdict, word(action)))
    }

    /// What only the server knows, such as the colour of a paper pass; none while it cannot be reached.
    fn ask(&self, code: &str, judgement: &Judgement) -> Option<Value> {
        let Finding::CannotDecide(reason) = judgement.finding() else { return None };
        if reason == GateReason::PresentationMissing || !self.reached.load(Ordering::Relaxed) {
            return None;
        }
        match self.server.scan(code, self.direction.word(), &self.clock) {
            Ok(answer) => Some(answer),
            Err(trouble) => {
                self.reached.store(!matches!(trouble, Trouble::Away(_)), Ordering::Relaxed);
                None
            }
        }
    }

    /// The scan as it will be delivered.
    fn scan(&self, code: &str, at: Instant, judgement: &Judgement) -> Value {
        let mut scan = json!({
            "id": hex(&self.clock.bytes::<16>()), "code": code, "direction": self.direction.word(), "scanned_at": at,
            "verdict": judgement.verdict(), "action": judgement.action(),
        });
        if let Some(reason) = judgement.reason() {
            scan["reason"] = json!(reason);
        }
        // Undecided is no colour of a person.
        if let Some(colour) = judgement.colour().filter(|status| *status != Status::Undecided) {
            scan["colour"] = json!(colour);
        }
        scan
    }
}

/// Puts the server's answer into the line; what it does not say is to be asked about.
fn take_answer(verdict: &mut Value, answer: &Value, before: Action) -> Action {
    for field in ["verdict", "reason", "colour"] {
        match &answer[field] {
            Value::Null => verdict.as_object_mut().and_then(|line| line.remove(field)),
            value => verdict.as_object_mut().and_then(|line| line.insert(field.to_owned(), value.clone())),
        };
    }
    if !answer["masked_name"].is_null() {
        verdict["compare"] =
            json!({"masked_name": answer["masked_name"], "document_last_four": answer["document_last_four"]});
    }
    let action = serde_json::from_value(answer["action"].clone()).unwrap_or(before);
    verdict["action"] = json!(action);
    verdict["asked"] = json!(true);
    action
}

fn word(action: Action) -> &'static str {
    match action {
        Action::Pass => "pass",
        Action::Ask => "ask",
        Action::Stop => "stop",
    }
}
