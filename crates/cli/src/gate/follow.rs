//! Follows the region's files once a minute, and delivers what was kept. Whatever fails is told once and tried again.

use super::deliver::deliver_all;
use super::folder::{files, forget_before, name};
use super::server::{Latest, Trouble};
use super::station::Station;
use healthcode_core::time::Instant;
use healthcode_credential::status::follower::Follower;
use healthcode_credential::status::seal::open;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Seconds between two rounds: these and up to 30 more, so that gates do not come all at once.
const ROUND_SECONDS: u64 = 45;
/// Seconds after which the bundle and the day keys are asked for again, though nothing calls for it.
const ASK_AGAIN_SECONDS: i64 = 900;
/// A gate that missed more deltas takes the newest snapshot instead.
const MOST_DELTAS: u64 = 120;

/// What ends the wait between two rounds.
pub enum Wake {
    /// There are new files.
    Files,
    /// No codes come any more.
    End,
}

/// What the follower remembers between two rounds.
#[derive(Default)]
pub struct Follow {
    /// When the server was last asked for bundle and keys.
    asked_at: Option<Instant>,
    /// What was told last of following and of delivering, so that it is not told every minute.
    told: String,
    told_of_scans: String,
}

impl Follow {
    /// Follows until told to end; delivers a last time then.
    pub fn until(mut self, station: &Station, woken: &Receiver<Wake>) {
        loop {
            self.round(station);
            let jitter = u64::from(station.clock.bytes::<1>()[0]) * 30 / 255;
            match woken.recv_timeout(Duration::from_secs(ROUND_SECONDS + jitter)) {
                Ok(Wake::Files) | Err(RecvTimeoutError::Timeout) => {}
                Ok(Wake::End) | Err(RecvTimeoutError::Disconnected) => return self.deliver(station),
            }
        }
    }

    /// One round: bundle and keys where they are due, status files, and delivery.
    pub fn round(&mut self, station: &Station) {
        // Status files need no session, and no newer bundle: one goes on without the other.
        let asked = self.ask(station);
        let followed = self.files(station);
        station.take_urgent();
        self.tell(asked.and(followed));
        self.deliver(station);
        let now = station.clock.now();
        let saved = station.saved().as_of(&station.gate(), now);
        if let Err(fault) = station.home.save(&saved) {
            eprintln!("{fault}");
        }
        *station.saved() = saved;
    }

    fn tell(&mut self, outcome: Result<(), String>) {
        match outcome {
            Ok(()) if self.told.is_empty() => {}
            Ok(()) => {
                eprintln!("the gate follows again");
                self.told.clear();
            }
            Err(problem) if problem == self.told => {}
            Err(problem) => {
                eprintln!("{problem}; the gate decides by what it holds, for a day at most");
                self.told = problem;
            }
        }
    }

    /// Asks for bundle, day keys and time, where they are due.
    fn ask(&mut self, station: &Station) -> Result<(), String> {
        let now = station.clock.now();
        let newer = {
            let gate = station.gate();
            let version = gate.bundle().contents().version;
            gate.colours().is_none_or(|colours| colours.bundle() > version)
        };
        let due = self.asked_at.is_none_or(|at| (now.seconds() - at.seconds()).abs() >= ASK_AGAIN_SECONDS);
        if !newer && !due {
            return Ok(());
        }
        let answer = station.server.gate();
        station.reached.store(answer.is_ok(), Ordering::Relaxed);
        let answer = answer.map_err(|trouble| trouble.to_string())?;
        let now = station.clock.now();
        let saved = {
            let mut gate = station.gate();
            gate.compare_clock(now, answer.server_time);
            let bundle = gate.bundle().follow(&answer.bundle_file());
            gate.take_bundle(bundle.map_err(|fault| format!("{fault} [{}]", fault.code()))?, now);
            station.saved().with(&answer, now).as_of(&gate, now)
        };
        station.home.save(&saved).map_err(|fault| fault.to_string())?;
        *station.saved() = saved;
        self.asked_at = Some(now);
        Ok(())
    }

    /// Takes the status files that are new.
    fn files(&mut self, station: &Station) -> Result<(), String> {
        let place = station.saved().status_url.clone();
        let latest = station.server.latest(&place);
        station.reached.store(!matches!(latest, Err(Trouble::Away(_))), Ordering::Relaxed);
        let latest = latest.map_err(|trouble| trouble.to_string())?;
        let known = station.gate().colours().map(|colours| colours.number());
        match known {
            Some(known) if latest.number.saturating_sub(known) <= MOST_DELTAS => {
                let missed = self.deltas(station, &place, known, latest);
                missed.or_else(|why| {
                    // What lies between is gone, or the line forks: a newer snapshot mends either.
                    self.snapshot(station, &place, latest)
                        .map_err(|other| if latest.snapshot > known { other } else { why })
                })
            }
            _ => self.snapshot(station, &place, latest),
        }
    }

    fn deltas(&self, station: &Station, place: &str, known: u64, latest: Latest) -> Result<(), String> {
        for number in known + 1..=latest.number {
            self.take(station, place, "delta", number)?;
        }
        self.shorten(station, place, latest)
    }

    /// Keeps a newer snapshot for the next start in place of what it stands for, once many deltas lie behind it. It must lead to
    /// the same place.
    fn shorten(&self, station: &Station, place: &str, latest: Latest) -> Result<(), String> {
        let kept =
            files(&station.home).iter().rev().find(|(is_snapshot, ..)| *is_snapshot).map(|file| file.1);
        let known = station.gate().colours().map(|colours| (colours.number(), colours.link()));
        let Some((number, link)) = known.filter(|(known, _)| latest.snapshot <= *known) else {
            return Ok(());
        };
        if kept.is_none_or(|kept| latest.snapshot < kept + MOST_DELTAS) {
            return Ok(());
        }
        let file = station
            .server
            .status(place, "snapshot", latest.snapshot)
            .map_err(|trouble| trouble.to_string())?;
        let keys = station.saved().day_keys();
        let trust = station.gate().trust().clone();
        let read = |file: &[u8]| open(file, &keys, &trust).ok();
        let again = read(&file).and_then(|news| {
            let mut again = Follower::begin(&news.news().region, &news).ok()?;
            for number in latest.snapshot + 1..=number {
                let delta = std::fs::read(station.home.path(&name("delta", number))).ok()?;
                again.take(&read(&delta)?).ok()?;
            }
            Some(again)
        });
        if again.is_none_or(|again| again.link() != link) {
            return Err(format!(
                "snapshot {} leads elsewhere than the deltas do; tell the health authority",
                latest.snapshot
            ));
        }
        station.home.write(&name("snapshot", latest.snapshot), &file).map_err(|fault| fault.to_string())?;
        forget_before(&station.home, latest.snapshot);
        Ok(())
    }

    fn snapshot(&self, station: &Station, place: &str, latest: Latest) -> Result<(), String> {
        self.take(station, place, "snapshot", latest.snapshot)?;
        forget_before(&station.home, latest.snapshot);
        self.deltas(station, place, latest.snapshot, latest)
    }

    /// Fetches a file and takes it; it is kept for the next start.
    fn take(&self, station: &Station, place: &str, kind: &str, number: u64) -> Result<(), String> {
        let file = station.server.status(place, kind, number).map_err(|trouble| trouble.to_string())?;
        let keys = station.saved().day_keys();
        let trust = station.gate().trust().clone();
        // Opened beside the door, not in its way.
        let news = open(&file, &keys, &trust).map_err(|fault| format!("{fault} [{}]", fault.code()))?;
        station.gate().take(&news).map_err(|fault| format!("{fault} [{}]", fault.code()))?;
        station.home.write(&name(kind, number), &file).map_err(|fault| fault.to_string())
    }

    /// Delivers what waits, and tells once why it goes on waiting.
    pub fn deliver(&mut self, station: &Station) {
        let told = deliver_all(station).err().unwrap_or_default();
        if !told.is_empty() && told != self.told_of_scans {
            eprintln!("{told}");
        }
        self.told_of_scans = told;
    }
}
