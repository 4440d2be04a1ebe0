//! Making the index of a day from its visits.

use super::crowds::Crowds;
use super::day_index::DayIndex;
use super::day_visit::{DayVisit, Packed, pack};
use super::keys::Keys;
use super::kind::Kind;
use super::pages::Pages;
use super::shape::{BLOCK, HEAD, Of, Shape, VISIT};

impl DayIndex<Vec<u8>> {
    /// Sorts visits of one day; those that are not sound are left out. `covered` is how much of the day's home they
    /// are, for whoever keeps the files. At most 4,294,967,295 visits.
    pub fn build(day: i32, covered: u64, mut visits: Vec<DayVisit>) -> Self {
        visits.retain(DayVisit::is_sound);
        visits.truncate(u32::MAX as usize);
        visits.sort_unstable_by_key(|v| (v.person, pack(v.from, v.until, v.grade, v.place)));
        let mut by_place = by_place(&visits);
        by_place.sort_unstable();
        let mut bytes = Vec::with_capacity(HEAD + (2 * VISIT + 8) * visits.len());
        bytes.resize(HEAD, 0);
        by_place.iter().for_each(|(_, packed)| bytes.extend_from_slice(&packed.to_le_bytes()));
        let by_person = visits.iter().map(|v| pack(v.from, v.until, v.grade, v.place));
        by_person.for_each(|packed| bytes.extend_from_slice(&packed.to_le_bytes()));
        let starts = by_place.iter().step_by(BLOCK).map(|(_, packed)| half(Packed::read(*packed).from));
        starts.for_each(|start| bytes.extend_from_slice(&start.to_le_bytes()));
        let places = Keys::write(by_place.iter().map(|(key, _)| *key), &mut bytes);
        let of_place = by_place.chunk_by(|a, b| Kind::read(a.0).0 == Kind::read(b.0).0).map(|there| {
            (Kind::read(there[0].0).0, there.iter().map(|(_, packed)| Packed::read(*packed).other))
        });
        let mut sets = Vec::new();
        let (busy, words) = Crowds::write(of_place, &mut sets);
        // As large as the visits themselves, and done with.
        drop(by_place);
        let people = Keys::write(visits.iter().map(|visit| visit.person), &mut bytes);
        bytes.append(&mut sets);
        let (shape, of) = (Shape { visits: visits.len(), places, people, busy, words }, Of { day, covered });
        shape.finish(&mut bytes, of);
        Self { pages: Pages::new(bytes, HEAD..HEAD + shape.body()), shape, of }
    }

    /// The bytes, to be written to a file.
    pub fn into_bytes(self) -> Vec<u8> {
        self.pages.into_bytes()
    }

    /// The same over another kind of bytes, into which `into` must only move them.
    pub fn map_bytes<B: AsRef<[u8]>>(self, into: impl FnOnce(Vec<u8>) -> B) -> DayIndex<B> {
        let Self { pages, shape, of } = self;
        DayIndex { pages: pages.map_bytes(into), shape, of }
    }
}

/// Half of a second of a day, which fits.
fn half(second: u32) -> u16 {
    (second / 2) as u16
}

/// Place and kind, and the rest of each of these visits, which are ordered by person.
fn by_place(visits: &[DayVisit]) -> Vec<(u32, u64)> {
    let mut sorted = Vec::with_capacity(visits.len());
    let mut places = Vec::new();
    for hers in visits.chunk_by(|a, b| a.person == b.person) {
        places.clear();
        places.extend(hers.iter().map(|visit| visit.place));
        places.sort_unstable();
        for visit in hers {
            let first = places.partition_point(|place| *place < visit.place);
            let again = places.get(first + 1) == Some(&visit.place);
            let key = Kind::of(visit.until - visit.from, again).key(visit.place);
            sorted.push((key, pack(visit.from, visit.until, visit.grade, visit.person)));
        }
    }
    sorted
}
