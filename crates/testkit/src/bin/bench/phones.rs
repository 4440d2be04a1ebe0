//! Phones that hold a pass each, and present it when they are scanned.

use crate::Answer;
use crate::installation::{SomeRows, text};
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_credential::bearer::{Bearer, DeviceKey, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::presentation::present;
use healthcode_credential::trust::Purpose;
use healthcode_server::app::App;
use healthcode_server::retention::{self, forget_on};
use healthcode_store::bulk::Cell;
use healthcode_store::status;
use std::sync::Mutex;

/// The passes, by phone; all phones have one key, which costs a gate as much as a key each.
pub struct Phones {
    key: SigningKey,
    passes: Vec<String>,
}

const COLUMNS: &[&str] =
    &["issue_day", "status_index", "person", "account", "issued_at", "expires_at", "forget_on"];

impl Phones {
    /// Issues a pass to the phone of each.
    pub async fn hand_out(app: &App, people: &[PersonId]) -> Answer<Self> {
        let (at, published) = (app.clock.now(), app.published());
        let at = Instant::from_seconds(at.seconds());
        let expires_at = at.plus_seconds(86_400);
        let day = published.rules.zone(at).day_of(at);
        let signer = published.keys.signer(Purpose::Pass, at, expires_at).ok_or("no key signs passes")?;
        let key = SigningKey::generate()?;
        let mut passes = Vec::with_capacity(people.len());
        let forget = forget_on(expires_at, retention::PASS);
        for (number, some) in people.chunks(2_000).enumerate() {
            let mut rows = Vec::with_capacity(some.len());
            for (within, person) in some.iter().enumerate() {
                // Spread over the table, as drawn ones are; each once, for the factor is odd.
                let index = ((number * 2_000 + within) as u32).wrapping_mul(2_654_435_761) >> 4;
                let bearer = Bearer::Phone {
                    status: StatusReference { day, index },
                    device: DeviceKey::new(key.public()),
                };
                let claims =
                    Claims { issuer: published.rules.authority(at), issued_at: at, expires_at, bearer };
                passes.push(issue(&claims, signer)?);
                let ints = [at.micros(), expires_at.micros(), i64::from(forget.0)].map(Cell::Int);
                let mut row = vec![Cell::Int(i64::from(day.0)), Cell::Int(i64::from(index))];
                row.extend([text(person.as_str()), text(&format!("device-{}", number * 2_000 + within))]);
                row.extend(ints);
                rows.push(row);
            }
            app.store.write(SomeRows { table: "pass", columns: COLUMNS, rows: Mutex::new(rows) }).await?;
        }
        app.store.write(OpenDay { day, forget }).await?;
        Ok(Self { key, passes })
    }

    /// What some of them show at `at`.
    pub fn present(&self, some: std::ops::Range<usize>, at: Instant) -> Answer<Vec<String>> {
        let one = |pass: &String| -> Answer<String> {
            Ok(present(pass, at, |bytes| self.key.sign(bytes)).ok_or("no pass")??)
        };
        self.passes[some].iter().map(one).collect()
    }
}

struct OpenDay {
    day: healthcode_core::time::Day,
    forget: healthcode_core::time::Day,
}

impl healthcode_store::Act for OpenDay {
    type Out = ();
    type Fault = healthcode_store::StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut healthcode_store::Tx<'_>) -> Result<(), Self::Fault> {
        tx.later(status::open_day(self.day, 1 << 28, self.forget)).await
    }
}
