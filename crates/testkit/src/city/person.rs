//! A resident as the platform would come to know one: name, identity card, phone, residence. All of it is made up,
//! valid in form, and drawn again from seed and number whenever it is asked for.

use super::draw;
use super::household::{Dweller, Household};
use crate::random::Random;
use healthcode_core::ids::PersonId;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, Phone, check_character};
use healthcode_core::region::Region;
use healthcode_core::time::Day;

/// A resident of the city.
#[derive(Clone, Debug, PartialEq)]
pub struct Resident {
    /// Derived from seed and number: 32 hexadecimal digits.
    pub person: PersonId,
    /// Number of the household, from 0.
    pub household: u32,
    /// A common surname and one or two given characters.
    pub name: PersonName,
    /// An identity card number of a district that does not exist.
    pub document: DocumentNumber,
    /// A mobile number: +86 190 0000 0000 and the resident's number.
    pub phone: Phone,
    /// The street of the home.
    pub residence: Region,
    /// Whole years on the city's day.
    pub age: u8,
}

/// The first six digits of every invented identity card. No such division exists, so that no number made here is
/// anyone's.
const DISTRICT: &str = "330199";

const SURNAMES: [&str; 48] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何",
    "林", "高", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "韩", "冯", "曹", "彭", "曾", "肖", "田",
    "董", "潘", "袁", "蔡", "蒋", "余", "于", "杜", "叶", "程", "魏", "苏", "吕", "丁",
];

const GIVEN: [&str; 48] = [
    "安", "柏", "晨", "川", "丹", "恩", "帆", "芳", "光", "海", "涵", "和", "禾", "华", "嘉", "健", "江",
    "洁", "静", "军", "可", "兰", "岚", "乐", "磊", "林", "玲", "明", "宁", "平", "琪", "青", "清", "然",
    "蓉", "睿", "山", "诗", "思", "涛", "田", "文", "晓", "欣", "雪", "阳", "月", "志",
];

/// Writes out one resident.
pub(super) fn resident(
    seed: u64,
    number: u32,
    dweller: &Dweller,
    home: &Household,
    streets: &[Region],
    today: Day,
) -> Resident {
    let name = name(seed, number, dweller.household, home);
    Resident {
        // 32 hexadecimal digits always are an id.
        person: PersonId::new(draw::id_text(seed, draw::PERSON, number)).expect("32 digits"),
        household: dweller.household,
        name,
        document: identity_card(dweller.born, dweller.sequence),
        phone: phone(19_000_000_000 + u64::from(number)),
        residence: streets[home.street as usize].clone(),
        age: age(dweller.born, today),
    }
}

/// The identity card number of the `sequence`-th birth of a day, 0 to 999, in the district that does not exist.
pub(crate) fn identity_card(born: Day, sequence: u16) -> DocumentNumber {
    let (year, month, day) = born.ymd();
    let body = format!("{DISTRICT}{year:04}{month:02}{day:02}{sequence:03}");
    let text = format!("{body}{}", check_character(&body) as char);
    // Callers give birthdays from 1900 on, and the day of birth is no later than itself.
    DocumentNumber::new(DocumentKind::IdentityCard, &text, born).expect("a valid identity card")
}

/// A mobile number of the mainland; `digits` has eleven of them and begins with 19.
pub(crate) fn phone(digits: u64) -> Phone {
    // Eleven digits that begin with 19 always are a phone number.
    Phone::new(&digits.to_string()).expect("a valid phone number")
}

/// Children and the first elder bear the name of the first adult.
fn name(seed: u64, number: u32, household: u32, home: &Household) -> PersonName {
    let mut family = Random::stream(seed, &[draw::HOUSEHOLD, u64::from(household)]);
    let mut own = Random::stream(seed, &[draw::NAME, u64::from(number)]);
    let married_in = matches!(number - home.first, 1 | 5);
    let surname = if married_in { own.pick(&SURNAMES) } else { family.pick(&SURNAMES) };
    let mut text = surname.copied().unwrap_or_default().to_owned();
    for _ in 0..1 + u32::from(own.chance(70)) {
        text.push_str(own.pick(&GIVEN).copied().unwrap_or_default());
    }
    // Two or three characters always are a name: neither list is empty.
    PersonName::new(&text).expect("a valid name")
}

/// Whole years from birthday to birthday.
pub(crate) fn age(born: Day, today: Day) -> u8 {
    let ((born_year, born_month, born_day), (year, month, day)) = (born.ymd(), today.ymd());
    let before_birthday = (month, day) < (born_month, born_day);
    u8::try_from(year - born_year - i32::from(before_birthday)).unwrap_or(0)
}
