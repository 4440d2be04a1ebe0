//! The collection points of the city. Points of one kind lie round the streets in turn, so that the points of a
//! kind in a street are found by arithmetic, without an index.

use super::draw;
use crate::random::Random;
use healthcode_core::ids::PointId;
use healthcode_core::region::Region;

/// What a collection point is to the people who go there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PointKind {
    /// An enterprise's works.
    Workplace,
    /// An office building with many firms.
    Office,
    /// A school.
    School,
    /// A shop or canteen round the corner.
    Shop,
    /// A market or mall.
    Market,
    /// A pharmacy.
    Pharmacy,
    /// A bus stop or metro station.
    Transport,
}

impl PointKind {
    /// Every kind, in the order in which points are numbered.
    pub const ALL: [Self; 7] = [
        Self::Workplace,
        Self::Office,
        Self::School,
        Self::Shop,
        Self::Market,
        Self::Pharmacy,
        Self::Transport,
    ];

    /// The kind as the platform names it; shops count as markets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Workplace => "enterprise",
            Self::Office => "office",
            Self::School => "school",
            Self::Shop | Self::Market => "market",
            Self::Pharmacy => "pharmacy",
            Self::Transport => "transport",
        }
    }

    /// Residents for each point of the kind, seconds of a usual stay, and the noun in English and Chinese.
    const fn plan(self) -> (u32, u32, &'static str, &'static str) {
        match self {
            Self::Workplace => (40, 4 * 3600, "Works", "工坊"),
            Self::Office => (300, 4 * 3600, "Office Building", "写字楼"),
            Self::School => (600, 4 * 3600, "School", "学校"),
            Self::Shop => (150, 20 * 60, "Shop", "便利店"),
            Self::Market => (1_000, 45 * 60, "Market", "市场"),
            Self::Pharmacy => (1_500, 15 * 60, "Pharmacy", "药房"),
            Self::Transport => (400, 25 * 60, "Stop", "车站"),
        }
    }
}

/// A collection point of the city.
#[derive(Clone, Debug, PartialEq)]
pub struct CityPoint {
    /// Derived from seed and number: 32 hexadecimal digits.
    pub point: PointId,
    /// Its name in English.
    pub name_en: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// What it is.
    pub kind: PointKind,
    /// The street it lies in.
    pub region: Region,
    /// Seconds a visit without a leaving scan is taken to last.
    pub usual_stay_s: u32,
}

/// Things that exist everywhere and belong to nobody.
const NAMES: [(&str, &str); 24] = [
    ("Heron", "白鹭"),
    ("Cedar", "雪松"),
    ("Pebble", "卵石"),
    ("Meadow", "草甸"),
    ("Amber", "琥珀"),
    ("Bamboo", "翠竹"),
    ("Brook", "小溪"),
    ("Cloud", "白云"),
    ("Clover", "三叶"),
    ("Cypress", "柏树"),
    ("Dawn", "晨光"),
    ("Fern", "蕨叶"),
    ("Harbour", "港湾"),
    ("Ivory", "象牙"),
    ("Jasmine", "茉莉"),
    ("Kite", "风筝"),
    ("Lotus", "荷花"),
    ("Maple", "枫叶"),
    ("Orchid", "兰花"),
    ("Pine", "松林"),
    ("Quartz", "石英"),
    ("River", "清河"),
    ("Sparrow", "麻雀"),
    ("Thunder", "春雷"),
];

/// Where the points of each kind begin among all points, and how many there are.
#[derive(Clone, Debug)]
pub(super) struct PointMap {
    first: [u32; 7],
    count: [u32; 7],
    streets: u32,
}

impl PointMap {
    /// At least one point of every kind, and two shops, so that even a hamlet has a choice.
    pub(super) fn new(residents: u32, streets: u32) -> Self {
        let (mut first, mut count, mut next) = ([0; 7], [0; 7], 0);
        for kind in PointKind::ALL {
            let fewest = if kind == PointKind::Shop { 2 } else { 1 };
            count[kind as usize] = (residents / kind.plan().0).max(fewest);
            first[kind as usize] = next;
            next += count[kind as usize];
        }
        Self { first, count, streets }
    }

    /// Makes the points themselves.
    pub(super) fn points(&self, seed: u64, streets: &[Region]) -> Vec<CityPoint> {
        let mut points = Vec::new();
        for kind in PointKind::ALL {
            let numbers = 0..self.count[kind as usize];
            points.extend(numbers.zip(streets.iter().cycle()).map(|(number, street)| {
                let index = self.first[kind as usize] + number;
                point(seed, kind, index, number, street)
            }));
        }
        points
    }

    /// Some point of a kind in a street; any in the city when the street has none.
    pub(super) fn near(&self, kind: PointKind, street: u32, random: &mut Random) -> u32 {
        let (first, count) = (self.first[kind as usize], self.count[kind as usize]);
        if street >= count {
            return self.anywhere(kind, random);
        }
        let here = (count - street).div_ceil(self.streets);
        first + street + random.below(here) * self.streets
    }

    /// Some point of a kind anywhere in the city.
    pub(super) fn anywhere(&self, kind: PointKind, random: &mut Random) -> u32 {
        self.first[kind as usize] + random.below(self.count[kind as usize])
    }

    /// The street in which a point lies.
    pub(super) fn street_of(&self, index: u32) -> u32 {
        let begins = self.first.iter().rev().find(|first| **first <= index).copied().unwrap_or(0);
        (index - begins) % self.streets
    }
}

fn point(seed: u64, kind: PointKind, index: u32, number: u32, street: &Region) -> CityPoint {
    let (_, usual_stay_s, noun_en, noun_zh) = kind.plan();
    let (en, zh) = NAMES[number as usize % NAMES.len()];
    let turn = number as usize / NAMES.len() + 1;
    let (name_en, name_zh) = if turn == 1 {
        (format!("{en} {noun_en}"), format!("{zh}{noun_zh}"))
    } else {
        (format!("{en} {noun_en} No. {turn}"), format!("{zh}第{turn}{noun_zh}"))
    };
    // 32 hexadecimal digits always are an id.
    let point = PointId::new(draw::id_text(seed, draw::POINT, index)).expect("32 digits");
    CityPoint { point, name_en, name_zh, kind, region: street.clone(), usual_stay_s }
}
