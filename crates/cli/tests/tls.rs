//! `serve --tls`, met by a real TLS client: certificates from files, from the local authority, from an ACME server.
#![allow(clippy::unwrap_used, missing_docs)]

mod common;
mod served;

use common::Room;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use served::Server;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A guard against what never comes; what is waited for comes in seconds.
const PATIENCE: Duration = Duration::from_secs(90);

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

/// A client that trusts one authority, and follows no redirect.
fn client(root_pem: &str) -> ureq::Agent {
    let root = CertificateDer::from_pem_slice(root_pem.as_bytes()).unwrap();
    let root = Certificate::from_der(&root).to_owned();
    let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider());
    let tls = tls.root_certs(RootCerts::new_with_certs(&[root])).build();
    let config = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0);
    config.timeout_global(Some(Duration::from_secs(20))).tls_config(tls).build().new_agent()
}

/// What is negotiated with a client that prefers HTTP/2.
fn negotiated(address: &str, root_pem: &str) -> Vec<u8> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root_pem.as_bytes()).unwrap()).unwrap();
    let config =
        ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions().unwrap();
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let host = address.rsplit_once(':').unwrap().0.to_owned();
    let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from(host).unwrap()).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    while tls.is_handshaking() {
        tls.complete_io(&mut stream).unwrap();
    }
    tls.alpn_protocol().unwrap().to_vec()
}

/// An authority's certificate, and a certificate with its key for this machine, in PEM.
fn certificates() -> [String; 3] {
    let mut own = CertificateParams::default();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    own.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let own_key = KeyPair::generate().unwrap();
    let root = own.self_signed(&own_key).unwrap().pem();
    let params = CertificateParams::new(vec!["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = params.signed_by(&key, &Issuer::from_params(&own, &own_key)).unwrap();
    [root, leaf.pem(), key.serialize_pem()]
}

fn start(room: &Room, how: &str, more: &[&str]) -> Server {
    let place = ["--data", &room.path("data").display().to_string(), "--tls", how].map(str::to_owned);
    let more = more.iter().map(|word| (*word).to_owned());
    Server::start(&place.into_iter().chain(more).collect::<Vec<_>>(), &[])
}

fn status(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> u16 {
    answer.unwrap().status().as_u16()
}

/// Waits until something holds.
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::park_timeout(Duration::from_millis(200));
    }
}

#[test]
fn pages_come_over_tls_and_plain_http_only_shows_the_way() {
    let room = Room::new();
    let [root, chain, key] = certificates();
    let (chain, key) = (room.write("cert.pem", chain), room.write("key.pem", key));
    let server = start(&room, &format!("{},{}", chain.display(), key.display()), &[]);
    let (address, browser) = (&server.address, client(&root));
    let page = browser.get(format!("https://{address}/healthz")).call().unwrap();
    assert_eq!(page.headers()["strict-transport-security"], "max-age=31536000");
    let opened = browser.post(format!("https://{address}/api/v1/device-sessions"));
    let opened = opened.header("content-type", "application/json").send("{}").unwrap();
    let cookie = opened.headers()["set-cookie"].to_str().unwrap();
    assert!(opened.status().is_success() && cookie.contains("; Secure"), "{cookie}");
    let port = address.rsplit_once(':').unwrap().1;
    assert_eq!(status(browser.get(format!("https://localhost:{port}/healthz")).call()), 200);
    let [stranger, ..] = certificates();
    assert!(client(&stranger).get(format!("https://{address}/healthz")).call().is_err());
    assert_eq!(negotiated(address, &root), b"h2");
    let plain = browser.get(format!("http://{address}/api/v1/clock?x=1")).call().unwrap();
    let location = format!("https://{address}/api/v1/clock?x=1");
    assert_eq!((plain.status().as_u16(), plain.headers()["location"].to_str().unwrap()), (308, &*location));
    let posted = browser.post(format!("http://{address}/api/v1/device-sessions")).send("{}");
    assert_eq!(status(posted), 426, "what was sent in the open is not taken");
}

#[test]
fn a_certificate_that_is_replaced_is_taken_up_and_half_a_replacement_is_not() {
    let room = Room::new();
    let [first, chain, key] = certificates();
    let (chain, key) = (room.write("cert.pem", chain), room.write("key.pem", key));
    let server = start(&room, &format!("{},{}", chain.display(), key.display()), &[]);
    let good = |root: &str| client(root).get(format!("https://{}/healthz", server.address)).call().is_ok();
    assert!(good(&first));
    let [second, new_chain, new_key] = certificates();
    room.write("cert.pem", new_chain);
    std::thread::park_timeout(Duration::from_secs(5));
    assert!(good(&first), "a certificate without its key is not used");
    room.write("key.pem", new_key);
    until("the new certificate", || good(&second));
    assert!(!good(&first));
}

#[test]
fn a_certificate_that_cannot_be_used_is_named_at_the_start() {
    let room = Room::new();
    let [_, chain, _] = certificates();
    let [_, _, foreign_key] = certificates();
    room.write("cert.pem", chain);
    room.write("key.pem", foreign_key);
    for (how, words) in [
        ("cert.pem,key.pem", "do not belong together"),
        ("nowhere.pem,key.pem", "nowhere.pem"),
        ("cert.pem,cert.pem", "no private key"),
        ("cert.pem", "--tls takes"),
        ("acme:../x", "no name of a host"),
    ] {
        let ran = room.run(&["serve", "--listen", "127.0.0.1:0", "--tls", how]);
        assert!(ran.status == 2 && ran.err.contains(words), "{how}: {}", ran.err);
    }
}

#[test]
fn on_a_local_network_a_phone_that_installed_the_authority_trusts_the_server() {
    let room = Room::new();
    let mut server = start(&room, "lan", &[]);
    let notice = server.told("phones: open ");
    let root = room.read("data/lan-authority.crt");
    let address = server.address.clone();
    let browser = client(&root);
    let page = browser.get(format!("https://{address}/healthz")).call().unwrap();
    assert!(page.headers().get("strict-transport-security").is_none());
    assert_eq!(negotiated(&address, &root), b"h2");
    let first = browser.get(format!("http://{address}/")).call().unwrap();
    assert_eq!(
        (first.status().as_u16(), &first.headers()["location"]),
        (307, &"/trust-this-server".parse().unwrap())
    );
    let read = |path: &str| {
        let mut answer = browser.get(format!("http://{address}{path}")).call().unwrap();
        let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
        (kind, answer.body_mut().read_to_vec().unwrap())
    };
    let (kind, page) = read("/trust-this-server");
    let page = String::from_utf8(page).unwrap();
    assert!(kind.starts_with("text/html") && page.contains("lang=\"zh-Hans\""));
    let fingerprint = notice.rsplit_once(' ').unwrap().1;
    let shown: String =
        page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap().replace("<br>", " ");
    assert_eq!(shown.replace(' ', ":"), fingerprint);
    let (kind, certificate) = read("/trust-this-server/authority.crt");
    assert_eq!(kind, "application/x-x509-ca-cert");
    assert_eq!(certificate, CertificateDer::from_pem_slice(root.as_bytes()).unwrap().as_ref());
    let (kind, profile) = read("/trust-this-server/healthcode.mobileconfig");
    let profile = String::from_utf8(profile).unwrap();
    assert!(kind == "application/x-apple-aspen-config" && !profile.contains("{"), "{profile}");
    let body: String = root.lines().filter(|line| !line.starts_with("---")).collect();
    assert!(profile.contains(&body), "the profile holds the same certificate");
    server.kill();
    let mut server = start(&room, "lan", &[]);
    assert!(server.told("phones: open ").ends_with(fingerprint), "a restart does not make phones strangers");
    assert!(browser.get(format!("https://{}/healthz", server.address)).call().is_ok());
}

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A test server for ACME; `None`, said loudly, where it is not installed. Its directory, its own authority, its
/// management address, and the port at which it looks for challenges.
fn pebble(room: &Room) -> Option<(Running, String, String, u16)> {
    let [root, chain, key] = certificates();
    room.write("root.pem", &root);
    let (chain, key) = (room.write("pebble.pem", chain), room.write("pebble.key", key));
    let [port, management, http, tls] = [(); 4].map(|()| free_port());
    let config = serde_json::json!({ "pebble": {
        "listenAddress": format!("127.0.0.1:{port}"), "managementListenAddress": format!("127.0.0.1:{management}"),
        "certificate": chain, "privateKey": key, "httpPort": http, "tlsPort": tls,
        "ocspResponderURL": "", "externalAccountBindingRequired": false,
    }});
    let config = room.write("pebble.json", config.to_string());
    let mut command = Command::new("pebble");
    command.arg("-config").arg(config).env("PEBBLE_VA_NOSLEEP", "1");
    let Ok(child) = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() else {
        eprintln!(
            "SKIPPED: no pebble, so certificates from an ACME server are not tested (apt-get install pebble)"
        );
        return None;
    };
    let running = Running(child);
    let management = format!("https://127.0.0.1:{management}");
    until("pebble", || client(&root).get(format!("{management}/roots/0")).call().is_ok());
    Some((running, format!("https://127.0.0.1:{port}/dir"), management, http))
}

#[test]
fn an_acme_server_certifies_a_name_and_a_restart_asks_for_nothing() {
    let room = Room::new();
    let Some((pebble, directory, management, http)) = pebble(&room) else { return };
    let own = client(&room.read("root.pem"));
    let root = own.get(format!("{management}/roots/0")).call().unwrap().body_mut().read_to_string().unwrap();
    let (http, acme_root) = (format!("127.0.0.1:{http}"), room.path("root.pem").display().to_string());
    let more = ["--listen-http", &http, "--acme-directory", &directory, "--acme-root", &acme_root];
    let how = "acme:localhost,ops@code.example";
    let server = start(&room, how, &more);
    let good =
        |server: &Server| client(&root).get(format!("https://{}/healthz", server.address)).call().is_ok();
    until("a certificate", || good(&server));
    let plain = own.get(format!("http://{http}/x")).call().unwrap();
    assert_eq!(plain.headers()["location"].to_str().unwrap(), format!("https://{}/x", server.address));
    server.kill();
    drop(pebble);
    let server = start(&room, how, &more);
    assert!(good(&server), "the certificate was kept");
}

#[test]
fn a_connection_that_says_nothing_keeps_nobody_waiting() {
    let room = Room::new();
    let server = start(&room, "lan", &[]);
    let mut silent: Vec<_> = (0..50).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    // Half a handshake: the first bytes of a record that never ends.
    for stream in &mut silent[..25] {
        stream.write_all(&[22, 3, 1, 2, 0]).unwrap();
    }
    let browser = client(&room.read("data/lan-authority.crt"));
    assert_eq!(status(browser.get(format!("https://{}/healthz", server.address)).call()), 200);
    let mut stream = silent.pop().unwrap();
    stream.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 307") || answer.starts_with("HTTP/1.1 307"), "{answer}");
}
