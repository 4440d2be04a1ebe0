//! Looking many keys up at once. Each is found by reading a node and then visits, which lie in memory that is far away:
//! a processor waits for each about as long as it takes to look at a hundred visits. Where all nodes are read one right
//! behind the other, and then the beginnings of all visits, it waits for many at the same time.

use super::day_index::{DayIndex, Order};
use super::keys::{Cursor, Near};
use super::pages::Damaged;
use std::hint::black_box;

/// A key in an index, and where its visits begin.
pub(super) struct Sought<'a, B> {
    pub index: &'a DayIndex<B>,
    /// A person, or a place.
    pub whom: u32,
    pub cursor: Cursor,
}

/// Finds people, or places, each in an index; in the order in which they are asked for.
pub(super) fn seek_all<'a, B: AsRef<[u8]>>(
    order: Order,
    asked: impl Iterator<Item = (&'a DayIndex<B>, u32)>,
) -> Result<Vec<Sought<'a, B>>, Damaged> {
    let near = |(index, whom): (&'a DayIndex<B>, u32)| Ok((index, whom, index.near(order, whom)?));
    let near: Vec<(&DayIndex<B>, u32, Near)> = asked.map(near).collect::<Result<_, Damaged>>()?;
    wait_once(near.iter().map(|(index, _, near)| index.touch_node(order, *near)));
    let seek = |(index, whom, near)| {
        let cursor = DayIndex::seek(index, order, near)?;
        Ok(Sought { index, whom, cursor })
    };
    let sought: Vec<Sought<'_, B>> = near.into_iter().map(seek).collect::<Result<_, Damaged>>()?;
    wait_once(sought.iter().map(|sought| sought.index.touch_visits(order, sought.cursor)));
    Ok(sought)
}

/// Reads what each item reads, with nothing in between. The sum is of no use; it keeps the reading from being left out.
fn wait_once(reads: impl Iterator<Item = u32>) {
    black_box(reads.fold(0_u32, u32::wrapping_add));
}
