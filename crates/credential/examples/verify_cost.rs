//! What verifying a pass costs beside the bare signature check. Run in release:
//! `cargo run --release -p healthcode-credential --example verify_cost`

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, UnparsedPublicKey};
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::claims::{Claims, DeviceKey, StatusReference};
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::verify::verify;
use std::hint::black_box;

/// Calls in a round, and rounds; the quickest round counts, because whatever disturbs a round only slows it.
const CALLS: u32 = 200;
const ROUNDS: u32 = 100;

fn microseconds(mut call: impl FnMut() -> bool) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let start = std::time::Instant::now();
        for _ in 0..CALLS {
            assert!(call(), "every call must succeed");
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(CALLS));
    }
    best
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (key, device) = (SigningKey::generate()?, SigningKey::generate()?);
    let at = Instant::from_seconds(1_581_382_800);
    let claims = Claims {
        issuer: Region::new("330100")?,
        issued_at: at,
        expires_at: at.plus_seconds(86_400),
        status: StatusReference { day: Day(18_303), index: 4_711 },
        device: Some(DeviceKey::new(device.public())),
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
    let unparsed = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point);

    let bare = microseconds(|| parsed.verify_sig(black_box(&message), &signature).is_ok());
    let bare_unparsed = microseconds(|| unparsed.verify(black_box(&message), &signature).is_ok());
    let whole = microseconds(|| verify(black_box(&text), &trust, at).claims().is_some());
    let signing = microseconds(|| issue(black_box(&claims), &key).is_ok());
    println!("bare check, key parsed before   {bare:8.2} us");
    println!("bare check, key parsed each time{bare_unparsed:8.2} us");
    println!("verify a pass                   {whole:8.2} us");
    println!("issue a pass                    {signing:8.2} us");
    println!("verify / bare check             {:8.2}", whole / bare);
    Ok(())
}
