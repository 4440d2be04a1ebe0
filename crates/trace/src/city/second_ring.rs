//! The contacts of contacts.

use super::contacts::CityContact;
use super::pages::Damaged;
use super::presence::{Asked, Presence};
use super::together::Gathered;
use healthcode_core::time::{Instant, Interval};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Close contacts that one core goes through at least, before another helps: starting it takes as long as a few.
const WORTH_A_THREAD: usize = 12;
/// The most threads; no result depends on their number.
const MOST_THREADS: usize = 8;

/// A contact of a contact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Secondary {
    /// The close contact whom the person met after that one had met the case.
    pub through: u32,
    /// What they shared.
    pub contact: CityContact,
}

/// What the close contacts of one person are asked.
struct Ring<'a, B> {
    presence: &'a Presence<B>,
    person: u32,
    close: &'a [CityContact],
    until: i64,
    asked: Asked<'a>,
}

impl<B: AsRef<[u8]> + Sync> Presence<B> {
    /// The contacts of the close contacts `close` of `person`, in order of time only: each close contact counts from
    /// the first second that she shared with the case, to `until` (seconds since 1970). The case and the close
    /// contacts themselves are left out. Places that the cap takes out are left out. Works on all cores.
    pub fn second_ring(
        &self,
        person: u32,
        close: &[CityContact],
        until: i64,
        asked: Asked<'_>,
    ) -> Result<Vec<Secondary>, Damaged> {
        let people: Vec<&[CityContact]> = close.chunk_by(|a, b| a.person == b.person).collect();
        let ring = Ring { presence: self, person, close, until, asked };
        let cores = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
        let threads = cores.min(people.len() / WORTH_A_THREAD);
        let next = AtomicUsize::new(0);
        let mut found = thread::scope(|scope| {
            let helpers: Vec<_> =
                (1..threads).map(|_| scope.spawn(|| ring.of_people(&people, &next))).collect();
            let mut found = ring.of_people(&people, &next)?;
            for helper in helpers {
                match helper.join() {
                    Ok(theirs) => found.append(&mut theirs?),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            Ok(found)
        })?;
        // What each thread found is in order.
        found.sort_by_key(|row| (row.contact, row.through));
        Ok(found)
    }
}

impl<B: AsRef<[u8]>> Ring<'_, B> {
    /// Takes one of the people after the other, until all are taken.
    fn of_people(&self, people: &[&[CityContact]], next: &AtomicUsize) -> Result<Vec<Secondary>, Damaged> {
        let (mut found, mut gathered) = (Vec::new(), Gathered::default());
        let is_close = |who: u32| self.close.binary_search_by_key(&who, |contact| contact.person).is_ok();
        while let Some(hers) = people.get(next.fetch_add(1, Ordering::Relaxed)) {
            let through = hers[0].person;
            let first = hers.iter().map(|contact| contact.first).min().unwrap_or(self.until);
            let at = Instant::from_seconds;
            let windows = [Interval { from: at(first), until: at(self.until) }];
            let asked = Asked { windows: &windows, ..self.asked };
            let theirs = self.presence.below_cap(&mut gathered, through, asked)?;
            let others = theirs.into_iter().filter(|row| row.person != self.person && !is_close(row.person));
            found.extend(others.map(|contact| Secondary { through, contact }));
        }
        found.sort_unstable_by_key(|row| (row.contact, row.through));
        Ok(found)
    }
}
