//! Scans that the server does not have yet: appended one after another, each encrypted, each on disk before its verdict is
//! told, and gone once they are delivered.
//!
//! `scans` begins with the number of its first scan, 8 bytes; each scan is its length, 4 bytes, and what
//! [`SealKey`] makes of it under the key in `key`, with its number beside: none can be taken out, doubled or put elsewhere
//! unseen. `delivered` holds the number of the first scan that is not delivered. What a failure cut off at the end was never
//! told to anybody and is dropped.
//!
//! What this protects: a copy of `scans` alone, as in a backup or on a disk of which `key` was destroyed. Whoever takes the
//! whole computer has both.

use super::home::Home;
use crate::fault::Fault;
use healthcode_server::clock::Clock;
use healthcode_store::seal::{SECRET_BYTES, SealKey};
use serde_json::Value;
use std::fs::File;
use std::io::{Read, Write};

/// Bytes of one sealed scan, at most.
const MOST_SCAN_BYTES: usize = 1 << 16;
const HEAD_BYTES: usize = 8;

/// The scans that are kept.
pub struct Kept {
    home: Home,
    seal: SealKey,
    file: File,
    /// Number of the scan that comes first in `waiting`.
    first: u64,
    waiting: Vec<Value>,
}

impl Kept {
    /// Opens what was kept, or begins.
    pub fn open(home: &Home, clock: &Clock) -> Result<Self, Fault> {
        let key = home.path("key");
        if !key.exists() {
            home.write("key", &clock.bytes::<SECRET_BYTES>())?;
        }
        let secret = crate::files::read(&key, 1 << 10)?;
        let wrong = |problem: &str| Fault::file(key.display().to_string(), problem);
        let secret: [u8; SECRET_BYTES] = secret.try_into().map_err(|_| {
            wrong("is no key; the scans kept under it cannot be read: move `key` and `scans` away and start again")
        })?;
        let seal = SealKey::new(&secret).map_err(|fault| wrong(&fault.to_string()))?;
        let delivered = number(&std::fs::read(home.path("delivered")).unwrap_or_default());
        if std::fs::metadata(home.path("scans")).map_or(0, |file| file.len()) < HEAD_BYTES as u64 {
            home.write("scans", &delivered.to_be_bytes())?;
        }
        let mut bytes = Vec::new();
        let path = home.path("scans");
        let unreadable = |source| Fault::Read { file: path.display().to_string(), source };
        let mut file = File::options().read(true).append(true).open(&path).map_err(unreadable)?;
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        let begins = number(&bytes);
        let (scans, whole) = read(&bytes, begins, &seal, &path.display().to_string())?;
        if whole < bytes.len() {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(unreadable)?;
        }
        let done = usize::try_from(delivered.saturating_sub(begins)).unwrap_or(usize::MAX).min(scans.len());
        let waiting = scans.into_iter().skip(done).collect();
        Ok(Self { home: home.clone(), seal, file, first: begins + done as u64, waiting })
    }

    /// Keeps a scan; it is on disk when this returns.
    pub fn keep(&mut self, scan: Value) -> Result<(), Fault> {
        let name = about(self.first + self.waiting.len() as u64);
        let sealed = self.seal.seal(&name, scan.to_string().as_bytes());
        let sealed = sealed.map_err(|fault| Fault::Installation(fault.to_string()))?;
        let record = [&(sealed.len() as u32).to_be_bytes()[..], &sealed].concat();
        let written = self.file.write_all(&record).and_then(|()| self.file.sync_data());
        written
            .map_err(|source| Fault::Write { file: self.home.path("scans").display().to_string(), source })?;
        self.waiting.push(scan);
        Ok(())
    }

    /// The first scans that wait.
    pub fn first(&self, most: usize) -> Vec<Value> {
        self.waiting.iter().take(most).cloned().collect()
    }

    /// Puts a scan aside that the server will never take, sealed likewise, one a file.
    pub fn put_aside(&self, scan: &Value) -> Result<(), Fault> {
        let sealed = self.seal.seal(&about(self.first), scan.to_string().as_bytes());
        let sealed = sealed.map_err(|fault| Fault::Installation(fault.to_string()))?;
        self.home.write(&format!("refused-{:020}", self.first), &sealed)
    }

    /// The first so many are delivered. The file begins anew once nothing waits.
    pub fn delivered(&mut self, count: usize) -> Result<(), Fault> {
        self.waiting.drain(..count);
        self.first += count as u64;
        self.home.write("delivered", &self.first.to_be_bytes())?;
        if self.waiting.is_empty() {
            self.home.write("scans", &self.first.to_be_bytes())?;
            let path = self.home.path("scans");
            let opened = File::options().append(true).open(&path);
            self.file = opened.map_err(|source| Fault::Write { file: path.display().to_string(), source })?;
        }
        Ok(())
    }
}

fn about(number: u64) -> String {
    format!("gate scan {number}")
}

fn number(bytes: &[u8]) -> u64 {
    bytes.first_chunk().map_or(0, |head| u64::from_be_bytes(*head))
}

/// The scans, and how many bytes hold whole ones.
fn read(bytes: &[u8], begins: u64, seal: &SealKey, name: &str) -> Result<(Vec<Value>, usize), Fault> {
    let (mut scans, mut place) = (Vec::new(), HEAD_BYTES);
    while let Some(length) = bytes.get(place..).and_then(|rest| rest.first_chunk::<4>()) {
        let length = u32::from_be_bytes(*length) as usize;
        let Some(sealed) = bytes[place + 4..].get(..length).filter(|_| length <= MOST_SCAN_BYTES) else {
            break;
        };
        let number = begins + scans.len() as u64;
        let problem = |fault: &dyn std::fmt::Display| {
            Fault::file(
                name,
                format!("scan {number}: {fault}; move the file away to start without it, and keep it"),
            )
        };
        let plain = seal.open(&about(number), sealed).map_err(|fault| problem(&fault))?;
        scans.push(serde_json::from_slice(&plain).map_err(|fault| problem(&fault))?);
        place += 4 + length;
    }
    Ok((scans, place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn room() -> (tempfile::TempDir, Home, Clock) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::system();
        let home = Home::open(folder.path()).unwrap();
        (folder, home, clock)
    }

    fn waiting(home: &Home, clock: &Clock) -> Vec<Value> {
        Kept::open(home, clock).unwrap().first(usize::MAX)
    }

    #[test]
    fn what_was_kept_is_there_after_a_restart_in_order_and_delivered_once() {
        let (_folder, home, clock) = room();
        let mut kept = Kept::open(&home, &clock).unwrap();
        (0..5).for_each(|scan| kept.keep(json!(scan)).unwrap());
        drop(kept);
        assert_eq!(waiting(&home, &clock), [0, 1, 2, 3, 4].map(|scan| json!(scan)));
        let mut kept = Kept::open(&home, &clock).unwrap();
        kept.delivered(2).unwrap();
        kept.keep(json!(5)).unwrap();
        drop(kept);
        assert_eq!(waiting(&home, &clock), [2, 3, 4, 5].map(|scan| json!(scan)));
        let mut kept = Kept::open(&home, &clock).unwrap();
        kept.delivered(4).unwrap();
        kept.keep(json!(6)).unwrap();
        drop(kept);
        assert_eq!(waiting(&home, &clock), [json!(6)]);
    }

    #[test]
    fn a_scan_that_was_cut_off_is_dropped_and_the_rest_stays() {
        let (_folder, home, clock) = room();
        let mut kept = Kept::open(&home, &clock).unwrap();
        let whole = |home: &Home| std::fs::read(home.path("scans")).unwrap();
        kept.keep(json!("one")).unwrap();
        let one = whole(&home).len();
        kept.keep(json!("two")).unwrap();
        let two = whole(&home);
        for end in one..two.len() {
            std::fs::write(home.path("scans"), &two[..end]).unwrap();
            assert_eq!(waiting(&home, &clock), [json!("one")], "cut at {end}");
            assert_eq!(whole(&home).len(), one);
        }
        std::fs::write(home.path("scans"), &two[..3]).unwrap();
        assert!(waiting(&home, &clock).is_empty(), "cut within the head");
        let mut kept = Kept::open(&home, &clock).unwrap();
        kept.keep(json!("three")).unwrap();
        drop(kept);
        assert_eq!(waiting(&home, &clock), [json!("three")]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_are_taken_for_a_scan(bytes in proptest::collection::vec(0u8.., 0..200)) {
            let seal = SealKey::new(&[7; SECRET_BYTES]).unwrap();
            if let Ok((scans, whole)) = read(&bytes, number(&bytes), &seal, "scans") {
                proptest::prop_assert!(scans.is_empty() && whole == HEAD_BYTES);
            }
        }
    }

    #[test]
    fn nobody_alters_swaps_or_reads_what_was_kept() {
        let (_folder, home, clock) = room();
        let mut kept = Kept::open(&home, &clock).unwrap();
        kept.keep(json!({"code": "EPC1:SECRET"})).unwrap();
        let one = std::fs::read(home.path("scans")).unwrap();
        kept.keep(json!({"code": "EPC1:SECRET"})).unwrap();
        let both = std::fs::read(home.path("scans")).unwrap();
        assert!(!both.windows(6).any(|window| window == b"SECRET"));
        let swapped = [&both[..8], &both[one.len()..], &both[8..one.len()]].concat();
        std::fs::write(home.path("scans"), swapped).unwrap();
        assert!(Kept::open(&home, &clock).is_err());
        let mut altered = both;
        altered[20] ^= 1;
        std::fs::write(home.path("scans"), altered).unwrap();
        assert!(Kept::open(&home, &clock).is_err());
    }
}
