//! Rightly signed, wrongly written: our profile accepts one encoding and no other.

#![allow(clippy::unwrap_used)]

mod forge;

use forge::*;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::verify::verify;

fn forge() -> Forge {
    Forge::new(SigningKey::generate().unwrap())
}

/// What becomes of the pass when one part of it is replaced before signing.
fn refused(change: impl FnOnce(&mut Forge)) -> &'static str {
    let mut forge = forge();
    change(&mut forge);
    forge.refusal()
}

#[test]
fn the_forge_itself_makes_a_valid_pass() {
    assert_eq!(forge().verdict().outcome(), Outcome::Valid);
}

#[test]
fn only_tag_eighteen_is_taken() {
    assert_eq!(refused(|f| f.tag = vec![]), "tag");
    assert_eq!(refused(|f| f.tag = vec![0xD1]), "tag");
    assert_eq!(refused(|f| f.tag = vec![0xD8, 61, 0xD2]), "tag");
    assert_eq!(refused(|f| f.tag = vec![0xD8, 18]), "cbor_not_deterministic");
    assert_eq!(refused(|f| f.tag = vec![0xD2, 0xD2]), "envelope");
}

#[test]
fn indefinite_lengths_are_refused() {
    assert_eq!(
        refused(|f| {
            f.array = vec![0x9F];
            f.after = vec![0xFF];
        }),
        "cbor_not_deterministic"
    );
    assert_eq!(refused(|f| f.unprotected = vec![0xBF, 0xFF]), "cbor_not_deterministic");
    let inside =
        |f: &mut Forge| f.payload = [vec![0xBF], issuer(), exp(), iat(), status(), vec![0xFF]].concat();
    assert_eq!(refused(inside), "cbor_not_deterministic");
    let text = |f: &mut Forge| {
        let issuer = b"\x01\x7f\x66330100\xff".to_vec();
        f.payload = [vec![0xA4], issuer, exp(), iat(), status()].concat();
    };
    assert_eq!(refused(text), "cbor_not_deterministic");
    let header = |f: &mut Forge| f.protected = [&[0xBF], &f.protected[1..], &[0xFF]].concat();
    assert_eq!(refused(header), "cbor_not_deterministic");
}

#[test]
fn longer_integers_than_needed_are_refused() {
    assert_eq!(refused(|f| f.array = vec![0x98, 4]), "cbor_not_deterministic");
    let alg = |f: &mut Forge| f.protected = [&[0xA2, 1, 0x38, 8], &f.protected[3..]].concat();
    assert_eq!(refused(alg), "cbor_not_deterministic");
    let key = |f: &mut Forge| {
        f.payload = [vec![0xA4], issuer(), vec![0x18], exp(), iat(), status()].concat();
    };
    assert_eq!(refused(key), "cbor_not_deterministic");
    let time = |f: &mut Forge| {
        let exp = [&[4, 0x1B, 0, 0, 0, 0][..], &exp()[2..]].concat();
        f.payload = [vec![0xA4], issuer(), exp, iat(), status()].concat();
    };
    assert_eq!(refused(time), "cbor_not_deterministic");
    let signature = |f: &Forge| [&[0x59, 0, 64][..], &f.signature()].concat();
    let forge = forge();
    let verdict = verify(&forge.text_with(&signature(&forge)), &forge.trust(), at(1));
    assert_eq!(verdict.reason().unwrap().code(), "cbor_not_deterministic");
}

#[test]
fn doubled_unknown_missing_and_unordered_keys_are_refused() {
    let payload = |parts: &[Vec<u8>]| refused(|f| f.payload = parts.concat());
    assert_eq!(payload(&[vec![0xA5], issuer(), issuer(), exp(), iat(), status()]), "claims");
    assert_eq!(payload(&[vec![0xA5], issuer(), exp(), exp(), iat(), status()]), "claims");
    assert_eq!(payload(&[vec![0xA5], issuer(), exp(), iat(), status(), status()]), "claims");
    assert_eq!(payload(&[vec![0xA4], issuer(), iat(), exp(), status()]), "claims");
    assert_eq!(payload(&[vec![0xA3], issuer(), exp(), iat()]), "claims");
    assert_eq!(payload(&[vec![0xA5], issuer(), vec![2, 0x61, 0x41], exp(), iat(), status()]), "claims");
    let doubled = |f: &mut Forge| f.protected = [&[0xA3, 1, 0x28], &f.protected[1..]].concat();
    assert_eq!(refused(doubled), "protected_header");
    let unordered = |f: &mut Forge| f.protected = [&[0xA2], &f.protected[3..], &[1, 0x28]].concat();
    assert_eq!(refused(unordered), "protected_header");
}

#[test]
fn headers_hold_exactly_the_algorithm_and_the_key_id() {
    assert_eq!(refused(|f| f.unprotected = vec![0xA1, 1, 0x28]), "unprotected_header");
    assert_eq!(refused(|f| f.unprotected = vec![0xA1, 1, 0x26]), "unprotected_header");
    assert_eq!(refused(|f| f.unprotected = vec![0xF6]), "unprotected_header");
    let only_unprotected = |f: &mut Forge| {
        f.protected = [&[0xA1], &f.protected[3..]].concat();
        f.unprotected = vec![0xA1, 1, 0x28];
    };
    assert_eq!(refused(only_unprotected), "protected_header");
    assert_eq!(refused(|f| f.protected = vec![]), "cbor_short");
    assert_eq!(refused(|f| f.protected = vec![0xA0]), "protected_header");
    let short_kid = |f: &mut Forge| f.protected = [&[0xA2, 1, 0x28, 4, 0x47][..], &[7; 7]].concat();
    assert_eq!(refused(short_kid), "protected_header");
    let long_kid = |f: &mut Forge| f.protected = [&[0xA2, 1, 0x28, 4, 0x49][..], &[7; 9]].concat();
    assert_eq!(refused(long_kid), "protected_header");
    assert_eq!(refused(|f| f.protected.push(0)), "cbor_trailing");
}

#[test]
fn every_other_algorithm_is_unsupported() {
    // ES256, EdDSA, Ed25519, ESP384, PS256, and an unregistered one.
    for alg in [&[0x26][..], &[0x27], &[0x32], &[0x38, 50], &[0x38, 36], &[0x18, 99]] {
        let mut forge = forge();
        forge.protected = [&[0xA2, 1], alg, &forge.protected[3..]].concat();
        assert_eq!(forge.refusal(), "algorithm");
        assert_eq!(forge.verdict().outcome(), Outcome::Unsupported);
    }
    let named = |f: &mut Forge| f.protected = [b"\xA2\x01\x65ES256", &f.protected[3..]].concat();
    assert_eq!(refused(named), "protected_header");
}

#[test]
fn bytes_after_the_end_and_a_cut_end_are_refused() {
    assert_eq!(refused(|f| f.after = vec![0]), "cbor_trailing");
    assert_eq!(refused(|f| f.payload.push(0xF6)), "cbor_trailing");
    let text = forge().text();
    for end in 5..text.len() {
        let verdict = verify(&text[..end], &forge().trust(), at(1));
        assert_eq!(verdict.outcome(), Outcome::Malformed, "cut at {end}");
    }
}

#[test]
fn a_signature_in_der_or_of_zeros_is_refused() {
    let forge = forge();
    let raw = forge.signature();
    let der = [&[0x30, 0x44, 2, 0x20][..], &raw[..32], &[2, 0x20], &raw[32..]].concat();
    let verdict = |signature: &[u8]| verify(&forge.text_with(signature), &forge.trust(), at(1));
    assert_eq!(verdict(&bstr(&der)).reason().unwrap().code(), "signature_length");
    assert_eq!(verdict(&bstr(&raw[..63])).reason().unwrap().code(), "signature_length");
    assert_eq!(verdict(&bstr(&[0; 64])).outcome(), Outcome::BadSignature);
    let s_is_zero = [&raw[..32], &[0; 32]].concat();
    assert_eq!(verdict(&bstr(&s_is_zero)).outcome(), Outcome::BadSignature);
}

#[test]
fn claims_of_another_type_or_range_are_refused() {
    let with = |parts: [Vec<u8>; 4]| refused(|f| f.payload = [vec![0xA4], parts.concat()].concat());
    let float = [vec![4, 0xFB], 1_581_382_890f64.to_be_bytes().to_vec()].concat();
    assert_eq!(with([issuer(), float, iat(), status()]), "claims");
    assert_eq!(with([issuer(), exp(), vec![6, 0x20], status()]), "claims");
    let milliseconds = [vec![4, 0x1B], 1_581_382_890_000u64.to_be_bytes().to_vec()].concat();
    assert_eq!(with([issuer(), milliseconds, iat(), status()]), "time_range");
    let never = [vec![4, 0x1B], u64::MAX.to_be_bytes().to_vec()].concat();
    assert_eq!(with([issuer(), never, iat(), status()]), "time_range");
    let late = [vec![4, 0x1A], (ISSUED as u32 + 91).to_be_bytes().to_vec()].concat();
    assert_eq!(with([issuer(), late, iat(), status()]), "lifetime");
    let at_once = [vec![4, 0x1A], (ISSUED as u32).to_be_bytes().to_vec()].concat();
    assert_eq!(with([issuer(), at_once, iat(), status()]), "lifetime");
    assert_eq!(with([b"\x01\x66hangzh".to_vec(), exp(), iat(), status()]), "issuer");
    assert_eq!(with([b"\x01\x62\xff\xfe".to_vec(), exp(), iat(), status()]), "issuer");
    assert_eq!(with([b"\x01\x60".to_vec(), exp(), iat(), status()]), "issuer");
    let status_of = |value: &[u8]| [&[0x3A, 0, 1, 0, 0], value].concat();
    assert_eq!(with([issuer(), exp(), iat(), status_of(&[0x82, 0x20, 1])]), "status_reference");
    assert_eq!(with([issuer(), exp(), iat(), status_of(&[0x83, 1, 1, 1])]), "status_reference");
    assert_eq!(
        with([issuer(), exp(), iat(), status_of(&[0x82, 0x1A, 0, 1, 0x48, 0x26, 1])]),
        "status_reference"
    );
    let wide = [0x82, 1, 0x1B, 0, 0, 0, 1, 0, 0, 0, 0];
    assert_eq!(with([issuer(), exp(), iat(), status_of(&wide)]), "status_reference");
}

#[test]
fn a_device_key_has_one_shape() {
    let with = |cnf: &[u8]| {
        refused(|f| {
            f.payload = [vec![0xA5], issuer(), exp(), iat(), vec![8], cnf.to_vec(), status()].concat()
        })
    };
    let x = [7; 32];
    let key = |head: &[u8], tail: &[u8]| [&[0xA1, 1, 0xA4], head, &x, tail].concat();
    assert_eq!(with(&key(&[1, 2, 0x20, 1, 0x21, 0x58, 32], &[0x22, 0xF5])), "valid");
    assert_eq!(with(&key(&[1, 1, 0x20, 1, 0x21, 0x58, 32], &[0x22, 0xF5])), "device_key", "another key type");
    assert_eq!(with(&key(&[1, 2, 0x20, 2, 0x21, 0x58, 32], &[0x22, 0xF5])), "device_key", "another curve");
    assert_eq!(with(&key(&[1, 2, 0x20, 1, 0x21, 0x58, 32], &[0x22, 0xF6])), "device_key", "null for y");
    let whole = [&[0x22, 0x58, 32][..], &x].concat();
    assert_eq!(with(&key(&[1, 2, 0x20, 1, 0x21, 0x58, 32], &whole)), "device_key", "y written out");
    assert_eq!(with(&[0xA0]), "device_key");
}

#[test]
fn deep_nesting_is_refused_at_its_first_level() {
    for nest in [0x81, 0xA1, 0xC1, 0xD2] {
        assert_eq!(refused(|f| f.unprotected = vec![nest; 200]), "unprotected_header");
        assert_eq!(refused(|f| f.payload = vec![nest; 200]), "claims");
    }
    assert_eq!(verify(&text_of(&[0xD2; 600]), &forge().trust(), at(1)).reason().unwrap().code(), "envelope");
}

#[test]
fn paper_says_number_name_and_four_characters_and_nothing_else() {
    let with = |value: &[u8]| {
        let paper = [&[0x3A, 0, 1, 0, 1][..], value].concat();
        refused(|f| f.payload = [vec![0xA4], issuer(), exp(), iat(), paper].concat())
    };
    let (number, name, four) = (&b"\x4812345678"[..], "\x65张**".as_bytes(), &b"\x64001X"[..]);
    let three = |a: &[u8], b: &[u8], c: &[u8]| with(&[&[0x83], a, b, c].concat());
    assert_eq!(three(number, name, four), "valid");
    assert_eq!(three(&number[..8], name, four), "paper", "seven digits and a shifted rest");
    assert_eq!(three(number, b"\x60", four), "paper", "no name");
    assert_eq!(three(number, b"\x69Zhang***X", four), "paper", "a name that tells too much");
    assert_eq!(three(number, b"\x62\xff\xfe", four), "paper", "no UTF-8");
    assert_eq!(three(number, b"\x63A\x0a*", four), "paper", "a control character");
    assert_eq!(three(number, name, b"\x64001x"), "paper", "a small letter");
    assert_eq!(three(number, name, b"\x63001"), "paper", "three characters");
    assert_eq!(with(&[&[0x84], number, name, four, four].concat()), "paper", "four parts");
    assert_eq!(with(&[&[0x83], number, name, four, four].concat()), "cbor_trailing");
}
