//! Travellers' documents, made here with keys of their own: what each profile lets pass, and what it does not.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod foreign_forge;

use coset::cbor::Value as Cbor;
use foreign_forge::{AT, Card, Hcert, Nzcp, Signer, tagged};
use healthcode_core::time::Instant;
use healthcode_credential::foreign::{Judged, Trust, judge};
use proptest::prelude::*;
use serde_json::json;

/// `valid`, or the code of the reason.
fn said(text: &str, trust: &Trust, at: i64) -> String {
    match judge(text, trust, Instant::from_micros(at)) {
        Judged::Foreign(_) => "valid".to_owned(),
        Judged::Refused(reason) => reason.code().to_owned(),
        Judged::Own(verdict) => format!("own {:?}", verdict.reason()),
    }
}

fn seconds(at: i64) -> i64 {
    at * 1_000_000
}

#[test]
fn a_certificate_counts_from_iat_to_exp_and_both_instants_are_in_it() {
    let signer = Signer::new();
    let trust = signer.trust();
    let whole = Hcert::default().signed(&signer);
    let float =
        Hcert { times: [Cbor::Float(AT as f64 + 0.5), Cbor::Float(AT as f64 + 100.25)], ..Hcert::default() };
    let float = float.signed(&signer);
    for (text, at, expected) in [
        (&whole, seconds(AT) - 1, "issued_later"),
        (&whole, seconds(AT), "valid"),
        (&whole, seconds(AT + 100), "valid"),
        (&whole, seconds(AT + 100) + 1, "ended"),
        (&float, seconds(AT), "issued_later"),
        (&float, seconds(AT) + 500_000, "valid"),
        (&float, seconds(AT + 100) + 250_000, "valid"),
        (&float, seconds(AT + 100) + 250_001, "ended"),
    ] {
        assert_eq!(said(text, &trust, at), expected, "{at}");
    }
    let negative = Hcert { times: [(-5).into(), 100.into()], ..Hcert::default() };
    assert_eq!(said(&negative.signed(&signer), &trust, 0), "valid");
    let text = Hcert { times: ["soon".into(), 100.into()], ..Hcert::default() };
    assert_eq!(said(&text.signed(&signer), &trust, 0), "time_range");
}

#[test]
fn tags_are_18_or_61_around_18_or_none() {
    let signer = Signer::new();
    for (tags, expected) in [
        (vec![18], "valid"),
        (vec![61, 18], "valid"),
        (vec![], "valid"),
        (vec![61], "tag"),
        (vec![98], "tag"),
        (vec![18, 61], "envelope"),
    ] {
        let certificate = Hcert { tags: tags.clone(), ..Hcert::default() };
        assert_eq!(said(&certificate.signed(&signer), &signer.trust(), seconds(AT)), expected, "{tags:?}");
    }
}

#[test]
fn the_key_id_of_the_protected_header_wins_and_one_that_fits_no_key_is_unknown() {
    let (signer, other) = (Signer::new(), Signer::new());
    let id = |signer: &Signer| Cbor::Bytes(signer.kid.clone());
    for (protected, unprotected, expected) in [
        (Some(id(&signer)), None, "valid"),
        (None, Some(id(&signer)), "valid"),
        (Some(id(&signer)), Some(id(&other)), "valid"),
        (Some(id(&other)), Some(id(&signer)), "key_unknown"),
        (None, Some(id(&other)), "key_unknown"),
        (None, None, "key_unknown"),
        (Some(Cbor::Bytes(signer.kid[..7].to_vec())), None, "key_unknown"),
        (Some(Cbor::Bytes(vec![])), None, "key_unknown"),
    ] {
        let certificate = Hcert { kids: Some([protected.clone(), unprotected.clone()]), ..Hcert::default() };
        let found = said(&certificate.signed(&signer), &signer.trust(), seconds(AT));
        assert_eq!(found, expected, "{protected:?} {unprotected:?}");
    }
}

#[test]
fn of_two_keys_with_one_id_either_may_have_signed() {
    let (signer, mut twin) = (Signer::new(), Signer::new());
    twin.kid = signer.kid.clone();
    let mut trust = twin.trust();
    trust.merge(signer.trust()).unwrap();
    for signer in [&signer, &twin] {
        assert_eq!(said(&Hcert::default().signed(signer), &trust, seconds(AT)), "valid");
    }
    assert_eq!(said(&Hcert::default().signed(&signer), &twin.trust(), seconds(AT)), "signature");
}

#[test]
fn an_algorithm_may_stand_in_either_header_but_not_two_in_both() {
    let signer = Signer::new();
    let (es, ps) = (Some(-7), Some(-37));
    for (protected, unprotected, expected) in [
        (es, None, "valid"),
        (None, es, "valid"),
        (es, es, "valid"),
        (es, ps, "algorithm_conflict"),
        (ps, es, "algorithm_conflict"),
        (ps, None, "key_kind"),
        (None, None, "algorithm"),
        (Some(-8), None, "algorithm"),
        (Some(-9), None, "algorithm"),
    ] {
        let certificate = Hcert { algorithms: [protected, unprotected], ..Hcert::default() };
        let found = said(&certificate.signed(&signer), &signer.trust(), seconds(AT));
        assert_eq!(found, expected, "{protected:?} {unprotected:?}");
    }
}

#[test]
fn what_has_two_readings_or_no_end_is_refused() {
    let signer = Signer::new();
    let judged = |certificate: Hcert| said(&certificate.signed(&signer), &signer.trust(), seconds(AT));
    let doubled = vec![(1.into(), "AT".into()), (1.into(), "FR".into())];
    assert_eq!(judged(Hcert { more_claims: doubled, ..Hcert::default() }), "cbor_doubled_key");
    let deep = (0..40).fold(Cbor::Null, |inner, _| Cbor::Array(vec![inner]));
    assert_eq!(judged(Hcert { more_claims: vec![(99.into(), deep)], ..Hcert::default() }), "cbor_depth");
    assert_eq!(judged(Hcert { after_payload: vec![0], ..Hcert::default() }), "cbor_trailing");
    assert_eq!(judged(Hcert { after_cose: vec![0xf6], ..Hcert::default() }), "cbor_trailing");
    assert_eq!(judged(Hcert { after_zlib: vec![0], ..Hcert::default() }), "compression_trailing");
    assert_eq!(judged(Hcert { padding: 17_000, ..Hcert::default() }), "compression_bomb");
    assert_eq!(judged(Hcert { compressed: false, ..Hcert::default() }), "compression");
    assert_eq!(judged(Hcert { no_certificate: true, ..Hcert::default() }), "claims");
}

#[test]
fn an_altered_certificate_is_forged() {
    let signer = Signer::new();
    let altered = Hcert { flip_signature: true, ..Hcert::default() };
    assert_eq!(said(&altered.signed(&signer), &signer.trust(), seconds(AT)), "signature");
    let der = Hcert { der_signature: true, ..Hcert::default() };
    assert_eq!(said(&der.signed(&signer), &signer.trust(), seconds(AT)), "signature");
}

#[test]
fn a_fault_against_the_schema_is_a_warning_and_no_verdict() {
    let signer = Signer::new();
    let certificate = Hcert { birthday: "01.02.1990".to_owned(), ..Hcert::default() };
    let judged = judge(&certificate.signed(&signer), &signer.trust(), Instant::from_seconds(AT));
    let Judged::Foreign(document) = judged else { panic!("{judged:?}") };
    assert_eq!(document.warnings().len(), 1, "{:?}", document.warnings());
    assert!(document.warnings()[0].starts_with("dob: "));
    assert_eq!(
        (document.issuer(), &document.claims()["certificate"]["nam"]["fnt"]),
        (Some("AT"), &json!("DOE"))
    );
    let whole = judge(&Hcert::default().signed(&signer), &signer.trust(), Instant::from_seconds(AT));
    let Judged::Foreign(document) = whole else { panic!("{whole:?}") };
    assert_eq!(document.warnings(), Vec::<String>::new());
}

#[test]
fn a_new_zealand_pass_needs_its_issuers_word_for_the_key() {
    let signer = Signer::new();
    let did = "did:web:passes.example";
    let trust = signer.did(did, true);
    let pass = |pass: Nzcp| said(&pass.signed(&signer, did), &trust, seconds(AT));
    assert_eq!(pass(Nzcp::default()), "valid");
    assert_eq!(pass(Nzcp { kid_as_bytes: true, ..Nzcp::default() }), "valid");
    assert_eq!(pass(Nzcp { tags: vec![], ..Nzcp::default() }), "tag");
    assert_eq!(pass(Nzcp { tags: vec![61, 18], ..Nzcp::default() }), "tag");
    assert_eq!(pass(Nzcp { version: "2", ..Nzcp::default() }), "pass_version");
    assert_eq!(pass(Nzcp { kind: "OtherPass", ..Nzcp::default() }), "claims");
    let text = Nzcp::default().signed(&signer, did);
    assert_eq!(said(&text.to_lowercase().replace("nzcp", "NZCP"), &trust, seconds(AT)), "base32");
    assert_eq!(said(&format!("{text}===="), &trust, seconds(AT)), "base32");
    assert_eq!(said(&text, &trust, seconds(AT) - 1), "issued_later");
    assert_eq!(said(&text, &trust, seconds(AT + 100) - 1), "valid");
    assert_eq!(said(&text, &trust, seconds(AT + 100)), "ended", "the end is not part of it");
    assert_eq!(said(&text, &signer.did(did, false), seconds(AT)), "key_unknown", "listed and not asserted");
    assert_eq!(said(&text, &signer.did("did:web:other.example", true), seconds(AT)), "key_unknown");
    assert_eq!(said(&text, &Signer::new().did(did, true), seconds(AT)), "signature");
    assert_eq!(
        said(&text, &signer.trust(), seconds(AT)),
        "key_unknown",
        "a key without an issuer vouches for nobody"
    );
}

#[test]
fn a_health_card_is_one_deflated_jws() {
    let signer = Signer::new();
    let trust = signer.trust();
    let card = |card: Card| said(&card.signed(&signer), &trust, seconds(AT));
    assert_eq!(card(Card::default()), "valid");
    assert_eq!(card(Card { algorithm: "none", ..Card::default() }), "algorithm");
    assert_eq!(card(Card { algorithm: "HS256", ..Card::default() }), "algorithm");
    assert_eq!(card(Card { zip: json!(null), ..Card::default() }), "compression");
    assert_eq!(card(Card { expires: Some(AT), ..Card::default() }), "ended");
    assert_eq!(card(Card { expires: Some(AT + 1), ..Card::default() }), "valid");
    assert_eq!(card(Card { kind: "https://example.org#card", ..Card::default() }), "claims");
    assert_eq!(card(Card { after_deflate: vec![0; 3], ..Card::default() }), "compression_trailing");
    assert_eq!(card(Card { padding: 140_000, ..Card::default() }), "compression_bomb");
    let text = Card::default().signed(&signer);
    assert_eq!(said(&text, &trust, seconds(AT) - 1), "issued_later");
    assert_eq!(said(&text, &Signer::new().trust(), seconds(AT)), "key_unknown");
    assert_eq!(said(&text.replace("shc:/", "shc:/1/2/"), &trust, seconds(AT)), "card_in_parts");
    assert_eq!(said(&text[..text.len() - 1], &trust, seconds(AT)), "digits");
    assert_eq!(said("shc:/99", &trust, seconds(AT)), "digits");
}

#[test]
fn a_code_of_one_profile_is_not_read_as_another() {
    let signer = Signer::new();
    let text = Hcert::default().signed(&signer);
    let renamed = text.replacen("HC1:", "EPC1:", 1);
    assert!(said(&renamed, &signer.trust(), seconds(AT)).starts_with("own "));
    assert_eq!(
        said(&text.replacen("HC1:", "HC2:", 1), &signer.trust(), seconds(AT)),
        "own Some(PassVersion)"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(prefix in prop::sample::select(vec!["HC1:", "NZCP:/1/", "NZCP:", "shc:/", "EPC1:"]), body in "[0-9A-Z $%*+./:-]{0,300}", any in any::<String>()) {
        for body in [body, any] {
            let judged = judge(&format!("{prefix}{body}"), &Trust::default(), Instant::from_seconds(AT));
            prop_assert!(!matches!(judged, Judged::Foreign(_)));
        }
    }

    #[test]
    fn no_bytes_inside_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let judged = judge(&tagged::hcert(&bytes), &Trust::default(), Instant::from_seconds(AT));
        prop_assert!(!matches!(judged, Judged::Foreign(_)));
        let judged = judge(&tagged::nzcp(&bytes), &Trust::default(), Instant::from_seconds(AT));
        prop_assert!(!matches!(judged, Judged::Foreign(_)));
    }

    #[test]
    fn a_changed_byte_never_counts(at in any::<prop::sample::Index>(), with in 1..=255_u8) {
        let signer = Signer::fixed();
        let judged = judge(&Hcert::default().changed(&signer, |cose| { let at = at.index(cose.len()); cose[at] ^= with; }), &signer.trust(), Instant::from_seconds(AT));
        // What is not signed may change: the tags around, and the unprotected header.
        if let Judged::Foreign(document) = judged {
            prop_assert_eq!(&document.claims()["certificate"]["nam"]["fnt"], "DOE");
        }
    }
}
