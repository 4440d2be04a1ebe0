//! A region with its roots, its keys and its status files, and codes of every kind: what a gate may meet.
#![allow(dead_code, clippy::unwrap_used)]

use crate::forge::{Forge, ISSUED, at, claims, kid, on_paper, with_device};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::bearer::{Bearer, DeviceKey, StatusReference};
use healthcode_credential::bundle::{Bundle, Contents, Recognition, Roots, assemble, draft, sign};
use healthcode_credential::claims::Claims;
use healthcode_credential::gate::GateState;
use healthcode_credential::issue::issue;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
use healthcode_credential::status::news::{DayNews, Kind, Link, News};
use healthcode_credential::status::seal::{DayKey, seal, sign as sign_news};
use healthcode_credential::status::table::Status;
use healthcode_credential::trust::{Purpose, TrustedKey};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU8, Ordering};

/// When a guard stands at the gate: half a minute after every code was issued.
pub const NOW: i64 = 30;
pub const TODAY: Day = Day(18_303);
/// Indexes of today's table; each status has one that it is said of: 0 green, 1 yellow, 2 red, 3 undecided.
pub const SIZE: u32 = 1_000;

pub fn region(code: &str) -> Region {
    Region::new(code).unwrap()
}

pub fn copy(key: &SigningKey) -> SigningKey {
    SigningKey::from_pkcs8(key.to_pkcs8().unwrap().as_bytes()).unwrap()
}

pub struct Station {
    pub roots: Vec<SigningKey>,
    pub pass: SigningKey,
    pub status: SigningKey,
    pub withdrawn: SigningKey,
    /// Of a region that is recognised until `at(100)`, and of one that is not.
    pub neighbour: SigningKey,
    pub stranger: SigningKey,
    pub device: SigningKey,
    nonces: AtomicU8,
}

impl Station {
    pub fn new() -> Self {
        let key = || SigningKey::generate().unwrap();
        Self {
            roots: (0..3).map(|_| key()).collect(),
            pass: key(),
            status: key(),
            withdrawn: key(),
            neighbour: key(),
            stranger: key(),
            device: key(),
            nonces: AtomicU8::new(0),
        }
    }

    /// Version 1, made ten days ago, good for twenty more.
    pub fn contents(&self) -> Contents {
        let in_force = Interval::new(at(-30 * 86_400), at(60 * 86_400)).unwrap();
        let life = KeyLife::Active { in_force };
        let key = |key: &SigningKey, purpose, issuer: &str, life| TrustedKey {
            public: key.public().clone(),
            purpose,
            issuer: Some(region(issuer)),
            life: Some(life),
        };
        Contents {
            version: 1,
            region: region("330100"),
            issued_at: at(-10 * 86_400),
            ends_at: at(20 * 86_400),
            roots: Roots::new(2, self.roots.iter().map(|root| root.public().clone())).unwrap(),
            keys: vec![
                key(&self.pass, Purpose::Pass, "330100", life),
                key(&self.status, Purpose::Status, "330100", life),
                key(&self.withdrawn, Purpose::Pass, "330100", life.withdraw(at(-5)).unwrap()),
                key(&self.neighbour, Purpose::Pass, "310000", life),
                key(&self.stranger, Purpose::Pass, "420100", life),
            ],
            recognises: vec![Recognition {
                issuer: region("310000"),
                from: at(-86_400),
                until: Some(at(100)),
            }],
            actions: serde_json::from_str(
                r#"{"at":{"hospital":{"yellow":"ask","pending":"pass"},"school":{"pending":"stop"}}}"#,
            )
            .unwrap(),
            rule_set: "hangzhou-2020-02@1".to_owned(),
        }
    }

    pub fn bundle_file(&self, contents: &Contents) -> Vec<u8> {
        let body = draft(contents).unwrap();
        let signatures: Vec<_> = self.roots[..2].iter().map(|root| sign(&body, root).unwrap()).collect();
        assemble(&body, &signatures)
    }

    pub fn bundle(&self, contents: &Contents) -> Bundle {
        Bundle::begin(&self.bundle_file(contents), &contents.roots.fingerprint()).unwrap()
    }

    /// A gate whose bundle was confirmed then, without colours.
    pub fn gate(&self, confirmed_at: Instant) -> GateState {
        GateState::new(self.bundle(&self.contents()), confirmed_at)
    }

    /// The snapshot after delta 1: today's table, and of the indexes only those that say otherwise than green.
    pub fn snapshot(&self, made_at: Instant) -> News {
        let lists = [vec![], vec![1], vec![2], vec![3]];
        News {
            kind: Kind::Snapshot,
            region: region("330100"),
            number: 1,
            previous: [1; 32],
            made_at,
            bundle: 1,
            withdrawn: Vec::new(),
            days: BTreeMap::from([(TODAY, DayNews { size: SIZE, lists })]),
        }
    }

    /// A delta that says one thing.
    pub fn delta(&self, number: u64, previous: Link, made_at: Instant, index: u32, status: Status) -> News {
        let mut news = DayNews { size: SIZE, ..DayNews::default() };
        news.lists[status as usize].push(index);
        let days = BTreeMap::from([(TODAY, news)]);
        News { kind: Kind::Delta, number, previous, days, ..self.snapshot(made_at) }
    }

    pub fn day_key(&self) -> DayKey {
        DayKey { day: TODAY, secret: [7; 32] }
    }

    pub fn sealed(&self, news: &News) -> Vec<u8> {
        self.sealed_by(news, &self.status)
    }

    pub fn sealed_by(&self, news: &News, key: &SigningKey) -> Vec<u8> {
        let nonce = [self.nonces.fetch_add(1, Ordering::Relaxed); 12];
        seal(&sign_news(news, key).unwrap(), &self.day_key(), nonce).unwrap()
    }

    fn place(index: u32) -> StatusReference {
        StatusReference { day: TODAY, index }
    }

    pub fn token_of(&self, index: u32) -> Claims {
        Claims { bearer: Bearer::Token { status: Self::place(index) }, ..claims() }
    }

    pub fn token(&self, index: u32) -> String {
        issue(&self.token_of(index), &self.pass).unwrap()
    }

    pub fn phones_pass(&self, index: u32) -> String {
        let device = DeviceKey::new(self.device.public());
        let bearer = Bearer::Phone { status: Self::place(index), device };
        issue(&Claims { bearer, ..with_device(&self.device) }, &self.pass).unwrap()
    }

    /// A phone's pass that the phone presented so many seconds after the issue.
    pub fn presented(&self, index: u32, seconds: i64) -> String {
        let signed = |bytes: &[u8]| self.device.sign(bytes);
        present(&self.phones_pass(index), at(seconds), signed).unwrap().unwrap()
    }

    pub fn paper(&self) -> String {
        issue(&on_paper(), &self.pass).unwrap()
    }

    pub fn of_region(&self, code: &str, key: &SigningKey) -> String {
        issue(&Claims { issuer: region(code), ..self.token_of(0) }, key).unwrap()
    }

    pub fn forged(&self) -> String {
        let mut forged = Forge::new(SigningKey::generate().unwrap());
        forged.protected.splice(5.., kid(&self.pass));
        forged.text()
    }

    /// What another phone signed.
    pub fn presented_by_another(&self) -> String {
        let signed = |bytes: &[u8]| self.stranger.sign(bytes);
        present(&self.phones_pass(0), at(NOW), signed).unwrap().unwrap()
    }

    pub fn now() -> Instant {
        assert_eq!(at(0).seconds(), ISSUED);
        at(NOW)
    }
}
