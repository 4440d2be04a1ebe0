//! Letters about an order of isolation: the order, its last change, and the certificate that it has ended. What a letter
//! says is put together here; how it becomes a PDF, in `sheet`.

mod line;
mod sheet;
mod words;

use healthcode_core::region_table::Language;
use healthcode_core::time::{Day, Instant, Zone};
use healthcode_store::quarantines::{Order, OrderChange};
use serde::Deserialize;
use sheet::{About, Part, Sheet};
use words::Said;

/// Which letter.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The order as it stands.
    Order,
    /// Its last change, with what was there before.
    Change,
    /// That it has ended and the rules have let go.
    Release,
}

/// Everything that a letter says.
pub(crate) struct Letter<'a> {
    pub kind: Kind,
    pub order: &'a Order,
    /// Where exactly it is spent.
    pub address: Option<String>,
    /// The last change, with the label of who made it.
    pub change: Option<(&'a OrderChange, Option<String>)>,
    pub masked_name: String,
    pub last_four: String,
    /// The label of who ordered it; none for whom that is not shown.
    pub ordered_by: Option<String>,
    /// The region whose authority answers, by language.
    pub authority: [String; 2],
    /// The rules that decide now.
    pub rule_set: String,
    /// Days on which the rules ask for a test.
    pub tests: Vec<Day>,
    pub zone: &'a Zone,
    pub at: Instant,
}

fn day(day: Day, language: Language) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, number) = day.ymd();
    match language {
        Language::English => {
            let name = MONTHS.get(month.wrapping_sub(1) as usize).copied().unwrap_or_default();
            format!("{number} {name} {year}")
        }
        Language::Chinese => format!("{year}年{month}月{number}日"),
    }
}

impl Letter<'_> {
    /// The PDF, a page or more for each language.
    pub(crate) fn pdf(&self, languages: &[Language]) -> Vec<u8> {
        let sheets: Vec<_> = languages.iter().map(|language| self.sheet(*language)).collect();
        let first = languages.first().copied().unwrap_or(Language::English);
        let shown = self.zone.show(self.at).to_string();
        let about = About {
            title: self.title().in_language(first).to_owned(),
            author: self.authority(first).to_owned(),
            made: (shown.clone(), minutes_ahead(&shown)),
        };
        sheet::pdf(&sheets, &about)
    }

    const fn title(&self) -> Said {
        match self.kind {
            Kind::Order => words::ORDER,
            Kind::Change => words::CHANGE,
            Kind::Release => words::RELEASE,
        }
    }

    fn authority(&self, language: Language) -> &str {
        match language {
            Language::English => &self.authority[0],
            Language::Chinese => &self.authority[1],
        }
    }

    fn withdrawn(&self) -> bool {
        self.change.as_ref().is_some_and(|(change, _)| change.action == "withdrawn")
    }

    fn time(&self, at: Instant, language: Language) -> String {
        let shown = self.zone.show(at).to_string();
        format!("{} {}", day(self.zone.day_of(at), language), shown.get(11..16).unwrap_or_default())
    }

    fn sheet(&self, language: Language) -> Sheet {
        let say = |said: Said| said.in_language(language).to_owned();
        let opening = match self.kind {
            Kind::Order => words::ORDER_WORDS,
            Kind::Change if self.withdrawn() => words::WITHDRAWN_WORDS,
            Kind::Change => words::CHANGE_WORDS,
            Kind::Release => words::RELEASE_WORDS,
        };
        let mut parts = vec![Part::Title(say(self.title())), self.whom(language), Part::Words(say(opening))];
        if self.kind == Kind::Change {
            parts.extend(self.change_terms(language));
        }
        parts.extend(self.terms(language));
        if self.kind != Kind::Release && !self.withdrawn() {
            parts.extend(self.duties(language));
        }
        parts.push(Part::Heading(say(words::RIGHTS)));
        parts.push(Part::Words(say(words::APPEAL)));
        let made = say(words::MADE).replace("{time}", &self.time(self.at, language));
        parts.push(Part::Words(made.replace("{zone}", self.zone.name())));
        parts.push(Part::Words(say(words::MASKED)));
        parts.push(Part::Sign(say(words::SIGN)));
        Sheet { language, parts }
    }

    fn whom(&self, language: Language) -> Part {
        let say = |said: Said| said.in_language(language);
        Part::Words(match language {
            Language::English => format!(
                "{}: {} ({} {})",
                say(words::TO),
                self.masked_name,
                say(words::DOCUMENT),
                self.last_four
            ),
            Language::Chinese => format!(
                "{}：{}（{} {}）",
                say(words::TO),
                self.masked_name,
                say(words::DOCUMENT),
                self.last_four
            ),
        })
    }

    /// What the order is.
    fn terms(&self, language: Language) -> Vec<Part> {
        let order = self.order;
        let mut place = words::place(&order.place, language).to_owned();
        if let Some(address) = &self.address {
            let colon = if language == Language::Chinese { "：" } else { ": " };
            place = format!("{place}{colon}{address}");
        }
        let rule_set = match self.kind {
            Kind::Release => Some((words::RELEASED_BY, self.rule_set.clone())),
            _ => None,
        };
        let all = [
            Some((words::KIND, words::kind(&order.kind, language).to_owned())),
            (!order.reason.is_empty()).then(|| (words::REASON, order.reason.clone())),
            Some((words::PLACE, place)),
            Some((words::FROM, self.time(order.from, language))),
            (self.kind != Kind::Change).then(|| (words::UNTIL, self.time(order.until, language))),
            Some((words::ORDERED_AT, self.time(order.ordered_at, language))),
            self.ordered_by.clone().map(|by| (words::ORDERED_BY, by)),
            Some((words::AUTHORITY, self.authority(language).to_owned())),
            Some((words::RULE_SET, order.edition.clone())),
            rule_set,
            Some((words::NUMBER, order.id.to_string())),
        ];
        let term = |(said, what): (Said, String)| Part::Term(said.in_language(language).to_owned(), what);
        all.into_iter().flatten().map(term).collect()
    }

    /// What was changed, with the former value.
    fn change_terms(&self, language: Language) -> Vec<Part> {
        let Some((change, by)) = &self.change else { return Vec::new() };
        let time = |at: Instant| self.time(at, language);
        let mut all = match &change.region {
            Some((before, after)) => {
                vec![(words::AREA_BEFORE, before.clone()), (words::AREA_AFTER, after.clone())]
            }
            None => vec![(words::BEFORE, time(change.until_before))],
        };
        let after = change.until_after.filter(|_| change.region.is_none());
        all.extend(after.map(|after| (words::AFTER, time(after))));
        all.push((words::REASON, change.reason.clone()));
        all.push((words::CHANGED_AT, time(change.at)));
        all.extend(by.clone().map(|by| (words::CHANGED_BY, by)));
        let term = |(said, what): (Said, String)| Part::Term(said.in_language(language).to_owned(), what);
        all.into_iter().map(term).chain([Part::Heading(say_order(language))]).collect()
    }

    /// What is asked of the person.
    fn duties(&self, language: Language) -> Vec<Part> {
        let say = |said: Said| said.in_language(language).to_owned();
        let mut parts = vec![Part::Heading(say(words::DUTIES))];
        if self.order.place != "monitoring" {
            parts.push(Part::Item(say(words::STAY)));
        }
        parts.push(Part::Item(say(words::REPORT)));
        if !self.tests.is_empty() {
            let days: Vec<_> = self.tests.iter().map(|test| day(*test, language)).collect();
            let (colon, comma) = if language == Language::Chinese { ("：", "、") } else { (": ", ", ") };
            parts.push(Part::Item(format!("{}{colon}{}", say(words::TEST), days.join(comma))));
        }
        parts.push(Part::Item(say(words::HOLDS)));
        parts
    }
}

fn say_order(language: Language) -> String {
    words::ORDER.in_language(language).to_owned()
}

/// Minutes ahead of UTC, of a time such as `2026-03-02T09:00:00+08:00`.
fn minutes_ahead(shown: &str) -> i32 {
    let Some((sign, rest)) =
        shown.get(shown.len().saturating_sub(6)..).and_then(|tail| tail.split_at_checked(1))
    else {
        return 0;
    };
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<i32>().ok()).unwrap_or(0);
    let minutes = number(rest.get(..2)) * 60 + number(rest.get(3..));
    if sign == "-" { -minutes } else { minutes }
}
