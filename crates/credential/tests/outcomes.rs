//! Each outcome, from passes that are written as they should be.

#![allow(clippy::unwrap_used)]

mod forge;

use forge::*;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Interval};
use healthcode_credential::bearer::{Bearer, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::issue::{IssueFault, issue};
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::verdict::VerdictLine;
use healthcode_credential::verify::verify;

fn judge(text: &str, trust: &TrustBundle, after: i64) -> (Outcome, &'static str) {
    let verdict = verify(text, trust, at(after));
    (verdict.outcome(), verdict.reason().map_or("", |reason| reason.code()))
}

fn pass() -> (SigningKey, String) {
    let key = SigningKey::generate().unwrap();
    let text = issue(&claims(), &key).unwrap();
    (key, text)
}

#[test]
fn a_pass_is_valid_from_its_issue_until_just_before_its_end() {
    let (key, text) = pass();
    let trust = trusting([listing(&key)]);
    assert_eq!(judge(&text, &trust, 0), (Outcome::Valid, ""));
    assert_eq!(judge(&text, &trust, 89), (Outcome::Valid, ""));
    assert_eq!(judge(&text, &trust, 90), (Outcome::Expired, "ended"));
    assert_eq!(judge(&text, &trust, -1), (Outcome::NotYetValid, "issued_later"));
}

#[test]
fn a_pass_signed_by_another_key_than_it_names_is_forged() {
    let (key, _) = pass();
    let mut forge = Forge::new(SigningKey::generate().unwrap());
    forge.protected.splice(5.., kid(&key));
    let trust = trusting([listing(&key)]);
    assert_eq!(judge(&forge.text(), &trust, 1), (Outcome::BadSignature, "signature"));
}

#[test]
fn an_altered_issuer_is_forged_before_it_is_anything_else() {
    let mut forge = Forge::new(SigningKey::generate().unwrap());
    let signature = bstr(&forge.signature());
    forge.payload[3..9].copy_from_slice(b"110000");
    assert_eq!(judge(&forge.text_with(&signature), &forge.trust(), 1), (Outcome::BadSignature, "signature"));
}

#[test]
fn a_key_nobody_lists_is_unknown() {
    let (_, text) = pass();
    assert_eq!(judge(&text, &TrustBundle::default(), 1), (Outcome::UnknownKey, "key_unknown"));
}

#[test]
fn a_key_withdrawn_in_any_listing_is_withdrawn_at_every_instant() {
    let (key, text) = pass();
    let active = listing(&key);
    let life = active.life.unwrap().withdraw(at(50)).unwrap();
    let other = Some(Region::new("DE").unwrap());
    let withdrawn = TrustedKey { life: Some(life), issuer: other, ..active.clone() };
    for listings in [[active.clone(), withdrawn.clone()], [withdrawn, active]] {
        let trust = trusting(listings);
        assert_eq!(judge(&text, &trust, 1), (Outcome::WithdrawnKey, "key_withdrawn"));
        assert_eq!(judge(&text, &trust, 60), (Outcome::WithdrawnKey, "key_withdrawn"));
    }
}

#[test]
fn a_key_for_another_purpose_or_issuer_is_wrongly_used() {
    let (key, text) = pass();
    let status = TrustedKey { purpose: Purpose::Status, ..listing(&key) };
    assert_eq!(judge(&text, &trusting([status]), 1), (Outcome::WrongUsage, "key_purpose"));
    let beijing = TrustedKey { issuer: Some(Region::new("110000").unwrap()), ..listing(&key) };
    assert_eq!(judge(&text, &trusting([beijing.clone()]), 1), (Outcome::WrongUsage, "key_issuer"));
    assert_eq!(judge(&text, &trusting([beijing, listing(&key)]), 1), (Outcome::Valid, ""));
}

#[test]
fn a_key_counts_only_between_its_dates() {
    let (key, text) = pass();
    let dated = |from, until| {
        let in_force = Interval::new(at(from), at(until)).unwrap();
        trusting([TrustedKey { life: Some(KeyLife::Active { in_force }), ..listing(&key) }])
    };
    assert_eq!(judge(&text, &dated(10, 20), 9), (Outcome::UnknownKey, "key_not_yet_in_force"));
    assert_eq!(judge(&text, &dated(10, 20), 10), (Outcome::Valid, ""));
    assert_eq!(judge(&text, &dated(10, 20), 20), (Outcome::UnknownKey, "key_no_longer_in_force"));
}

#[test]
fn of_several_listings_the_one_that_got_furthest_tells_why() {
    let (key, text) = pass();
    let in_force = Interval::new(at(10), at(20)).unwrap();
    let dated = TrustedKey { life: Some(KeyLife::Active { in_force }), ..listing(&key) };
    let beijing = TrustedKey { issuer: Some(Region::new("110000").unwrap()), ..listing(&key) };
    for listings in [[dated.clone(), beijing.clone()], [beijing, dated]] {
        let outcome = judge(&text, &trusting(listings), 9);
        assert_eq!(outcome, (Outcome::UnknownKey, "key_not_yet_in_force"));
    }
}

#[test]
fn pending_and_retiring_keys_verify_within_their_dates() {
    let (key, text) = pass();
    let active = listing(&key).life.unwrap();
    let pending = KeyLife::Pending { in_force: active.in_force() };
    for life in [pending, active.retire(at(0)).unwrap()] {
        let trust = trusting([TrustedKey { life: Some(life), ..listing(&key) }]);
        assert_eq!(judge(&text, &trust, 1), (Outcome::Valid, ""));
    }
}

#[test]
fn codes_of_other_kinds_are_unsupported_and_anything_else_is_malformed() {
    let trust = TrustBundle::default();
    for (text, outcome, reason) in [
        ("HC1:6BFOXN", Outcome::Unsupported, "profile_hcert"),
        ("NZCP:/1/2KCE", Outcome::Unsupported, "profile_nzcp"),
        ("shc:/5676", Outcome::Unsupported, "profile_shc"),
        ("EPC2:QED8WEX0", Outcome::Unsupported, "pass_version"),
        ("EPC0:QED8WEX0", Outcome::Malformed, "prefix"),
        ("EPC:QED8WEX0", Outcome::Malformed, "prefix"),
        ("epc1:QED8WEX0", Outcome::Malformed, "prefix"),
        (" EPC1:QED8WEX0", Outcome::Malformed, "prefix"),
        ("健康码", Outcome::Malformed, "prefix"),
        ("", Outcome::Malformed, "prefix"),
        ("EPC1:", Outcome::Malformed, "cbor_short"),
        ("EPC1:::", Outcome::Malformed, "base45"),
        ("EPC1:qed8wex0", Outcome::Malformed, "base45"),
        ("EPC1:QED8WEX0", Outcome::Malformed, "tag"),
    ] {
        assert_eq!(judge(text, &trust, 0), (outcome, reason), "{text}");
    }
    let long = format!("EPC1:{}", "0".repeat(1_019));
    assert_eq!(judge(&long, &trust, 0), (Outcome::Malformed, "tag"));
    assert_eq!(judge(&(long + "0"), &trust, 0), (Outcome::Malformed, "text_too_long"));
}

#[test]
fn nothing_longer_than_its_kind_may_live_or_finer_than_a_second_is_issued() {
    let (key, device) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    for (kind, most) in [(claims(), 90), (with_device(&device), 86_400), (on_paper(), 42 * 86_400)] {
        let until = |seconds| issue(&Claims { expires_at: at(seconds), ..kind.clone() }, &key);
        assert!(until(most).is_ok());
        for seconds in [most + 1, 0, -5] {
            assert_eq!(until(seconds), Err(IssueFault::Lifetime { seconds, most }));
        }
    }
    let mut fine = claims();
    fine.issued_at = healthcode_core::time::Instant::from_micros(fine.issued_at.micros() + 1);
    assert_eq!(issue(&fine, &key), Err(IssueFault::Time));
    let mut early = claims();
    let status = StatusReference { day: Day(-1), index: 0 };
    early.bearer = Bearer::Token { status };
    assert_eq!(issue(&early, &key), Err(IssueFault::Day));
}

#[test]
fn a_valid_line_shows_the_claims_and_a_refused_one_only_the_reason() {
    let (key, text) = pass();
    let trust = trusting([listing(&key)]);
    let line = |line, after| {
        let verdict = verify(&text, &trust, at(after));
        serde_json::to_string(&VerdictLine::new(line, &text, &verdict)).unwrap()
    };
    let kid = key.public().id();
    assert_eq!(
        line(1, 1),
        format!(
            "{{\"line\":1,\"verdict\":\"valid\",\"profile\":\"healthcode\",\"issuer\":\"330100\",\"claims\":{{\
             \"issued_at\":\"2020-02-11T01:00:00Z\",\"expires_at\":\"2020-02-11T01:01:30Z\",\
             \"issue_day\":\"2020-02-11\",\"status_index\":4000000000,\"device_key\":null,\
             \"presented_at\":null,\"kid\":\"{kid}\"}},\
             \"warnings\":[]}}"
        )
    );
    assert_eq!(
        line(2, 90),
        "{\"line\":2,\"verdict\":\"expired\",\"reason\":\"ended\",\"profile\":\"healthcode\",\"issuer\":null,\
         \"warnings\":[]}"
    );
    let nothing = verify("?", &trust, at(0));
    let nothing = serde_json::to_value(VerdictLine::new(3, "?", &nothing)).unwrap();
    assert_eq!(nothing["profile"], serde_json::Value::Null);
}

#[test]
fn a_private_key_never_shows_when_printed() {
    let key = SigningKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), format!("SigningKey({}, ***)", key.public().id()));
    let der = key.to_pkcs8().unwrap();
    assert_eq!(format!("{der:?}"), "PrivateKeyDer(***)");
    assert_eq!(SigningKey::from_pkcs8(der.as_bytes()).unwrap().public(), key.public());
    assert!(SigningKey::from_pkcs8(&der.as_bytes()[1..]).is_err());
}
