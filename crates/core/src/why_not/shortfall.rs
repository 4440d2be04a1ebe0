//! By what evidence failed a condition, in words.

use super::Missing;
use crate::condition::{Arrived, Condition, Exposed, Scene, Stayed, Tested, Unwell, lies_in};
use crate::fact::{Exposure, ExposureGrade, ExposureLevel, Fact, Stay, Temperature, TestResult};
use crate::rule_set::{RuleSet, Text};
use crate::time::{Instant, Zone};

fn text(en: String, zh: String) -> Text {
    Text { en, zh }
}

/// Day and minute, for people.
fn minute(at: Instant, zone: &Zone) -> String {
    let shown = zone.show(at).to_string();
    let (day, time) = shown.split_once('T').unwrap_or((&shown, ""));
    format!("{day} {}", time.get(..5).unwrap_or_default())
}

/// It held, and has ended.
pub(super) fn released(then: Instant, zone: &Zone) -> Text {
    let then = minute(then, zone);
    text(
        format!("it held, and its way out was complete on {then}"),
        format!("曾经适用，已于{then}满足解除条件"),
    )
}

/// Something keeps it from lapsing.
pub(super) fn good_until(then: Instant, zone: &Zone) -> Text {
    let then = minute(then, zone);
    text(format!("what is recorded is good until {then}"), format!("已有记录有效至{then}"))
}

/// Some of several signs.
pub(super) fn signs(had: usize, of: usize) -> Text {
    text(format!("{had} of the {of} signs that it takes"), format!("需要{of}项，仅有{had}项"))
}

/// A fact seen less often than it takes.
pub(super) fn times(had: u16, of: u16) -> Text {
    text(format!("recorded {had} of {of} times"), format!("需要{of}次记录，仅有{had}次"))
}

/// What is recorded speaks against it.
pub(super) fn spared_by(part: &Condition) -> Text {
    let (en, zh) = topic(part);
    text(format!("it does not hold for you because of {en}"), format!("因{zh}，对您不适用"))
}

/// Nothing is recorded that it also takes.
pub(super) fn nothing_about(part: &Condition) -> Text {
    let (en, zh) = topic(part);
    text(format!("nothing is recorded about {en} that counts"), format!("没有符合条件的{zh}记录"))
}

/// What a condition is about.
fn topic(condition: &Condition) -> (&'static str, &'static str) {
    match condition {
        Condition::CaseStatus(_) => ("your standing as a case", "病例状态"),
        Condition::Exposure(_) => ("contact with a case", "接触病例"),
        Condition::DeclaredContact(_) | Condition::DeclaredState(_) => ("your declaration", "申报内容"),
        Condition::LivesIn(_) => ("where you live", "居住地"),
        Condition::Stay(_) => ("where you stayed", "停留地区"),
        Condition::Unwell(_) => ("symptoms", "症状"),
        Condition::Report(_) | Condition::MissedReports(_) | Condition::Lapsed(_) => {
            ("daily reports", "每日报告")
        }
        Condition::Test(_) => ("tests", "检测"),
        Condition::Arrival(_) => ("an arrival from abroad", "入境"),
        Condition::Isolation(_) => ("isolation", "隔离"),
        Condition::Vaccinated(_) => ("vaccination", "接种"),
        Condition::Medicine(_) => ("medicines bought", "购药"),
        Condition::Order(_) => ("an order", "指令"),
        Condition::Seen(seen) => topic(&seen.fact),
        Condition::ReportedWithin(wanted) => topic(&wanted.fact),
        Condition::All(parts) | Condition::Any(parts) => {
            parts.first().map_or(("the rest", "其他条件"), topic)
        }
        _ => ("the rest", "其他条件"),
    }
}

/// The latest fact that fails a condition by something that can be named.
pub(super) fn nearest(condition: &Condition, scene: &Scene<'_>) -> Option<Missing> {
    scene.past.iter().find_map(|taken| {
        let text = match (condition, taken.known.fact) {
            (Condition::Exposure(wanted), Fact::Exposure(exposure)) => contact(wanted, exposure, scene),
            (Condition::Stay(wanted), Fact::Stay(stay)) => {
                let counts =
                    lies_in(&stay.region, &wanted.regions) || at_risk(wanted, scene.rules, &stay.region);
                let too_old = || too_long_ago(stay.to, wanted.within_days, scene);
                counts.then(|| too_old().or_else(|| level_was_over(wanted, stay, scene)))?
            }
            (Condition::Stay(wanted), Fact::Declaration(declared)) => {
                let any = declared.stayed_in.iter().any(|region| lies_in(region, &wanted.regions));
                any.then(|| too_long_ago(taken.at, wanted.within_days, scene))?
            }
            (Condition::Arrival(wanted), Fact::Arrival(arrival)) => came_from(wanted, &arrival.from_country)
                .then(|| too_long_ago(arrival.entered_at, wanted.within_days, scene))?,
            (Condition::Test(wanted), Fact::TestResult(test)) => tested(wanted, test, scene),
            (Condition::Unwell(wanted), Fact::HealthReport(report)) => warm(wanted, report.temperature_c),
            (Condition::Unwell(wanted), Fact::Declaration(declared)) => warm(wanted, declared.temperature_c?),
            _ => None,
        }?;
        Some(Missing { text, evidence: vec![taken.known.index] })
    })
}

fn at_risk(wanted: &Stayed, rules: &RuleSet, region: &crate::region::Region) -> bool {
    rules.risk.iter().any(|risk| wanted.risk.contains(&risk.level) && region.is_within(&risk.region))
}

fn came_from(wanted: &Arrived, country: &crate::region::Region) -> bool {
    (wanted.from.is_empty() || lies_in(country, &wanted.from)) && !lies_in(country, &wanted.except)
}

fn contact(wanted: &Exposed, exposure: &Exposure, scene: &Scene<'_>) -> Option<Text> {
    if !wanted.level.contains(&exposure.level) {
        return Some(match exposure.level {
            ExposureLevel::Close => text("the contact was a close one".into(), "属于密切接触".into()),
            ExposureLevel::Secondary => text(
                "it was contact with a contact, not with a case".into(),
                "接触的是密接者，而非病例".into(),
            ),
            ExposureLevel::General => text("the contact was not a close one".into(), "不属于密切接触".into()),
        });
    }
    if !wanted.grade.contains(&exposure.grade) {
        return Some(match exposure.grade {
            ExposureGrade::Poster => text(
                "only a printed place code was scanned, which proves too little to colour anyone".into(),
                "仅扫描了张贴的场所码，证明力不足，不会据此赋码".into(),
            ),
            other => text(
                format!("the contact is recorded as {}, which does not count here", other.word()),
                format!("该接触的证明级别为{}，在此不计", other.word()),
            ),
        });
    }
    if !wanted.basis.is_empty() && !wanted.basis.contains(&exposure.basis) {
        return Some(text(
            format!("the contact was concluded from {}, which does not count here", exposure.basis.word()),
            format!("该接触的依据为{}，在此不计", exposure.basis.word()),
        ));
    }
    if exposure.minutes < wanted.minutes_from {
        let (had, of) = (exposure.minutes, wanted.minutes_from);
        return Some(text(
            format!("{had} minutes together; it takes {of}"),
            format!("共同停留{had}分钟，未达到{of}分钟"),
        ));
    }
    too_long_ago(exposure.last_at, wanted.within_days, scene)
}

fn tested(wanted: &Tested, test: &TestResult, scene: &Scene<'_>) -> Option<Text> {
    if !wanted.result.contains(&test.result) {
        return None;
    }
    if !wanted.assay.is_empty() && !wanted.assay.contains(&test.assay) {
        let word = test.assay.word();
        return Some(text(
            format!("the test was of the kind {word}, which does not count here"),
            format!("检测类型为{word}，在此不计"),
        ));
    }
    if let Some(ct) = test.ct
        && let Some(of) =
            wanted.ct_below.filter(|below| ct >= *below).or(wanted.ct_from.filter(|from| ct < *from))
    {
        return Some(text(
            format!("the cycle threshold was {ct}; the rule asks for one on the other side of {of}"),
            format!("Ct值为{ct}，以{of}为界，不符合条件"),
        ));
    }
    too_long_ago(test.sampled_at, wanted.within_days?, scene)
}

/// Degrees below a temperature that counts within which it came close.
const NEARLY: f64 = 0.5;

/// A temperature just below the one that counts.
fn warm(wanted: &Unwell, had: Temperature) -> Option<Text> {
    let of = match wanted {
        Unwell::Any(_) => Temperature::FEVER,
        Unwell::Some(signs) => signs.temperature_from?,
    };
    let (had, of) = (had.celsius(), of.celsius());
    (had < of && had >= of - NEARLY).then(|| {
        text(format!("{had:.1} °C; it counts from {of:.1} °C"), format!("体温{had:.1}℃，达到{of:.1}℃方计"))
    })
}

/// The region had the level at another time than the stay.
fn level_was_over(wanted: &Stayed, stay: &Stay, scene: &Scene<'_>) -> Option<Text> {
    let rows = scene.rules.risk.iter().filter(|row| wanted.risk.contains(&row.level));
    let mut rows = rows.filter(|row| stay.region.is_within(&row.region));
    let row = rows.next_back()?;
    let zone = &scene.rules.zone;
    let (from, until) = (minute(row.holds.from, zone), minute(row.holds.until, zone));
    Some(text(
        format!("the region had that level from {from} to {until}, not while you were there"),
        format!("该地区在{from}至{until}期间为该风险等级，您停留时不是"),
    ))
}

/// A fact that is there, recorded too late.
pub(super) fn too_late(hours: u16) -> Text {
    text(
        format!("it is recorded, but more than {hours} hours after it was so"),
        format!("已有记录，但晚于发生后{hours}小时"),
    )
}

/// Facts that are there, too far apart.
pub(super) fn too_far_apart(within_days: u16) -> Text {
    text(
        format!("all of it is recorded, but further apart than {within_days} days"),
        format!("各项均有记录，但相隔超过{within_days}天"),
    )
}

/// How many days a fact is too old; `None` while it is not.
fn too_long_ago(end: Instant, within_days: u16, scene: &Scene<'_>) -> Option<Text> {
    let zone = &scene.rules.zone;
    let days = zone.day_of(scene.at).0 - zone.day_of(end).0;
    (days > i32::from(within_days)).then(|| {
        text(
            format!("{days} days ago; it counts for {within_days}"),
            format!("已过{days}天，计{within_days}天内"),
        )
    })
}
