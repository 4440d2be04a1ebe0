//! Certificates: those that `serve --tls` was given, and those that lie in the data folder.

use super::{Arguments, Findings, State};
use healthcode_core::time::{Instant, Interval};
use healthcode_server::tls::{Authority, Tls, TlsFault, good_until};

/// Days before its end at which a certificate is mentioned.
const SOON_DAYS: i64 = 30;

/// Looks at every certificate that can be found.
pub(super) fn look(findings: &mut Findings, arguments: &Arguments, now: Instant) {
    match arguments.tls.tls() {
        Ok(Some(Tls::Files { chain, key })) => {
            let do_this = "renew it, and see why whatever renews it did not";
            judge(findings, &chain.display().to_string(), good_until(&chain, &key), do_this, now);
        }
        Ok(_) => {}
        Err(fault) => findings.add(State::Wrong, "tls", fault.to_string(), Some("see docs/tls.md")),
    }
    for path in acme_certificates(arguments) {
        let do_this = "read the server's log: it says why the ACME server gave no other";
        judge(findings, &path.display().to_string(), good_until(&path, &path), do_this, now);
    }
    if Authority::path_in(&arguments.place.data).exists() {
        let good = Authority::open(&arguments.place.data).map(|authority| {
            let finding = format!("the local authority has the fingerprint {}", authority.fingerprint());
            findings.add(State::Well, "tls", finding, None);
            authority.good()
        });
        let do_this =
            "delete both of its files: the next start makes another, which every phone must trust anew";
        judge(findings, "the local authority", good, do_this, now);
    }
}

fn acme_certificates(arguments: &Arguments) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(&arguments.place.data).into_iter().flatten().flatten();
    let is_one = |name: &str| name.starts_with("acme-") && name.ends_with(".pem");
    let found = entries.map(|entry| entry.path());
    found.filter(|path| path.file_name().and_then(|name| name.to_str()).is_some_and(is_one)).collect()
}

fn judge(
    findings: &mut Findings,
    what: &str,
    good: Result<Interval, TlsFault>,
    do_this: &'static str,
    now: Instant,
) {
    match good {
        Err(fault) => findings.add(State::Wrong, "tls", fault.to_string(), Some("see docs/tls.md")),
        Ok(good) if !good.contains(now) => {
            let finding = format!("{what} is good from {} until {}, not now", good.from, good.until);
            findings.add(State::Wrong, "tls", finding, Some(do_this));
        }
        // What is renewed for a few days at a time is always near its end.
        Ok(good) if good.until < now.plus_days_of_24h(SOON_DAYS) && is_in_last_third(good, now) => {
            findings.add(State::Note, "tls", format!("{what} ends {}", good.until), Some(do_this));
        }
        Ok(good) => findings.add(State::Well, "tls", format!("{what} is good until {}", good.until), None),
    }
}

fn is_in_last_third(good: Interval, now: Instant) -> bool {
    (good.until.seconds() - now.seconds()) * 3 < good.until.seconds() - good.from.seconds()
}
