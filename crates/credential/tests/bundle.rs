//! Trust bundles: what is written is what is trusted; and whoever has fewer root keys than asked for, an older file, another
//! region's or a patched one gets nothing.

#![allow(clippy::unwrap_used)]

mod forge;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use forge::*;
use healthcode_core::region::Region;
use healthcode_core::rule_set::Actions;
use healthcode_credential::bundle::{
    Bundle, BundleFault, Contents, Fingerprint, LONGEST_FILE_BYTES, Recognition, RootSignature, Roots,
    assemble, draft, sign,
};
use healthcode_credential::foreign::{Trust, judge};
use healthcode_credential::issue::issue;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::outcome::Outcome;
use healthcode_credential::trust::TrustedKey;
use healthcode_credential::verify::verify;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

struct Cast {
    roots: Vec<SigningKey>,
    pass: SigningKey,
    other: SigningKey,
}

static CAST: LazyLock<Cast> = LazyLock::new(|| {
    let key = || SigningKey::generate().unwrap();
    Cast { roots: (0..5).map(|_| key()).collect(), pass: key(), other: key() }
});

fn region(code: &str) -> Region {
    Region::new(code).unwrap()
}

/// Two of the first three roots must sign.
fn contents(version: u64) -> Contents {
    Contents {
        version,
        region: region("330100"),
        issued_at: at(version as i64),
        ends_at: at(30 * 86_400),
        roots: Roots::new(2, CAST.roots[..3].iter().map(|root| root.public().clone())).unwrap(),
        keys: vec![listing(&CAST.pass)],
        recognises: vec![Recognition { issuer: region("310000"), from: at(0), until: Some(at(100)) }],
        actions: serde_json::from_value(json!({"at": {"hospital": {"yellow": "ask"}}})).unwrap(),
        rule_set: "hangzhou-2020-02@1".to_owned(),
    }
}

/// Signed by the roots with these numbers.
fn file(contents: &Contents, by: &[usize]) -> Vec<u8> {
    signed(&draft(contents).unwrap(), by)
}

fn signed(body: &[u8], by: &[usize]) -> Vec<u8> {
    let signatures: Vec<_> = by.iter().map(|root| by_root(body, *root)).collect();
    assemble(body, &signatures)
}

/// A root's signature of any bytes, also of such as [`sign`] refuses.
fn by_root(body: &[u8], root: usize) -> RootSignature {
    let root = &CAST.roots[root];
    let signature = root.sign(&[b"healthcode-bundle/1\n", body].concat()).unwrap();
    let json = json!({"kid": root.public().id(), "signature": URL_SAFE_NO_PAD.encode(signature)});
    RootSignature::read(json.to_string().as_bytes()).unwrap()
}

fn begun(contents: &Contents) -> Bundle {
    Bundle::begin(&file(contents, &[0, 1]), &contents.roots.fingerprint()).unwrap()
}

fn code<T>(answer: Result<T, BundleFault>) -> &'static str {
    answer.err().map_or("taken", |fault| fault.code())
}

fn begin(file: &[u8]) -> &'static str {
    code(Bundle::begin(file, &contents(1).roots.fingerprint()))
}

/// The code of a body of which one field was changed before the roots signed it.
fn changed(change: impl FnOnce(&mut Value)) -> &'static str {
    let mut body: Value = serde_json::from_slice(&draft(&contents(1)).unwrap()).unwrap();
    change(&mut body);
    begin(&signed(body.to_string().as_bytes(), &[0, 1]))
}

#[test]
fn a_bundle_says_what_was_drafted() {
    let contents = contents(1);
    let bundle = begun(&contents);
    assert_eq!(bundle.contents(), &contents);
    let pass = issue(&claims(), &CAST.pass).unwrap();
    assert_eq!(verify(&pass, &bundle.trust([]), at(1)).outcome(), Outcome::Valid);
    assert!(!bundle.has_ended(at(30 * 86_400 - 1)) && bundle.has_ended(at(30 * 86_400)));
}

#[test]
fn a_bundle_that_is_handed_over_is_trusted_like_any_trust_file_if_its_roots_signed_it() {
    let pass = issue(&claims(), &CAST.pass).unwrap();
    let trust = Trust::read(&file(&contents(1), &[0, 2])).unwrap();
    assert_eq!(judge(&pass, &trust, at(1)).outcome(), Outcome::Valid);
    let fault = Trust::read(&file(&contents(1), &[0, 3])).unwrap_err();
    assert!(fault.to_string().contains("1 of its own roots have signed"), "{fault}");
}

#[test]
fn a_region_recognises_itself_and_others_only_in_their_time() {
    let bundle = begun(&contents(1));
    assert!(bundle.recognises(&region("330100"), at(-1)));
    assert!(!bundle.recognises(&region("310000"), at(-1)));
    assert!(bundle.recognises(&region("310000"), at(0)) && !bundle.recognises(&region("310000"), at(100)));
    assert!(!bundle.recognises(&region("310100"), at(0)), "what lies within is another issuer");
}

#[test]
fn a_root_signs_on_a_machine_of_its_own_and_only_what_is_a_body() {
    let body = draft(&contents(1)).unwrap();
    let travelled = sign(&body, &CAST.roots[0]).unwrap().write();
    let back = RootSignature::read(travelled.as_bytes()).unwrap();
    let both = assemble(&body, &[back, sign(&body, &CAST.roots[2]).unwrap()]);
    assert_eq!(begin(&both), "taken");
    assert_eq!(code(sign(b"{}", &CAST.roots[0])), "bundle_json");
    assert_eq!(code(sign(b"EPC1 renewal\n", &CAST.roots[0])), "bundle_json");
}

#[test]
fn fewer_roots_than_asked_for_are_not_enough() {
    let body = draft(&contents(1)).unwrap();
    assert_eq!(begin(&signed(&body, &[])), "bundle_threshold");
    assert_eq!(begin(&signed(&body, &[0])), "bundle_threshold");
    assert_eq!(begin(&signed(&body, &[0, 0])), "bundle_threshold", "one root, twice");
    assert_eq!(
        begin(&assemble(&body, &vec![by_root(&body, 0); 9])),
        "bundle_threshold",
        "one signature, nine times"
    );
    assert_eq!(begin(&signed(&body, &[0, 3])), "bundle_threshold", "one of them is no root");
    assert_eq!(begin(&signed(&body, &[3, 4, 0, 1])), "taken", "strangers beside enough roots do no harm");
    let of_another_body = by_root(&draft(&contents(2)).unwrap(), 1);
    assert_eq!(begin(&assemble(&body, &[by_root(&body, 0), of_another_body])), "bundle_threshold");
}

#[test]
fn another_threshold_or_another_root_is_another_fingerprint() {
    let mut easier = contents(1);
    easier.roots = Roots::new(1, CAST.roots[..3].iter().map(|root| root.public().clone())).unwrap();
    assert_eq!(begin(&file(&easier, &[0, 1, 2])), "bundle_roots");
    let mut others = contents(1);
    others.roots = Roots::new(2, CAST.roots[2..].iter().map(|root| root.public().clone())).unwrap();
    assert_eq!(begin(&file(&others, &[2, 3, 4])), "bundle_roots");
    let fingerprint = contents(1).roots.fingerprint();
    let told = fingerprint.to_string();
    assert_eq!(
        Fingerprint::parse(&format!("{} {}", &told[..32], told[32..].to_uppercase())),
        Some(fingerprint)
    );
    assert_eq!(Fingerprint::parse(&told[1..]), None);
    let written = serde_json::to_vec(&contents(1).roots).unwrap();
    assert_eq!(Roots::read(&written).unwrap().fingerprint(), fingerprint);
}

#[test]
fn roots_change_only_with_the_consent_of_the_old_and_the_new() {
    let bundle = begun(&contents(1));
    let mut next = contents(2);
    next.roots = Roots::new(2, CAST.roots[2..].iter().map(|root| root.public().clone())).unwrap();
    let follow = |by: &[usize]| code(bundle.follow(&file(&next, by)));
    assert_eq!(follow(&[3, 4]), "bundle_threshold", "a new set of roots that nobody asked for");
    assert_eq!(follow(&[2, 3]), "bundle_threshold", "one of both is not two of the old");
    assert_eq!(follow(&[0, 1]), "bundle_threshold", "nobody may be made a root who cannot sign");
    assert_eq!(follow(&[0, 1, 3, 4]), "taken");
    assert_eq!(follow(&[0, 2, 4]), "taken", "a root of both signs for both");
    let changed = bundle.follow(&file(&next, &[0, 2, 4])).unwrap();
    assert_eq!(
        code(changed.follow(&file(&contents(3), &[0, 1]))),
        "bundle_threshold",
        "the old roots are gone"
    );
}

#[test]
fn a_bundle_never_goes_back() {
    let bundle = begun(&contents(5));
    let follow = |contents: &Contents| code(bundle.follow(&file(contents, &[0, 1])));
    assert_eq!(follow(&contents(4)), "bundle_rollback");
    assert_eq!(follow(&contents(9)), "taken", "versions may be left out");
    assert_eq!(follow(&Contents { issued_at: at(4), ..contents(6) }), "bundle_time");
    assert_eq!(follow(&Contents { issued_at: at(5), ..contents(6) }), "taken");
    assert_eq!(follow(&Contents { region: region("310000"), ..contents(6) }), "bundle_region");
    assert_eq!(follow(&Contents { ends_at: at(9_999), ..contents(5) }), "bundle_fork");
    let again = bundle.follow(&file(&contents(5), &[1, 2])).unwrap();
    assert_eq!(again.contents(), bundle.contents(), "the same bytes, signed by others");
    let later = bundle.follow(&file(&contents(6), &[0, 1])).unwrap();
    assert_eq!(code(later.follow(&file(&contents(5), &[0, 1]))), "bundle_rollback");
}

#[test]
fn a_withdrawn_key_stays_withdrawn_for_ever() {
    let pass = issue(&claims(), &CAST.pass).unwrap();
    let outcome = |bundle: &Bundle| verify(&pass, &bundle.trust([]), at(1)).outcome();
    let mut second = contents(2);
    second.keys[0].life = Some(second.keys[0].life.unwrap().withdraw(at(0)).unwrap());
    let withdrawn = begun(&contents(1)).follow(&file(&second, &[0, 1])).unwrap();
    assert_eq!(outcome(&withdrawn), Outcome::WithdrawnKey);
    let listed_again = withdrawn.follow(&file(&contents(3), &[0, 1])).unwrap();
    assert_eq!(outcome(&listed_again), Outcome::WithdrawnKey);
    let left_out =
        withdrawn.follow(&file(&Contents { keys: vec![listing(&CAST.other)], ..contents(3) }, &[0, 1]));
    let left_out = left_out.unwrap();
    assert_ne!(outcome(&left_out), Outcome::Valid);
    let back = left_out.follow(&file(&contents(4), &[0, 1])).unwrap();
    assert_eq!(outcome(&back), Outcome::WithdrawnKey, "also by way of a version that says nothing of it");
    let mut read_again = begun(&contents(4));
    assert_eq!(outcome(&read_again), Outcome::Valid);
    read_again.remember_withdrawn(back.withdrawn());
    assert_eq!(outcome(&read_again), Outcome::WithdrawnKey);
    let by_status = begun(&contents(1)).trust([&kid(&CAST.pass)]);
    assert_eq!(verify(&pass, &by_status, at(1)).outcome(), Outcome::WithdrawnKey);
}

#[test]
fn a_root_is_no_other_key() {
    let mut with_root = contents(1);
    with_root.keys.push(listing(&CAST.roots[2]));
    assert_eq!(code(draft(&with_root)), "bundle_root_as_key");
    let pass = issue(&claims(), &CAST.roots[0]).unwrap();
    assert_eq!(verify(&pass, &begun(&contents(1)).trust([]), at(1)).outcome(), Outcome::UnknownKey);
    let former = Contents { keys: vec![listing(&CAST.roots[0])], ..contents(2) };
    let roots = Roots::new(2, CAST.roots[1..4].iter().map(|root| root.public().clone())).unwrap();
    let former = file(&Contents { roots, ..former }, &[1, 2]);
    assert_eq!(code(begun(&contents(1)).follow(&former)), "bundle_root_as_key", "nor was it one before");
}

#[test]
fn a_signature_for_something_else_does_not_count() {
    let body = draft(&contents(1)).unwrap();
    let bare = |root: usize| {
        let signature = URL_SAFE_NO_PAD.encode(CAST.roots[root].sign(&body).unwrap());
        let json = json!({"kid": CAST.roots[root].public().id(), "signature": signature});
        RootSignature::read(json.to_string().as_bytes()).unwrap()
    };
    assert_eq!(
        begin(&assemble(&body, &[bare(0), bare(1)])),
        "bundle_threshold",
        "without the name of the format"
    );
}

#[test]
fn unknown_doubled_and_missing_fields_are_named() {
    let body = String::from_utf8(draft(&contents(1)).unwrap()).unwrap();
    let words = |from: &str, to: &str| {
        assert!(body.contains(from), "{from}");
        let file = signed(body.replacen(from, to, 1).as_bytes(), &[0, 1]);
        let fault = Bundle::begin(&file, &contents(1).roots.fingerprint()).unwrap_err();
        assert_eq!(fault.code(), "bundle_json");
        fault.to_string()
    };
    for (from, to, told) in [
        (r#"{"version""#, r#"{"colour":1,"version""#, "unknown field `colour`"),
        (r#"{"version""#, r#"{"version":1,"version""#, "duplicate field `version`"),
        (r#""issuer":"330100","#, "", "missing field `issuer`"),
        (r#""threshold":2"#, r#""threshold":2,"threshold":1"#, "duplicate field `threshold`"),
        (r#""hospital":"#, r#""hospital":{"red":"pass"},"hospital":"#, "duplicate field `hospital`"),
        (r#""yellow":"ask""#, r#""yellow":"ask","yellow":"pass""#, "duplicate field `yellow`"),
        (r#""yellow":"ask""#, r#""blue":"ask""#, "unknown field `blue`"),
        (r#""yellow":"ask""#, r#""yellow":"wave""#, "unknown variant `wave`"),
        (r#""version":1"#, r#""version":1.5"#, "floating point"),
        (r#""version":1"#, r#""version":-1"#, "invalid value: integer `-1`"),
    ] {
        assert!(words(from, to).contains(told), "{to}: {}", words(from, to));
    }
    let whole = String::from_utf8(file(&contents(1), &[0, 1])).unwrap();
    assert_eq!(begin(whole.replacen("{\"format\"", "{\"more\":1,\"format\"", 1).as_bytes()), "bundle_json");
    let doubled = whole.replacen("\"signatures\"", "\"signatures\":[],\"signatures\"", 1);
    assert_eq!(begin(doubled.as_bytes()), "bundle_json");
    assert_eq!(begin(whole.replacen("bundle/1", "bundle/2", 1).as_bytes()), "bundle_format");
}

#[test]
fn a_value_out_of_range_is_refused() {
    assert_eq!(changed(|body| body["version"] = json!(0)), "bundle_range");
    assert_eq!(changed(|body| body["version"] = json!(1u64 << 53)), "bundle_range");
    assert_eq!(changed(|body| body["ends_at"] = body["issued_at"].clone()), "bundle_range");
    assert_eq!(
        changed(|body| body["recognises"][0]["until"] = body["recognises"][0]["from"].clone()),
        "bundle_range"
    );
    assert_eq!(
        changed(|body| body["recognises"] = json!(vec![body["recognises"][0].clone(); 1_001])),
        "bundle_range"
    );
    assert_eq!(changed(|body| body["actions"]["at"]["casino"] = json!({"red": "pass"})), "bundle_range");
    assert_eq!(changed(|body| body["rule_set"] = json!("")), "bundle_range");
    assert_eq!(changed(|body| body["rule_set"] = json!("x".repeat(101))), "bundle_range");
    assert_eq!(changed(|body| body["roots"]["threshold"] = json!(0)), "bundle_range");
    assert_eq!(changed(|body| body["roots"]["threshold"] = json!(4)), "bundle_range");
    assert_eq!(changed(|body| body["roots"]["keys"] = json!([])), "bundle_range");
    assert_eq!(changed(|body| body["roots"]["keys"][1] = body["roots"]["keys"][0].clone()), "bundle_range");
    assert_eq!(changed(|body| body["keys"][0]["kid"] = json!("0011223344556677")), "bundle_key");
    assert_eq!(changed(|body| body["keys"] = json!(vec![body["keys"][0].clone(); 2])), "bundle_key");
    assert_eq!(changed(|body| body["keys"] = json!(vec![body["keys"][0].clone(); 10_001])), "bundle_range");
    assert_eq!(changed(|body| body["roots"]["keys"][0]["y"] = json!("A".repeat(43))), "bundle_key");
    assert_eq!(changed(|_| {}), "taken");
    let nameless = Contents { keys: vec![TrustedKey { issuer: None, ..listing(&CAST.pass) }], ..contents(1) };
    assert_eq!(code(draft(&nameless)), "bundle_range");
    assert_eq!(code(draft(&Contents { actions: Actions::default(), ..contents(1) })), "taken");
}

#[test]
fn what_follows_the_end_and_what_is_huge_is_refused() {
    let body = draft(&contents(1)).unwrap();
    assert_eq!(begin(&signed(&[&body[..], b"{}"].concat(), &[0, 1])), "bundle_json");
    assert_eq!(begin(&[&file(&contents(1), &[0, 1])[..], b"x"].concat()), "bundle_json");
    assert_eq!(begin(&vec![b' '; LONGEST_FILE_BYTES + 1]), "bundle_too_long");
    assert_eq!(begin(&"[".repeat(100_000).into_bytes()), "bundle_json");
    assert_eq!(begin(&assemble(&body, &vec![by_root(&body, 0); 65])), "bundle_range");
    let whole: Value = serde_json::from_slice(&file(&contents(1), &[0, 1])).unwrap();
    let with = |path: &str, value: &str| {
        let mut whole = whole.clone();
        *whole.pointer_mut(path).unwrap() = json!(value);
        begin(whole.to_string().as_bytes())
    };
    assert_eq!(with("/body", "e30="), "bundle_encoding", "padding");
    assert_eq!(with("/body", "e31"), "bundle_encoding", "stray bits at the end");
    assert_eq!(with("/signatures/0/kid", "00"), "bundle_encoding");
    assert_eq!(with("/signatures/0/kid", &"F".repeat(16)), "bundle_encoding", "capitals");
    assert_eq!(with("/signatures/0/signature", "AAAA"), "bundle_encoding");
}

proptest! {
    #[test]
    fn no_bytes_are_a_bundle_and_none_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert_ne!(begin(&bytes), "taken");
        prop_assert!(sign(&bytes, &CAST.roots[0]).is_err());
        prop_assert_ne!(begin(&signed(&bytes, &[0, 1])), "taken");
    }

    #[test]
    fn no_text_makes_the_small_readers_panic(text in "\\PC{0,80}", digits in "[0-9a-f ]{0,80}") {
        prop_assert!(RootSignature::read(text.as_bytes()).is_err());
        prop_assert!(Roots::read(text.as_bytes()).is_err());
        if let Some(fingerprint) = Fingerprint::parse(&digits) {
            prop_assert_eq!(fingerprint.to_string(), digits.replace(' ', ""));
        }
        let _ = (Fingerprint::parse(&text), Bundle::is_meant(&text));
    }

    /// Whatever byte of the body another one takes the place of, the roots have not signed it.
    #[test]
    fn no_altered_body_is_taken(place in 0usize..2_000, change in 1u8..) {
        let mut body = draft(&contents(1)).unwrap();
        let signatures = [by_root(&body, 0), by_root(&body, 1)];
        let place = place % body.len();
        body[place] ^= change;
        prop_assert_ne!(begin(&assemble(&body, &signatures)), "taken");
    }

    /// Signed by mistake or not: a body with any byte changed is read as something that could have been drafted, or refused.
    #[test]
    fn what_is_read_can_be_drafted(place in 0usize..2_000, byte: u8) {
        let mut body = draft(&contents(1)).unwrap();
        let place = place % body.len();
        body[place] = byte;
        if let Ok(bundle) = Bundle::begin(&signed(&body, &[0, 1]), &contents(1).roots.fingerprint()) {
            let again = draft(bundle.contents()).unwrap();
            let again = Bundle::begin(&signed(&again, &[0, 1]), &contents(1).roots.fingerprint()).unwrap();
            prop_assert_eq!(again.contents(), bundle.contents());
        }
    }
}
