//! The only read of the system clock and the only source of chance. Everything else takes both as arguments.

use aws_lc_rs::rand;
use healthcode_core::time::Instant;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};

/// Where time and chance come from.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    /// Microseconds by which the clock was moved forward; only the demo and tests move it.
    forward: AtomicI64,
}

#[derive(Debug)]
enum Source {
    /// The machine.
    System,
    /// A clock that stands still until it is moved, and seeded chance.
    Seeded { start: Instant, state: Mutex<u64> },
}

impl Clock {
    /// The machine's clock and chance.
    pub fn system() -> Self {
        Self { source: Source::System, forward: AtomicI64::new(0) }
    }

    /// A clock that stands at `start` until it is moved; chance follows from `seed`. For tests.
    pub fn seeded(start: Instant, seed: u64) -> Self {
        Self { source: Source::Seeded { start, state: Mutex::new(seed) }, forward: AtomicI64::new(0) }
    }

    /// What time it is.
    #[allow(clippy::disallowed_methods, reason = "the one place where the system clock is read")]
    pub fn now(&self) -> Instant {
        let base = match &self.source {
            Source::System => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                // A machine clock before 1970 is read as 1970; `doctor` says so.
                since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX / 2))
            }
            Source::Seeded { start, .. } => start.micros(),
        };
        Instant::from_micros(base + self.forward.load(Ordering::SeqCst))
    }

    /// Moves the clock forward; it never goes back.
    pub fn forward(&self, seconds: u32) {
        self.forward.fetch_add(i64::from(seconds) * 1_000_000, Ordering::SeqCst);
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        match &self.source {
            // The operating system's generator does not fail once the process runs; were it to, going on with known
            // bytes would be worse than stopping.
            Source::System => {
                assert!(rand::fill(&mut bytes).is_ok(), "the operating system gives no random bytes")
            }
            Source::Seeded { state, .. } => {
                let mut state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&split_mix(&mut state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
        bytes
    }

    /// A random 128-bit name, as 32 hexadecimal digits.
    pub fn random_name(&self) -> String {
        hex(&self.bytes::<16>())
    }

    /// A name that sorts by time (UUIDv7), as 32 hexadecimal digits.
    pub fn name_at(&self, at: Instant) -> String {
        let millis = u64::try_from(at.micros() / 1000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>())
            .into_uuid()
            .simple()
            .to_string()
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// SplitMix64 (Steele, Lea, Flood 2014): good enough for tests, never used with the machine's clock.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
