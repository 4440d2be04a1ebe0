//! The home of a day: batches of visits, one behind the other, each with its checksum.
//!
//! A batch is a head of sixteen bytes (`hcv1`, number of visits, CRC-32 of the visits, CRC-32 of the head) and
//! sixteen bytes a visit: person, place, start with the grade in its two highest bits, end; all little-endian.

use super::day_visit::{DayVisit, grade_code, grade_of};
use super::pages::{Damaged, word};

/// Bytes of a visit, and of the head of a batch.
pub const RECORD_BYTES: usize = 16;
/// The most visits of one batch.
pub const MOST_IN_BATCH: usize = 1 << 20;

const MAGIC: u32 = u32::from_le_bytes(*b"hcv1");

/// Appends the bytes of a batch; visits that are not sound or beyond [`MOST_IN_BATCH`] are the caller's mistake and
/// are left out. Nothing is written for no visits.
pub fn write_batch(visits: &[DayVisit], out: &mut Vec<u8>) {
    let head = out.len();
    out.resize(head + RECORD_BYTES, 0);
    let mut count = 0_u32;
    for visit in visits.iter().filter(|visit| visit.is_sound()).take(MOST_IN_BATCH) {
        let from = visit.from | grade_code(visit.grade) << 30;
        for value in [visit.person, visit.place, from, visit.until] {
            out.extend_from_slice(&value.to_le_bytes());
        }
        count += 1;
    }
    if count == 0 {
        return out.truncate(head);
    }
    let sum = crc32fast::hash(&out[head + RECORD_BYTES..]);
    for (at, value) in [MAGIC, count, sum].into_iter().enumerate() {
        out[head + at * 4..][..4].copy_from_slice(&value.to_le_bytes());
    }
    let sum = crc32fast::hash(&out[head..head + 12]);
    out[head + 12..][..4].copy_from_slice(&sum.to_le_bytes());
}

/// Reads the visits of all whole batches in order, and returns the length in bytes of those batches.
///
/// What follows the last whole batch is what a crash left of a write that nobody was told had succeeded; cut it off
/// before appending. A batch that is not whole and has a whole one behind it is damage.
pub fn read_batches(bytes: &[u8], each: &mut impl FnMut(DayVisit)) -> Result<usize, Damaged> {
    let mut at = 0;
    while let Some(records) = whole_batch(&bytes[at..]) {
        for record in records.chunks_exact(RECORD_BYTES) {
            each(read_record(record).ok_or(Damaged { what: "a visit of the home", at })?);
        }
        at += RECORD_BYTES + records.len();
    }
    let later = (at + 1..bytes.len()).filter(|at| bytes[*at..].starts_with(&MAGIC.to_le_bytes()));
    match later.into_iter().find(|at| whole_batch(&bytes[*at..]).is_some()) {
        Some(_) => Err(Damaged { what: "a batch of the home", at }),
        None => Ok(at),
    }
}

/// The records of the batch that begins here, when it is whole.
fn whole_batch(bytes: &[u8]) -> Option<&[u8]> {
    let head = bytes.get(..RECORD_BYTES)?;
    let count = word(head, 1) as usize;
    if word(head, 0) != MAGIC || word(head, 3) != crc32fast::hash(&head[..12]) || count > MOST_IN_BATCH {
        return None;
    }
    let records = bytes.get(RECORD_BYTES..(count + 1) * RECORD_BYTES)?;
    (crc32fast::hash(records) == word(head, 2)).then_some(records)
}

fn read_record(record: &[u8]) -> Option<DayVisit> {
    let from = word(record, 2);
    let visit = DayVisit {
        person: word(record, 0),
        place: word(record, 1),
        from: from & 0x3FFF_FFFF,
        until: word(record, 3),
        grade: grade_of(from >> 30),
    };
    (visit.is_sound() && from >> 30 < 3).then_some(visit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visit::Grade;
    use proptest::prelude::*;

    fn visit(person: u32) -> DayVisit {
        DayVisit { person, place: 7, from: person, until: 86_400, grade: Grade::Witnessed }
    }

    /// Three batches of 1, 2 and 3 visits.
    fn home() -> Vec<u8> {
        let mut bytes = Vec::new();
        for count in 1..=3 {
            write_batch(&(0..count).map(visit).collect::<Vec<_>>(), &mut bytes);
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Result<(usize, Vec<DayVisit>), Damaged> {
        let mut found = Vec::new();
        read_batches(bytes, &mut |visit| found.push(visit)).map(|whole| (whole, found))
    }

    #[test]
    fn visits_come_out_in_the_order_they_went_in() {
        let (whole, found) = read(&home()).unwrap();
        assert_eq!(whole, 9 * RECORD_BYTES);
        assert_eq!(found.iter().map(|visit| visit.person).collect::<Vec<_>>(), [0, 0, 1, 0, 1, 2]);
        assert_eq!(found[5], visit(2));
        let mut nothing = Vec::new();
        write_batch(&[], &mut nothing);
        write_batch(&[DayVisit { until: 0, ..visit(1) }], &mut nothing);
        assert_eq!(nothing, [0; 0]);
    }

    #[test]
    fn a_home_cut_anywhere_gives_its_whole_batches() {
        let bytes = home();
        for length in 0..=bytes.len() {
            let (whole, found) = read(&bytes[..length]).unwrap();
            let batches = [0, 2, 5, 9].into_iter().filter(|end| end * RECORD_BYTES <= length);
            assert_eq!(whole, batches.max().unwrap() * RECORD_BYTES);
            assert_eq!(found.len(), [0, 0, 1, 1, 1, 3, 3, 3, 3, 6][whole / RECORD_BYTES]);
        }
    }

    #[test]
    fn a_changed_byte_before_a_whole_batch_is_damage_and_in_the_last_one_a_torn_end() {
        let bytes = home();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let last = at >= 5 * RECORD_BYTES;
            assert_eq!(read(&changed).map(|(whole, _)| whole).ok(), last.then_some(5 * RECORD_BYTES), "{at}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), count in any::<u32>()) {
            let _ = read(&bytes);
            let mut head = Vec::new();
            write_batch(&[visit(1)], &mut head);
            head[4..8].copy_from_slice(&count.to_le_bytes());
            let sum = crc32fast::hash(&head[..12]);
            head[12..16].copy_from_slice(&sum.to_le_bytes());
            head.extend(&bytes);
            let _ = read(&head);
        }
    }
}
