//! Whoever remembers passes judges as whoever remembers none.

#![allow(clippy::unwrap_used, missing_docs)]

mod forge;

use forge::*;
use healthcode_credential::base45;
use healthcode_credential::issue::{PREFIX, issue};
use healthcode_credential::keys::SigningKey;
use healthcode_credential::known_pass::{KnownPass, KnownPasses};
use healthcode_credential::outcome::Outcome;
use healthcode_credential::presentation::present;
use healthcode_credential::trust::{TrustBundle, TrustedKey};
use healthcode_credential::verify::{Verdict, verify, verify_again};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;

#[derive(Default)]
struct Memory {
    kept: RefCell<HashSet<KnownPass>>,
    /// How often something that is known was met.
    met: Cell<usize>,
}

impl KnownPasses for Memory {
    fn holds(&self, pass: &KnownPass) -> bool {
        let holds = self.kept.borrow().contains(pass);
        self.met.set(self.met.get() + usize::from(holds));
        holds
    }

    fn keep(&self, pass: KnownPass) {
        self.kept.borrow_mut().insert(pass);
    }
}

/// Judges with the memory and without, and asserts that both say the same.
fn judge(text: &str, trust: &TrustBundle, memory: &Memory, after: i64) -> Verdict {
    let verdict = verify_again(text, trust, memory, at(after));
    assert_eq!(verdict, verify(text, trust, at(after)), "{text}");
    verdict
}

#[test]
fn a_known_pass_is_judged_like_any_other_but_for_its_signature() {
    let (key, memory) = (SigningKey::generate().unwrap(), Memory::default());
    let text = issue(&claims(), &key).unwrap();
    memory.keep(KnownPass::issued(&text, key.public()).unwrap());
    let active = listing(&key);
    let trust = trusting([active.clone()]);
    assert_eq!(judge(&text, &trust, &memory, 1).outcome(), Outcome::Valid);
    assert_eq!(judge(&text, &trust, &memory, 90).outcome(), Outcome::Expired);
    assert_eq!(judge(&text, &trust, &memory, -1).outcome(), Outcome::NotYetValid);
    assert_eq!(memory.met.get(), 3, "it was known each time");
    assert_eq!(judge(&text, &TrustBundle::default(), &memory, 1).outcome(), Outcome::UnknownKey);
    let life = active.life.unwrap().withdraw(at(50)).unwrap();
    let withdrawn = trusting([TrustedKey { life: Some(life), ..active }]);
    assert_eq!(judge(&text, &withdrawn, &memory, 1).outcome(), Outcome::WithdrawnKey);
}

#[test]
fn a_pass_is_kept_when_its_signature_was_right_and_a_forged_one_never() {
    let (key, other, memory) =
        (SigningKey::generate().unwrap(), SigningKey::generate().unwrap(), Memory::default());
    let (text, trust) = (issue(&claims(), &key).unwrap(), trusting([listing(&key)]));
    let mut forge = Forge::new(other);
    forge.protected.splice(5.., kid(&key));
    for _ in 0..2 {
        assert_eq!(judge(&forge.text(), &trust, &memory, 1).outcome(), Outcome::BadSignature);
    }
    assert!(memory.kept.borrow().is_empty());
    assert_eq!(judge(&text, &trust, &memory, 1).outcome(), Outcome::Valid);
    assert_eq!((memory.kept.borrow().len(), memory.met.get()), (1, 0));
    assert_eq!(judge(&text, &trust, &memory, 2).outcome(), Outcome::Valid);
    assert_eq!((memory.kept.borrow().len(), memory.met.get()), (1, 1));
}

#[test]
fn no_altered_byte_of_a_known_pass_or_of_its_presentation_is_believed() {
    let (key, phone) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let (memory, trust) = (Memory::default(), trusting([listing(&key)]));
    let pass = issue(&with_device(&phone), &key).unwrap();
    let shown = present(&pass, at(2), |bytes| phone.sign(bytes)).unwrap().unwrap();
    assert_eq!(judge(&shown, &trust, &memory, 3).outcome(), Outcome::Valid);
    for text in [&pass, &shown] {
        let bytes = base45::decode(text.strip_prefix(PREFIX).unwrap()).unwrap();
        for place in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            let text = format!("{PREFIX}{}", base45::encode(&altered));
            assert_ne!(judge(&text, &trust, &memory, 3).outcome(), Outcome::Valid, "byte {place}");
        }
    }
    assert_eq!(memory.kept.borrow().len(), 1, "only the pass itself");
}

#[test]
fn what_one_key_signed_is_not_known_of_another() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let text = issue(&claims(), &key).unwrap();
    assert_ne!(KnownPass::issued(&text, key.public()), KnownPass::issued(&text, other.public()));
    assert_eq!(KnownPass::issued("HC1:", key.public()), None);
}
