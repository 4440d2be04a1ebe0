//! What is issued is read back whole, is COSE to others, fits the QR code, and bears no change.

#![allow(clippy::unwrap_used)]

mod forge;

use coset::{CoseSign1, RegisteredLabelWithPrivate, TaggedCborSerializable};
use forge::*;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::base45;
use healthcode_credential::bearer::{Bearer, DeviceKey, LastFour, MaskedName, Paper, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::presentation::present;
use healthcode_credential::trust::TrustBundle;
use healthcode_credential::verify::verify;
use proptest::prelude::*;
use std::sync::LazyLock;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
static DEVICE: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
static TRUST: LazyLock<TrustBundle> = LazyLock::new(|| {
    let mut key = listing(&KEY);
    (key.issuer, key.life) = (None, None);
    trusting([key])
});

fn any_bearer() -> impl Strategy<Value = Bearer> {
    let status =
        || (0i32..84_006, any::<u32>()).prop_map(|(day, index)| StatusReference { day: Day(day), index });
    let phone =
        || status().prop_map(|status| Bearer::Phone { status, device: DeviceKey::new(DEVICE.public()) });
    let paper = (any::<[u8; 8]>(), "[A-Z张欧]\\*{1,3}", "[0-9A-Z]{4}").prop_map(|(number, name, four)| {
        let (name, last_four) = (MaskedName::new(&name).unwrap(), LastFour::new(&four).unwrap());
        Bearer::Paper(Paper { number, name, last_four })
    });
    prop_oneof![phone(), status().prop_map(|status| Bearer::Token { status }), paper]
}

prop_compose! {
    fn any_claims()(
        issuer in "[1-9][0-9]{5}|[1-9][0-9]{11}|[A-Z]{2}",
        issued in 0i64..7_254_000_000,
        share in 0.0..=1.0f64,
        bearer in any_bearer(),
    ) -> Claims {
        let life = ((bearer.longest_life_seconds() as f64 * share) as i64).max(1);
        Claims {
            issuer: Region::new(&issuer).unwrap(),
            issued_at: Instant::from_seconds(issued),
            expires_at: Instant::from_seconds(issued + life),
            bearer,
        }
    }
}

proptest! {
    #[test]
    fn what_is_issued_is_read_back_whole(claims in any_claims()) {
        let text = issue(&claims, &KEY).unwrap();
        let most = if claims.bearer.device().is_some() { 300 } else { 230 };
        prop_assert!(text.len() <= most, "{}", text.len());
        let verdict = verify(&text, &TRUST, claims.issued_at);
        let read = verdict.claims().expect("valid");
        prop_assert_eq!(read.issuer(), &claims.issuer);
        prop_assert_eq!(read.issued_at(), claims.issued_at);
        prop_assert_eq!(read.expires_at(), claims.expires_at);
        prop_assert_eq!(read.bearer(), &claims.bearer);
        prop_assert_eq!(read.presented_at(), None);
        prop_assert_eq!(read.key(), &KEY.public().id());
        prop_assert_eq!(verify(&text, &TRUST, claims.expires_at).outcome(), Outcome::Expired);
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), tail in "[0-9A-Z $%*+./:-]{0,1100}") {
        let _ = verify(&text, &TRUST, at(0));
        let verdict = verify(&format!("EPC1:{tail}"), &TRUST, at(0));
        prop_assert!(verdict.claims().is_none());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify(&text_of(&bytes), &TRUST, at(0)).claims().is_none());
    }

    /// Signed again after the change, so that the change reaches the reading of claims and is alone to blame.
    #[test]
    fn changed_claims_are_refused_or_are_the_only_writing_of_what_they_say(
        place in 0usize..40, byte: u8, how in 0..3,
    ) {
        let mut forge = Forge::new(SigningKey::from_pkcs8(KEY.to_pkcs8().unwrap().as_bytes()).unwrap());
        let place = place % forge.payload.len();
        match how {
            0 => forge.payload[place] = byte,
            1 => forge.payload.insert(place, byte),
            _ => { forge.payload.remove(place); }
        }
        let text = forge.text();
        // A moved time is judged at its own moment.
        for seconds in [ISSUED, ISSUED + 60, 0, 100_000] {
            let verdict = verify(&text, &TRUST, Instant::from_seconds(seconds));
            let Some(read) = verdict.claims() else { continue };
            let again = Claims {
                issuer: read.issuer().clone(),
                issued_at: read.issued_at(),
                expires_at: read.expires_at(),
                bearer: read.bearer().clone(),
            };
            // All but the 64 bytes of the signature, which is drawn anew.
            let unsigned = |text: &str| {
                let bytes = base45::decode(&text[5..]).unwrap();
                bytes[..bytes.len() - 64].to_vec()
            };
            prop_assert_eq!(unsigned(&issue(&again, &KEY).unwrap()), unsigned(&text));
        }
    }
}

#[test]
fn the_longest_codes_fit() {
    let status = StatusReference { day: Day(84_005), index: u32::MAX };
    let device = DeviceKey::new(DEVICE.public());
    let name = MaskedName::new("𠀀***").unwrap();
    let paper = Paper { number: [255; 8], name, last_four: LastFour::new("001X").unwrap() };
    let length = |bearer: Bearer| {
        let issued_at = Instant::from_seconds(7_250_000_000);
        let expires_at = issued_at.plus_seconds(bearer.longest_life_seconds());
        let claims = Claims { issuer: Region::new("330106001001").unwrap(), issued_at, expires_at, bearer };
        issue(&claims, &KEY).unwrap()
    };
    let phone = length(Bearer::Phone { status, device });
    let dynamic =
        present(&phone, Instant::from_seconds(7_250_000_000), |bytes| DEVICE.sign(bytes)).unwrap().unwrap();
    let (paper, token) = (length(Bearer::Paper(paper)).len(), length(Bearer::Token { status }).len());
    assert!(paper <= 230 && token <= 230, "{paper} on paper, {token} as a token");
    assert!(phone.len() <= 300 && dynamic.len() <= 410, "{} and {}", phone.len(), dynamic.len());
}

#[test]
fn no_single_changed_character_leaves_a_pass_valid() {
    let text = issue(&with_device(&DEVICE), &KEY).unwrap();
    assert_eq!(verify(&text, &TRUST, at(1)).outcome(), Outcome::Valid);
    for place in 0..text.len() {
        for byte in 0..128 {
            let mut bytes = text.clone().into_bytes();
            if bytes[place] == byte {
                continue;
            }
            bytes[place] = byte;
            let changed = String::from_utf8(bytes).unwrap();
            assert_ne!(verify(&changed, &TRUST, at(1)).outcome(), Outcome::Valid, "{changed}");
        }
    }
}

#[test]
fn no_single_changed_byte_leaves_a_pass_valid() {
    let text = issue(&claims(), &KEY).unwrap();
    let bytes = base45::decode(&text[5..]).unwrap();
    for place in 0..bytes.len() {
        for change in 1..=255 {
            let mut changed = bytes.clone();
            changed[place] ^= change;
            assert_ne!(
                verify(&text_of(&changed), &TRUST, at(1)).outcome(),
                Outcome::Valid,
                "{place} {change}"
            );
        }
    }
}

#[test]
fn others_read_it_as_cose() {
    let text = issue(&with_device(&DEVICE), &KEY).unwrap();
    let bytes = base45::decode(&text[5..]).unwrap();
    let envelope = CoseSign1::from_tagged_slice(&bytes).unwrap();
    let esp256 = RegisteredLabelWithPrivate::Assigned(coset::iana::Algorithm::ESP256);
    assert_eq!(envelope.protected.header.alg, Some(esp256));
    assert_eq!(envelope.protected.header.key_id, kid(&KEY));
    assert!(envelope.unprotected.is_empty());
    envelope
        .verify_signature(b"", |signature, message| {
            KEY.public().signed(message, signature.try_into().unwrap()).then_some(()).ok_or(())
        })
        .unwrap();
    assert_eq!(envelope.to_tagged_vec().unwrap(), bytes);
}
