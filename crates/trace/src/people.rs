//! The people of visits, numbered late. Looking somebody up among a million others costs more than reading the rest of
//! the row, and most visits turn out to share no time with a case: so only cases are known at once, and the ids of all
//! others wait as text until it is known whose are needed.

use crate::names::Names;

/// Bytes of ids that wait, at most; then those who wait are numbered all the same.
const MOST_WAITING: usize = 256 << 20;

/// People of one thread. A person is a number below that of cases, or one that [`People::settle`] knows.
#[derive(Clone)]
pub(crate) struct People {
    /// Few, looked up for every row.
    cases: Names,
    /// Those who have a number; begins with the cases.
    named: Names,
    waiting: String,
    ends: Vec<u32>,
}

impl People {
    /// The cases keep their numbers.
    pub fn of_cases(cases: Names) -> Self {
        Self { named: cases.clone(), cases, waiting: String::new(), ends: Vec::new() }
    }

    /// A case's number, or where the person waits.
    pub fn read(&mut self, id: &str) -> u32 {
        self.cases.find(id).unwrap_or_else(|| {
            // Fewer wait than bytes, and those are far fewer than numbers.
            let person = (self.cases.len() + self.ends.len()) as u32;
            self.waiting.push_str(id);
            self.ends.push(self.waiting.len() as u32);
            person
        })
    }

    /// Whether those who wait must be settled now.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_WAITING
    }

    /// The number for good of what [`People::read`] gave; `None` when four thousand million are taken.
    pub fn settle(&mut self, person: u32) -> Option<u32> {
        match (person as usize).checked_sub(self.cases.len()) {
            None => Some(person),
            Some(at) => {
                let start = if at == 0 { 0 } else { self.ends[at - 1] };
                self.named.number(&self.waiting[start as usize..self.ends[at] as usize])
            }
        }
    }

    /// Nobody waits any more: all who are needed were settled.
    pub fn let_go(&mut self) {
        self.waiting.clear();
        self.ends.clear();
    }

    /// Those who were settled.
    pub fn into_names(self) -> Names {
        self.named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_known_at_once_and_others_once_they_are_settled() {
        let mut cases = Names::new();
        cases.number("c");
        let mut people = People::of_cases(cases);
        let read: Vec<u32> = ["p", "c", "q", "p"].map(|id| people.read(id)).to_vec();
        assert_eq!(read, [1, 0, 2, 3]);
        let settled: Vec<_> = [3, 0, 1].map(|person| people.settle(person)).to_vec();
        assert_eq!(settled, [Some(1), Some(0), Some(1)]);
        people.let_go();
        let again = people.read("q");
        assert_eq!(people.settle(again), Some(2), "numbers go on");
        let names = people.into_names();
        assert_eq!((names.len(), names.text(0), names.text(2)), (3, "c", "q"));
    }
}
