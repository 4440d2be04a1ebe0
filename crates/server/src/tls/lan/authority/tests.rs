//! What the authority certifies, judged by the verifier that clients use.

use super::*;
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::{ServerName, UnixTime};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

fn now() -> Instant {
    Instant::parse("2026-03-02T09:00:00+08:00").unwrap()
}

fn names(hosts: &[&str], addresses: &[&str]) -> Names {
    Names {
        hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
    }
}

/// Whether a client that trusts the authority accepts a chain for a name at a time.
fn accepts(authority: &Authority, chain: &[CertificateDer<'_>], name: &str, at: Instant) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(authority.certificate.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let at = UnixTime::since_unix_epoch(Duration::from_secs(at.seconds().unsigned_abs()));
    verifier.verify_server_cert(&chain[0], &chain[1..], &name, &[], at).is_ok()
}

fn certified(authority: &Authority, names: &Names) -> Vec<CertificateDer<'static>> {
    let current = Current::default();
    authority.certify(names, &current, now()).unwrap();
    current.in_use().unwrap().cert.clone()
}

#[test]
fn a_client_that_trusts_it_accepts_this_machines_names_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let own = names(&["gate1", "gate1.local", "code.example"], &["192.168.1.5", "fd00::5", "203.0.113.9"]);
    let authority = Authority::open_or_make(folder.path(), &own, now()).unwrap();
    let chain = certified(&authority, &own);
    for name in ["gate1.local", "code.example", "192.168.1.5", "fd00::5", "203.0.113.9"] {
        assert!(accepts(&authority, &chain, name, now()), "{name}");
    }
    assert!(!accepts(&authority, &chain, "bank.example", now()));
    assert!(accepts(&authority, &chain, "gate1.local", now().plus_days_of_24h(LEAF_DAYS - 1)));
    assert!(!accepts(&authority, &chain, "gate1.local", now().plus_days_of_24h(LEAF_DAYS + 1)));
    let good = good(&chain[0]).unwrap();
    assert!(good.until.seconds() - good.from.seconds() <= 398 * 86_400);
}

#[test]
fn its_key_cannot_speak_for_names_of_the_world() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_make(folder.path(), &names(&["gate1"], &[]), now()).unwrap();
    // Whoever stole the key certifies what he likes.
    for name in ["bank.example", "198.51.100.7"] {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        date(&mut params, now().plus_days_of_24h(-1), now().plus_days_of_24h(30));
        let (key, own) = (KeyPair::generate().unwrap(), own_params(&authority.key));
        let leaf = params.signed_by(&key, &Issuer::from_params(&own, &authority.key)).unwrap();
        assert!(!accepts(&authority, &[leaf.der().clone()], name, now()), "{name}");
    }
}

#[test]
fn a_name_that_came_later_is_left_out_and_spoils_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::open_or_make(folder.path(), &names(&["gate1"], &["10.0.0.5"]), now()).unwrap();
    let later = names(&["gate1", "new.example", "new.internal"], &["10.9.9.9", "198.51.100.7"]);
    let chain = certified(&authority, &later);
    for (name, may) in [
        ("gate1", true),
        ("new.internal", true),
        ("10.9.9.9", true),
        ("new.example", false),
        ("198.51.100.7", false),
    ] {
        assert_eq!(accepts(&authority, &chain, name, now()), may, "{name}");
    }
}

#[test]
fn it_is_made_once_and_only_its_owner_reads_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let own = names(&["gate1"], &[]);
    let first = Authority::open_or_make(folder.path(), &own, now()).unwrap().fingerprint();
    assert_eq!(Authority::open_or_make(folder.path(), &own, now()).unwrap().fingerprint(), first);
    let mode = std::fs::metadata(key_path(folder.path())).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    std::fs::write(Authority::path_in(folder.path()), "damaged").unwrap();
    let refused = Authority::open_or_make(folder.path(), &own, now()).map(|_| ()).unwrap_err();
    assert!(refused.to_string().contains("restore it"), "{refused}");
}
