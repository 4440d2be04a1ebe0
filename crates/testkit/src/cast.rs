//! The cast of demonstrations and tests: Alice falls ill, Bob sat beside her, Charlie must learn nothing. None of
//! them is ever among the residents of a [city](crate::city): identity cards from sequence number 900 on and phone
//! numbers from +86 199 on are theirs alone.

use crate::city::draw;
use crate::city::person::{age, identity_card, phone};
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentNumber, PersonName, Phone};
use healthcode_core::region::Region;
use healthcode_core::time::Day;

/// One of the cast.
#[derive(Clone, Debug, PartialEq)]
pub struct CastMember {
    /// 32 hexadecimal digits, always the same.
    pub person: PersonId,
    /// What tests and English pages call them.
    pub name_en: &'static str,
    /// The name on the identity card.
    pub name: PersonName,
    /// An identity card number of a district that does not exist.
    pub document: DocumentNumber,
    /// +86 199 0000 0001 and so on.
    pub phone: Phone,
    /// A street of the demo city.
    pub residence: Region,
    /// Day of birth, the one in the identity card number.
    pub born: Day,
}

impl CastMember {
    /// Whole years on a day; 0 before birth.
    pub fn age_on(&self, day: Day) -> u8 {
        age(self.born, day)
    }
}

/// Alice, 李爱丽, of the first street.
pub fn alice() -> CastMember {
    member(1, "Alice", "李爱丽", (1988, 3, 14), "330106901")
}

/// Bob, 王博, of the second street.
pub fn bob() -> CastMember {
    member(2, "Bob", "王博", (1985, 10, 2), "330106902")
}

/// Charlie, 陈查理, of the third street.
pub fn charlie() -> CastMember {
    member(3, "Charlie", "陈查理", (1992, 7, 21), "330106903")
}

/// Somebody who was there, too: 1 to 80.
pub fn bystander(number: u16) -> CastMember {
    member(10 + number, "Bystander", "赵路人", (1990, 1, 1), "330106901")
}

/// All of them, in order of the alphabet.
pub fn cast() -> [CastMember; 3] {
    [alice(), bob(), charlie()]
}

fn member(
    number: u16,
    name_en: &'static str,
    name: &str,
    (year, month, day): (i16, i8, i8),
    street: &str,
) -> CastMember {
    // Names, birthdays and streets are written above, and a test reads each of them.
    let born = Day::from_ymd(year, month, day).expect("a birthday");
    CastMember {
        person: PersonId::new(draw::id_text(0, draw::CAST, u32::from(number))).expect("an id"),
        name_en,
        name: PersonName::new(name).expect("a name"),
        document: identity_card(born, 900 + number),
        phone: phone(19_900_000_000 + u64::from(number)),
        residence: Region::new(street).expect("a street"),
        born,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use healthcode_core::region_table::RegionTable;

    #[test]
    fn everyone_is_someone_else_and_lives_in_a_street_of_the_demo_city() {
        let (all, regions) = (cast(), RegionTable::built_in());
        for (at, member) in all.iter().enumerate() {
            assert!(regions.contains(&member.residence), "{}", member.name_en);
            for other in &all[..at] {
                assert_ne!(member.person, other.person);
                assert_ne!(member.document, other.document);
                assert_ne!(member.phone, other.phone);
            }
        }
        assert_eq!(all.map(|member| member.name.expose().to_owned()), ["李爱丽", "王博", "陈查理"]);
    }

    #[test]
    fn an_age_counts_whole_years() {
        let on = |text: &str| alice().age_on(Day::parse(text).unwrap());
        assert_eq!((on("2020-03-13"), on("2020-03-14"), on("1980-01-01")), (31, 32, 0));
    }
}
