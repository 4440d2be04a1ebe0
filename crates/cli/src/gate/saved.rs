//! `gate.json`: what a gate is, between two runs.

use super::server::GateAnswer;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant};
use healthcode_credential::bundle::{Bundle, BundleFault, Fingerprint};
use healthcode_credential::gate::GateState;
use healthcode_credential::keys::KidBytes;
use healthcode_credential::status::seal::DayKey;
use serde::{Deserialize, Serialize};

/// The format of the file.
pub const FORMAT: &str = "healthcode-gate/1";

/// What the gate is, between two runs.
#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    /// Always [`FORMAT`].
    pub format: String,
    /// The server's address.
    pub server: String,
    /// The session's token.
    pub token: String,
    /// Whose tables are followed.
    pub region: Region,
    /// What kind of collection point the gate stands at.
    pub kind: String,
    /// The fingerprint of the roots that the bundle beside it was signed by.
    roots: String,
    /// The trust bundle, as its file.
    bundle: serde_json::Value,
    /// Keys that some bundle or status file called withdrawn, as 16 digits.
    withdrawn: Vec<String>,
    /// When the server last called the bundle its newest.
    pub confirmed_at: Instant,
    /// Latest signed time that was seen.
    signed_at: Instant,
    /// The gate's clock when this was written.
    clock_at: Instant,
    /// Keys of the days' status files.
    day_keys: Vec<SavedKey>,
    /// Where the status files lie.
    pub status_url: String,
}

/// The key of a day.
#[derive(Serialize, Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct SavedKey {
    day: Day,
    secret: String,
}

impl Saved {
    /// A gate that was enrolled just now, with what it knew before.
    pub fn new(server: &str, token: &str, before: Option<&Self>, answer: &GateAnswer, now: Instant) -> Self {
        let blank = Self {
            format: FORMAT.to_owned(),
            server: server.to_owned(),
            token: token.to_owned(),
            region: answer.region.clone(),
            kind: String::new(),
            roots: String::new(),
            bundle: serde_json::Value::Null,
            withdrawn: before.map_or_else(Vec::new, |saved| saved.withdrawn.clone()),
            confirmed_at: now,
            signed_at: before.map_or(Instant::MIN, |saved| saved.signed_at),
            clock_at: now,
            day_keys: Vec::new(),
            status_url: String::new(),
        };
        blank.with(answer, now)
    }

    /// The bundle beside it, which was checked when it was taken.
    pub fn trusted(&self) -> Result<Bundle, BundleFault> {
        let roots = Fingerprint::parse(&self.roots).unwrap_or(Fingerprint([0; 32]));
        let file = serde_json::to_vec(&self.bundle).unwrap_or_default();
        let mut bundle = Bundle::begin(&file, &roots)?;
        let kids: Vec<KidBytes> = self
            .withdrawn
            .iter()
            .filter_map(|kid| Some(u64::from_str_radix(kid, 16).ok()?.to_be_bytes()))
            .collect();
        bundle.remember_withdrawn(&kids);
        Ok(bundle)
    }

    /// The gate as it was, without colours; a clock that reads earlier than when it was written is doubted.
    pub fn gate(&self, now: Instant) -> Result<GateState, BundleFault> {
        let mut gate = GateState::new(self.trusted()?, self.confirmed_at);
        gate.hear_signed_time(self.signed_at);
        gate.watch_clock(self.clock_at, now);
        Ok(gate)
    }

    /// The keys of the days.
    pub fn day_keys(&self) -> Vec<DayKey> {
        let read = |key: &SavedKey| {
            let secret = URL_SAFE_NO_PAD.decode(&key.secret).ok()?.try_into().ok()?;
            Some(DayKey { day: key.day, secret })
        };
        self.day_keys.iter().filter_map(read).collect()
    }

    /// With what the gate knows now.
    pub fn as_of(&self, gate: &GateState, now: Instant) -> Self {
        let by_files = gate.colours().into_iter().flat_map(|colours| colours.withdrawn());
        let mut withdrawn: Vec<String> = gate.bundle().withdrawn().chain(by_files).map(hex).collect();
        withdrawn.extend(self.withdrawn.iter().cloned());
        withdrawn.sort();
        withdrawn.dedup();
        let roots = gate.bundle().contents().roots.fingerprint().to_string();
        let signed_at = self.signed_at.max(gate.latest_signed());
        Self { withdrawn, roots, signed_at, clock_at: now, ..self.clone() }
    }

    /// With what the server said last; its bundle only after it was taken.
    pub fn with(&self, answer: &GateAnswer, now: Instant) -> Self {
        Self {
            kind: answer.point.kind.clone(),
            bundle: answer.bundle.clone(),
            confirmed_at: self.confirmed_at.max(now),
            day_keys: answer
                .day_keys
                .iter()
                .map(|key| SavedKey { day: key.day, secret: key.secret.clone() })
                .collect(),
            status_url: answer.status.url.clone(),
            ..self.clone()
        }
    }
}

fn hex(kid: &KidBytes) -> String {
    format!("{:016x}", u64::from_be_bytes(*kid))
}
