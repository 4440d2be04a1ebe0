//! Issuing and verifying a pass beside the bare signature operations.

use crate::Answer;
use crate::table::{Aim, Rounds, Row};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bearer::{Bearer, DeviceKey, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::known_pass::{KnownPass, KnownPasses};
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::verify::{verify, verify_again};
use std::hint::black_box;

/// Calls in a round; what is compared takes turns, so that a disturbance meets both.
const CALLS: u32 = 500;
const ROUNDS: usize = 40;

/// The rows.
pub fn measure() -> Answer<Vec<Row>> {
    let (key, device) = (SigningKey::generate()?, SigningKey::generate()?);
    let at = Instant::from_seconds(1_581_382_800);
    let claims = Claims {
        issuer: Region::new("330100")?,
        issued_at: at,
        expires_at: at.plus_seconds(86_400),
        bearer: Bearer::Phone {
            status: StatusReference { day: Day(18_303), index: 4_711 },
            device: DeviceKey::new(device.public()),
        },
    };
    let text = issue(&claims, &key)?;
    let mut trust = TrustBundle::default();
    let public = key.public().clone();
    trust.add(TrustedKey { public, purpose: Purpose::Pass, issuer: None, life: None })?;
    // About as long as what a pass signs.
    let message = [7; 140];
    let signature = key.sign(&message)?;
    let point = [&[4][..], key.public().x(), key.public().y()].concat();
    let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point)?;

    let known = Known(KnownPass::issued(&text, key.public()).ok_or("it was issued just now")?);
    let mut times: [Vec<f64>; 5] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(microseconds(|| issue(black_box(&claims), &key).is_ok()));
        times[1].push(microseconds(|| key.sign(black_box(&message)).is_ok()));
        times[2].push(microseconds(|| verify(black_box(&text), &trust, at).claims().is_some()));
        times[4].push(microseconds(|| verify_again(black_box(&text), &trust, &known, at).claims().is_some()));
        times[3].push(microseconds(|| parsed.verify_sig(black_box(&message), &signature).is_ok()));
    }
    let [issuing, signing, verifying, checking, again] = times.map(|rounds| Rounds::times(&rounds, "µs"));
    let row = |name: &str, figure, yardstick, yard, aim| Row {
        name: name.to_owned(),
        done: format!("{} with a device key, one core", ROUNDS as u32 * CALLS),
        figure,
        yardstick,
        yard,
        aim,
    };
    Ok(vec![
        row("issue a pass", issuing, "bare ECDSA P-256 signature", signing, Aim::None),
        row(
            "verify a pass",
            verifying,
            "bare ECDSA P-256 check, key parsed before",
            checking,
            Aim::RatioAtMost(1.5),
        ),
        row("verify a known pass", again, "the same pass, not known", verifying, Aim::None),
    ])
}

/// Remembers one pass.
struct Known(KnownPass);

impl KnownPasses for Known {
    fn holds(&self, pass: &KnownPass) -> bool {
        *pass == self.0
    }

    fn keep(&self, _: KnownPass) {}
}

fn microseconds(mut call: impl FnMut() -> bool) -> f64 {
    let start = std::time::Instant::now();
    for _ in 0..CALLS {
        assert!(call(), "every call must succeed");
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS)
}
