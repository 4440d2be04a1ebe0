//! A gate that stands alone: every row of the table of steps, their order, and that nothing but a whole and fresh answer lets
//! anybody pass.

#![allow(clippy::unwrap_used)]

mod forge;
mod station;

use forge::at;
use healthcode_core::rule_set::Action;
use healthcode_core::time::Instant;
use healthcode_credential::bundle::Contents;
use healthcode_credential::gate::{GateLine, GateReason, GateState, Judgement, judge};
use healthcode_credential::issue::issue;
use healthcode_credential::outcome::Reason;
use healthcode_credential::status::news::News;
use healthcode_credential::status::table::Status;
use proptest::prelude::*;
use station::{NOW, SIZE, Station};
use std::sync::LazyLock;

static STATION: LazyLock<Station> = LazyLock::new(Station::new);

const DAY: i64 = 86_400;

fn take(gate: &mut GateState, news: &News) {
    gate.take_status(&STATION.sealed(news), &[STATION.day_key()]).unwrap();
}

/// A gate that knows everything as of ten seconds ago.
fn fresh() -> GateState {
    let mut gate = STATION.gate(at(NOW - 10));
    take(&mut gate, &STATION.snapshot(at(NOW - 10)));
    gate
}

fn said(judgement: &Judgement) -> (&'static str, Option<&'static str>, Action) {
    (judgement.verdict(), judgement.reason(), judgement.action())
}

fn asks(judgement: &Judgement, reason: &'static str) {
    assert_eq!(said(judgement), ("cannot_decide", Some(reason), Action::Ask));
    assert_eq!(judgement.colour(), None);
}

#[test]
fn a_colour_gives_what_the_bundle_says_at_that_kind_of_point() {
    let gate = fresh();
    for (index, status, market, hospital, school) in [
        (0, Status::Green, Action::Pass, Action::Pass, Action::Pass),
        (SIZE - 1, Status::Green, Action::Pass, Action::Pass, Action::Pass),
        (1, Status::Yellow, Action::Stop, Action::Ask, Action::Stop),
        (2, Status::Red, Action::Stop, Action::Stop, Action::Stop),
        // What the bundle says of pending lets nobody pass who is undecided.
        (3, Status::Undecided, Action::Ask, Action::Ask, Action::Stop),
    ] {
        for text in [STATION.token(index), STATION.presented(index, NOW)] {
            for (kind, action) in [("market", market), ("hospital", hospital), ("school", school)] {
                let judgement = judge(&text, &gate, kind, at(NOW));
                assert_eq!(said(&judgement), ("valid", None, action), "{index} at a {kind}");
                assert_eq!(judgement.colour(), Some(status));
            }
        }
    }
}

#[test]
fn step_one_the_clock() {
    let mut gate = fresh();
    let token = STATION.token(0);
    take(&mut gate, &STATION.delta(2, [1; 32], at(NOW + 15), 9, Status::Red));
    assert_eq!(judge(&token, &gate, "market", at(NOW)).verdict(), "valid", "as far as a phone's may be");
    asks(&judge(&token, &gate, "market", at(NOW - 1)), "clock");
    let mut later = Contents { version: 2, ..STATION.contents() };
    later.issued_at = at(NOW + 16);
    let mut gate = fresh();
    gate.take_bundle(gate.bundle().follow(&STATION.bundle_file(&later)).unwrap(), at(NOW));
    asks(&judge(&token, &gate, "market", at(NOW)), "clock");
}

#[test]
fn a_clock_that_went_back_is_doubted_until_it_agrees_with_the_server() {
    let (mut gate, token) = (fresh(), STATION.token(0));
    gate.watch_clock(at(NOW + 15), at(NOW));
    assert_eq!(judge(&token, &gate, "market", at(NOW)).action(), Action::Pass);
    gate.watch_clock(at(NOW + 3_600), at(NOW));
    gate.watch_clock(at(NOW), at(NOW + 1));
    asks(&judge(&token, &gate, "market", at(NOW)), "clock");
    for (ahead, action) in [(-16, Action::Ask), (-15, Action::Pass), (91, Action::Ask), (90, Action::Pass)] {
        gate.compare_clock(at(NOW + ahead), at(NOW));
        assert_eq!(judge(&token, &gate, "market", at(NOW)).action(), action, "{ahead} seconds ahead");
    }
}

#[test]
fn step_two_the_code_and_a_forgery_wins_over_the_clock() {
    let (gate, mut doubted) = (fresh(), fresh());
    doubted.watch_clock(at(NOW + 60), at(NOW));
    let withdrawn = issue(&STATION.token_of(0), &STATION.withdrawn).unwrap();
    for (text, reason, action) in [
        (STATION.forged(), Reason::Signature, Action::Stop),
        (STATION.presented_by_another(), Reason::DeviceSignature, Action::Stop),
        (STATION.presented(0, NOW - 91), Reason::PresentedEarlier, Action::Ask),
        (STATION.presented(0, NOW + 16), Reason::PresentedLater, Action::Ask),
        (withdrawn, Reason::KeyWithdrawn, Action::Ask),
        ("HC1:6BFOXN".to_owned(), Reason::ProfileHcert, Action::Ask),
        ("nonsense".to_owned(), Reason::Prefix, Action::Ask),
    ] {
        let judgement = judge(&text, &gate, "market", at(NOW));
        assert_eq!(said(&judgement), (reason.outcome().word(), Some(reason.code()), action));
        let doubted = judge(&text, &doubted, "market", at(NOW));
        match action {
            Action::Stop => assert_eq!(said(&doubted), said(&judgement)),
            _ => asks(&doubted, "clock"),
        }
    }
}

#[test]
fn step_three_a_picture_of_a_phones_pass() {
    asks(&judge(&STATION.phones_pass(0), &fresh(), "market", at(NOW)), "presentation_missing");
}

#[test]
fn step_four_who_is_recognised() {
    let (gate, neighbour) = (fresh(), STATION.of_region("310000", &STATION.neighbour));
    asks(&judge(&STATION.of_region("420100", &STATION.stranger), &gate, "market", at(NOW)), "not_recognised");
    asks(&judge(&neighbour, &gate, "market", at(NOW)), "no_table");
    let mut ended = STATION.contents();
    ended.recognises[0].until = Some(at(NOW));
    let mut gate = GateState::new(STATION.bundle(&ended), at(NOW));
    take(&mut gate, &STATION.snapshot(at(NOW)));
    asks(&judge(&neighbour, &gate, "market", at(NOW)), "not_recognised");
}

#[test]
fn step_five_keys_and_rules_of_a_day() {
    let contents = Contents { ends_at: at(NOW), ..STATION.contents() };
    let mut gate = GateState::new(STATION.bundle(&contents), at(NOW));
    take(&mut gate, &STATION.snapshot(at(NOW)));
    asks(&judge(&STATION.token(0), &gate, "market", at(NOW)), "bundle_ended");
    asks(&judge(&STATION.token(0), &STATION.gate(at(NOW - DAY - 1)), "market", at(NOW)), "keys_old");
    asks(&judge(&STATION.token(0), &STATION.gate(at(NOW - DAY)), "market", at(NOW)), "colours_old");
}

#[test]
fn a_status_file_confirms_the_keys_and_the_rules_only_where_no_newer_bundle_is_known() {
    let mut gate = STATION.gate(at(NOW - 2 * DAY));
    take(&mut gate, &STATION.snapshot(at(NOW - 5)));
    let judgement = judge(&STATION.token(0), &gate, "market", at(NOW));
    assert_eq!((judgement.ages().keys, judgement.ages().rules, judgement.ages().colours), (5, 5, Some(5)));
    let mut gate = STATION.gate(at(NOW - 2 * DAY));
    take(&mut gate, &News { bundle: 2, ..STATION.snapshot(at(NOW - 5)) });
    let judgement = judge(&STATION.token(0), &gate, "market", at(NOW));
    assert_eq!(
        (judgement.ages().keys, judgement.ages().rules, judgement.ages().colours),
        (5, 2 * DAY, Some(5))
    );
    asks(&judgement, "keys_old");
}

#[test]
fn step_six_paper_shows_what_to_compare_and_no_colour() {
    let judgement = judge(&STATION.paper(), &fresh(), "market", at(NOW));
    asks(&judgement, "paper_offline");
    let line = serde_json::to_value(GateLine::new(1, &STATION.paper(), &judgement)).unwrap();
    assert_eq!(line["compare"]["masked_name"], "张**");
    assert!(line.get("claims").is_none() && line.get("colour").is_none());
}

#[test]
fn steps_seven_and_eight_colours_of_a_day_and_of_that_table() {
    let token = STATION.token(0);
    asks(&judge(&token, &STATION.gate(at(NOW)), "market", at(NOW)), "colours_old");
    let mut gate = STATION.gate(at(NOW));
    take(&mut gate, &STATION.snapshot(at(NOW - DAY)));
    assert_eq!(judge(&token, &gate, "market", at(NOW)).action(), Action::Pass);
    asks(&judge(&token, &gate, "market", at(NOW + 1)), "colours_old");
    asks(&judge(&STATION.token(SIZE), &fresh(), "market", at(NOW)), "no_table");
}

#[test]
fn a_key_that_a_status_file_withdraws_counts_no_more_from_then_on() {
    let (mut gate, token) = (fresh(), STATION.token(0));
    let delta = STATION.delta(2, [1; 32], at(NOW), 9, Status::Red);
    take(&mut gate, &News { withdrawn: vec![forge::kid(&STATION.pass)], ..delta.clone() });
    let judgement = judge(&token, &gate, "market", at(NOW));
    assert_eq!(said(&judgement), ("withdrawn_key", Some("key_withdrawn"), Action::Ask));
    let mut gate = fresh();
    take(&mut gate, &News { withdrawn: vec![forge::kid(&STATION.status)], ..delta.clone() });
    let next = STATION.sealed(&STATION.delta(3, [1; 32], at(NOW), 9, Status::Green));
    assert_eq!(gate.take_status(&next, &[STATION.day_key()]).unwrap_err().code(), "status_signature");
}

/// What may be wrong at once.
#[derive(Debug, Clone)]
struct Trouble {
    clock_back: bool,
    code: usize,
    kind: &'static str,
    ended: bool,
    bundle_age: i64,
    colours_age: Option<i64>,
    newer_bundle: bool,
    index: u32,
    status: Status,
}

const CODES: [&str; 10] = [
    "token",
    "presented",
    "bare",
    "paper",
    "neighbour",
    "stranger",
    "forged",
    "expired",
    "withdrawn",
    "malformed",
];

fn trouble() -> impl Strategy<Value = Trouble> {
    let age = || prop_oneof![Just(0), Just(DAY), Just(DAY + 1), 0..3 * DAY];
    let index = prop_oneof![4 => 4..SIZE, 1 => SIZE..SIZE + 9];
    (
        (prop::bool::weighted(0.2), 0..CODES.len(), prop::sample::select(vec!["market", "school"])),
        (prop::bool::weighted(0.2), age(), prop::option::weighted(0.8, age()), prop::bool::weighted(0.3)),
        (index, prop::sample::select(&Status::ALL[..])),
    )
        .prop_map(
            |((clock_back, code, kind), (ended, bundle_age, colours_age, newer_bundle), (index, status))| {
                Trouble {
                    clock_back,
                    code,
                    kind,
                    ended,
                    bundle_age,
                    colours_age,
                    newer_bundle,
                    index,
                    status,
                }
            },
        )
}

impl Trouble {
    fn gate(&self) -> GateState {
        let mut contents = STATION.contents();
        if self.ended {
            contents.ends_at = at(NOW);
        }
        let ago = |age: i64| Instant::from_seconds(at(NOW).seconds() - age);
        let mut gate = GateState::new(STATION.bundle(&contents), ago(self.bundle_age));
        if let Some(age) = self.colours_age {
            let mut snapshot = STATION.snapshot(ago(age));
            snapshot.bundle += u64::from(self.newer_bundle);
            if self.index < SIZE {
                snapshot.days.values_mut().for_each(|day| {
                    day.lists = Default::default();
                    if self.status != Status::Green {
                        day.lists[self.status as usize].push(self.index);
                    }
                });
            }
            take(&mut gate, &snapshot);
        }
        if self.clock_back {
            gate.watch_clock(at(NOW + 60), at(NOW));
        }
        gate
    }

    fn text(&self) -> String {
        match CODES[self.code] {
            "token" => STATION.token(self.index),
            "presented" => STATION.presented(self.index, NOW),
            "bare" => STATION.phones_pass(self.index),
            "paper" => STATION.paper(),
            "neighbour" => STATION.of_region("310000", &STATION.neighbour),
            "stranger" => STATION.of_region("420100", &STATION.stranger),
            "forged" => STATION.forged(),
            "expired" => STATION.presented(self.index, NOW - 200),
            "withdrawn" => issue(&STATION.token_of(self.index), &STATION.withdrawn).unwrap(),
            _ => "EPC1:nonsense".to_owned(),
        }
    }

    /// The table of steps, row by row, in the words of decision 0011.
    fn expected(&self) -> Result<Status, &'static str> {
        let code = CODES[self.code];
        let keys_age = self.colours_age.map_or(self.bundle_age, |age| age.min(self.bundle_age));
        let rules_age = if self.newer_bundle { self.bundle_age } else { keys_age };
        let rows = [
            (code == "forged", "signature"),
            (self.clock_back, "clock"),
            (code == "expired", "presented_earlier"),
            (code == "withdrawn", "key_withdrawn"),
            (code == "malformed", "base45"),
            (code == "bare", "presentation_missing"),
            (code == "stranger", "not_recognised"),
            (self.ended, "bundle_ended"),
            (keys_age > DAY || rules_age > DAY, "keys_old"),
            (code == "paper", "paper_offline"),
            (self.colours_age.is_none_or(|age| age > DAY), "colours_old"),
            (code == "neighbour" || self.index >= SIZE, "no_table"),
        ];
        rows.iter().find(|(failed, _)| *failed).map_or(Ok(self.status), |(_, reason)| Err(*reason))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_first_step_that_fails_is_told_and_only_a_whole_and_fresh_green_passes(trouble in trouble()) {
        let judgement = judge(&trouble.text(), &trouble.gate(), trouble.kind, at(NOW));
        let expected = trouble.expected();
        prop_assert_eq!(judgement.reason(), expected.err());
        prop_assert_eq!(judgement.colour(), expected.ok());
        prop_assert_eq!(judgement.action() == Action::Pass, expected == Ok(Status::Green));
        prop_assert_eq!(judgement.claims().is_none(), judgement.verdict() != "valid" && !GateReason::ALL[1..]
            .iter().any(|reason| judgement.reason() == Some(reason.code())));
    }

    #[test]
    fn no_text_makes_it_panic_or_pass(text in "\\PC{0,80}", tail in "[0-9A-Z $%*+./:-]{0,400}") {
        let gate = fresh();
        for text in [text, format!("EPC1:{tail}")] {
            prop_assert_ne!(judge(&text, &gate, "market", at(NOW)).action(), Action::Pass);
        }
    }
}
