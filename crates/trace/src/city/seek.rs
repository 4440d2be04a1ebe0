//! Looking many people or places up at once. Each is found by reading a node and then visits, which lie in memory that is
//! far away: a processor waits for each about as long as it takes to look at a hundred visits. Where all nodes are read one
//! right behind the other, and then the beginnings of all visits, it waits for many at the same time. At a busy place the
//! beginning is not what is asked for next, and nothing is won.

use super::day_index::{DayIndex, Order, Run};
use super::keys::Cursor;
use super::pages::Damaged;
use crate::visit::Grade;

/// Somebody in an index, or a place, and where the visits begin.
struct Sought<'a, B> {
    index: &'a DayIndex<B>,
    whom: u32,
    cursor: Cursor,
}

/// A person in an index.
pub(super) struct SoughtPerson<'a, B>(Sought<'a, B>);

/// A place in an index.
pub(super) struct SoughtPlace<'a, B>(Sought<'a, B>);

/// Finds people, each in an index; in the order in which they are asked for.
pub(super) fn seek_people<'a, B: AsRef<[u8]>>(
    asked: impl Iterator<Item = (&'a DayIndex<B>, u32)>,
) -> Result<Vec<SoughtPerson<'a, B>>, Damaged> {
    Ok(seek_all(Order::People, asked)?.into_iter().map(SoughtPerson).collect())
}

/// Finds places, each in an index; in the order in which they are asked for.
pub(super) fn seek_places<'a, B: AsRef<[u8]>>(
    asked: impl Iterator<Item = (&'a DayIndex<B>, u32)>,
) -> Result<Vec<SoughtPlace<'a, B>>, Damaged> {
    Ok(seek_all(Order::Places, asked)?.into_iter().map(SoughtPlace).collect())
}

fn seek_all<'a, B: AsRef<[u8]>>(
    order: Order,
    asked: impl Iterator<Item = (&'a DayIndex<B>, u32)>,
) -> Result<Vec<Sought<'a, B>>, Damaged> {
    let near = |(index, whom): (&'a DayIndex<B>, u32)| {
        let (keys, pages) = index.lists(order);
        Ok((index, whom, keys, keys.near(pages, order.key(whom))?))
    };
    let near = asked.map(near).collect::<Result<Vec<_>, Damaged>>()?;
    near.iter().for_each(|(index, _, keys, near)| keys.touch_node(index.lists(order).1, *near));
    let seek = |(index, whom, keys, near): (&'a DayIndex<B>, _, super::keys::Keys, _)| {
        Ok((Sought { index, whom, cursor: keys.seek(index.lists(order).1, near)? }, keys))
    };
    let sought = near.into_iter().map(seek).collect::<Result<Vec<_>, Damaged>>()?;
    sought.iter().for_each(|(sought, keys)| keys.touch_visits(sought.index.lists(order).1, sought.cursor));
    Ok(sought.into_iter().map(|(sought, _)| sought).collect())
}

impl<'a, B: AsRef<[u8]>> SoughtPerson<'a, B> {
    /// In which index.
    pub fn index(&self) -> &'a DayIndex<B> {
        self.0.index
    }

    /// Who.
    pub fn person(&self) -> u32 {
        self.0.whom
    }

    /// The visits: place, start, end.
    pub fn visits(&self, weakest: Grade, what: impl FnMut(u32, u32, u32)) -> Result<(), Damaged> {
        self.0.index.of_person(self.0.whom, self.0.cursor, weakest, what)
    }
}

impl<'a, B: AsRef<[u8]>> SoughtPlace<'a, B> {
    /// In which index.
    pub fn index(&self) -> &'a DayIndex<B> {
        self.0.index
    }

    /// Which.
    pub fn place(&self) -> u32 {
        self.0.whom
    }

    /// The runs in which some may share time with a span of the day.
    pub fn runs(&self, span: (u32, u32), what: impl FnMut(Run)) -> Result<(), Damaged> {
        self.0.index.runs_at(self.0.whom, self.0.cursor, span, what)
    }
}
