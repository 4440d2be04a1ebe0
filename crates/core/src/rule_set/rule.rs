//! One rule of a rules file: what may stand in it, and every mistake at once.

use super::file::{Check, Known, line_of};
use super::{Features, MAX_WAYS, Obligation, Rule};
use crate::condition::{AtLeast, Condition, Kinds, Lapsed, MissedReports, Near, Seen, Tested, Unwell};
use crate::decision::Colour;
use crate::fact::ExposureGrade;
use crate::step::Step;
use serde::Deserialize;
use std::ops::Range;
use toml::Spanned;

/// Conditions of one rule, inner ones counted, at most.
const MAX_CONDITIONS: usize = 64;
/// Obligations of one rule, at most.
const MAX_OBLIGATIONS: usize = 16;
/// Days of a run, a wait or a window, at most.
const MAX_DAYS: u16 = 365;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileRule {
    pub reason: Spanned<String>,
    when: Spanned<Vec<Condition>>,
    release: Spanned<Vec<Vec<Step>>>,
    #[serde(default)]
    obligations: Vec<FileObligation>,
}

/// A code, or a code with the days on which it is due.
#[derive(Deserialize)]
#[serde(untagged, expecting = "an obligation is a code, or a table with `code` and `on_days`")]
enum FileObligation {
    Always(String),
    OnDays(OnDays),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnDays {
    code: String,
    on_days: Vec<u16>,
}

impl From<FileObligation> for Obligation {
    fn from(obligation: FileObligation) -> Self {
        match obligation {
            FileObligation::Always(code) => Self { code, on_days: Vec::new() },
            FileObligation::OnDays(OnDays { code, mut on_days }) => {
                on_days.sort_unstable();
                on_days.dedup();
                Self { code, on_days }
            }
        }
    }
}

impl Features {
    /// What some rules make use of.
    pub(super) fn of(rules: &[Rule]) -> Self {
        let mut features = Self::default();
        for rule in rules {
            features.lapses |= rule.lapses;
            features.timers |= rule.watches_reports;
            let conditions = rule.when.iter().flat_map(Condition::with_parts);
            features.reports_fire |= conditions
                .into_iter()
                .any(|part| matches!(part, Condition::Report(_) | Condition::Unwell(Unwell::Some(_))));
            for part in rule.release.iter().flatten().flat_map(Step::parts) {
                features.timers |= part.is_timed() || part.has_window();
                features.all_reports |= matches!(part, Step::ReportDays(_));
                features.releasing = features.releasing.and(match part {
                    Step::CaseStatus(_) => Condition::CaseStatus(Vec::new()).kinds(),
                    Step::Fact(fact) => fact.kinds(),
                    Step::Seen(seen) => seen.fact.kinds(),
                    _ => Kinds::default(),
                });
            }
        }
        features
    }
}

impl Check<'_> {
    pub(super) fn rule(&mut self, rule: FileRule, known: Known<'_>, under: &[String]) -> Option<Rule> {
        let reason = self.reason(&rule.reason, known.reasons)?;
        let colour = known.reasons[usize::from(reason)].colour;
        if !matches!(colour, Colour::Yellow | Colour::Red) {
            let mend = "give its reason one of these colours";
            self.fault(rule.reason.span(), "a rule gives yellow or red", mend);
        }
        let (when, release) = (rule.when.get_ref(), rule.release.get_ref());
        if rule.obligations.len() > MAX_OBLIGATIONS {
            let problem = format!("more than {MAX_OBLIGATIONS} obligations");
            self.fault(rule.reason.span(), problem, "ask for less");
        }
        self.conditions(when, &rule.when.span(), known, under);
        self.ways(release, when, &rule.release.span());
        let all: Vec<_> = when.iter().flat_map(Condition::with_parts).collect();
        let has = |is: fn(&Condition) -> bool| all.iter().any(|part| is(part));
        let rule = Rule {
            reason,
            colour,
            line: line_of(self.text, rule.reason.span().start),
            kinds: when.iter().fold(Kinds::default(), |kinds, condition| kinds.and(condition.kinds())),
            is_simple: when.iter().all(Condition::is_of_one_fact),
            lapses: has(|part| matches!(part, Condition::Lapsed(_))),
            watches_reports: has(|part| matches!(part, Condition::MissedReports(_))),
            when: rule.when.into_inner(),
            release: rule.release.into_inner(),
            obligations: rule.obligations.into_iter().map(Obligation::from).collect(),
        };
        Some(rule)
    }

    fn conditions(&mut self, when: &[Condition], span: &Range<usize>, known: Known<'_>, under: &[String]) {
        if when.is_empty() {
            self.fault(span.clone(), "a rule without condition never fires", "say when, or drop the rule");
        }
        if when.iter().map(|condition| condition.with_parts().len()).sum::<usize>() > MAX_CONDITIONS {
            let problem = format!("more than {MAX_CONDITIONS} conditions in one rule");
            self.fault(span.clone(), problem, "make several rules of it");
            return;
        }
        for condition in when {
            let by_time = condition.with_parts().iter().any(|part| matches!(part, Condition::Lapsed(_)))
                || matches!(condition, Condition::MissedReports(_));
            if !by_time && condition.kinds() == Kinds::default() {
                let problem =
                    "this condition says only what did not happen, so that nothing makes the rule fire";
                self.fault(span.clone(), problem, "put it into `all` beside something that happens");
            }
            for part in condition.with_parts() {
                if matches!(part, Condition::MissedReports(_)) && !std::ptr::eq(part, condition) {
                    let mend = "let it stand by itself in `when`";
                    self.fault(span.clone(), "`missed_reports` stands inside another condition", mend);
                }
                if let Some((problem, mend)) = mistake_in(part, known, under) {
                    self.fault(span.clone(), problem, mend);
                }
            }
        }
    }

    fn ways(&mut self, ways: &[Vec<Step>], when: &[Condition], span: &Range<usize>) {
        if ways.is_empty() || ways.iter().any(Vec::is_empty) {
            let mend = "give a way out with at least one step";
            self.fault(span.clone(), "nobody could leave this colour", mend);
        }
        if ways.len() > MAX_WAYS || ways.iter().any(|way| way.len() > MAX_WAYS) {
            self.fault(span.clone(), format!("more than {MAX_WAYS} ways or steps"), "merge some of them");
        }
        for step in ways.iter().flatten() {
            if let Step::Together(parts) = step
                && (parts.len() < 2
                    || parts.len() > MAX_WAYS
                    || parts.iter().any(|part| matches!(part, Step::Together(_))))
            {
                let problem = format!("`together` holds 2 to {MAX_WAYS} steps, none of them `together`");
                self.fault(span.clone(), problem, "write the steps side by side");
            }
            for part in step.parts() {
                if let Some((problem, mend)) = mistake_in_step(part, when) {
                    self.fault(span.clone(), problem, mend);
                }
            }
        }
    }
}

type Mistake = Option<(String, &'static str)>;

fn mistake_in(condition: &Condition, known: Known<'_>, under: &[String]) -> Mistake {
    let some = |problem: &str, mend| Some((problem.to_owned(), mend));
    let never = |is_empty: bool| {
        is_empty.then(|| ("an empty list is never met".to_owned(), "name what counts, or drop the condition"))
    };
    if let Some(days) = window_of(condition).filter(|days| *days > MAX_DAYS) {
        return Some((format!("a window of {days} days"), "write at most 365; nothing is kept longer"));
    }
    match condition {
        Condition::Test(Tested { ct_from, ct_below, .. })
            if [ct_from, ct_below].into_iter().flatten().any(|ct| !(0.0..=60.0).contains(ct)) =>
        {
            some("a cycle threshold lies between 0 and 60", "mend the number")
        }
        Condition::Exposure(exposed) if exposed.grade.contains(&ExposureGrade::Poster) => some(
            "a printed code can be forwarded, so an exposure of grade poster colours nobody",
            "take poster out of the grades",
        ),
        Condition::Exposure(exposed) => never(exposed.grade.is_empty() || exposed.level.is_empty()),
        Condition::CaseStatus(any) => never(any.is_empty()),
        Condition::DeclaredContact(any) => never(any.is_empty()),
        Condition::DeclaredState(any) => never(any.is_empty()),
        Condition::LivesIn(regions) => never(regions.is_empty()),
        Condition::Test(test) => never(test.result.is_empty()),
        Condition::Isolation(isolation) => never(isolation.action.is_empty()),
        Condition::Order(order) => never(order.reason.is_empty()),
        Condition::Stay(stay) => {
            let unknown = |level: &&String| !known.risk.iter().any(|risk| risk.level == **level);
            match stay.risk.iter().find(unknown) {
                Some(level) => Some((
                    format!("no region ever has the risk level {level:?}"),
                    "add [[risk]] rows with region, level, from and to, or mend the name of the level",
                )),
                None => never(stay.regions.is_empty() && stay.risk.is_empty()),
            }
        }
        Condition::All(of) | Condition::Any(of) | Condition::Near(Near { of, .. }) => never(of.is_empty()),
        Condition::AtLeast(AtLeast { n, of }) if *n == 0 || *n > of.len() => {
            some("`n` lies between 1 and the number of conditions in `of`", "mend the number")
        }
        Condition::Lapsed(Lapsed { fact, after_days, after_hours }) => {
            if after_days.is_some() == after_hours.is_some() {
                return some("`lapsed` takes one of `after_days` and `after_hours`", "say how long it holds");
            }
            of_one(fact)
        }
        Condition::Seen(seen) => counted(seen),
        Condition::ReportedWithin(wanted) if wanted.hours == 0 || wanted.hours > 24 * MAX_DAYS => {
            some("a fact is recorded within 1 to 8760 hours", "mend `hours`")
        }
        Condition::ReportedWithin(wanted) => of_one(&wanted.fact),
        Condition::MissedReports(MissedReports { under: watched, days }) => {
            if !under.contains(watched) {
                return Some((
                    format!("no rule gives the reason {watched}"),
                    "name the reason of the rule whose reports are missed",
                ));
            }
            (*days == 0 || *days > MAX_DAYS)
                .then(|| ("reports are missed for 1 to 365 days".to_owned(), "give the number of days"))
        }
        _ => None,
    }
}

/// Days for which facts count.
fn window_of(condition: &Condition) -> Option<u16> {
    match condition {
        Condition::Exposure(exposed) => Some(exposed.within_days),
        Condition::Stay(stay) => Some(stay.within_days),
        Condition::Arrival(arrived) => Some(arrived.within_days),
        Condition::Test(test) => test.within_days,
        Condition::Vaccinated(vaccinated) => vaccinated.within_days,
        _ => None,
    }
}

fn of_one(fact: &Condition) -> Mistake {
    (!fact.is_of_one_fact()).then(|| {
        let problem = "`fact` takes a condition on one piece of evidence".to_owned();
        (problem, "write one of the conditions of the first group there")
    })
}

fn counted(seen: &Seen) -> Mistake {
    if seen.times == 0 || seen.times > 32 {
        return Some(("a fact is counted 1 to 32 times".to_owned(), "mend `times`"));
    }
    of_one(&seen.fact)
}

fn mistake_in_step(step: &Step, when: &[Condition]) -> Mistake {
    match step {
        Step::DailyReports(days) | Step::ReportDays(days) | Step::Days(days)
            if *days == 0 || *days > MAX_DAYS =>
        {
            Some(("a run of reports, or a wait, has 1 to 365 days".to_owned(), "give the number of days"))
        }
        Step::CaseStatus(any) if any.is_empty() => {
            Some(("an empty list is never met".to_owned(), "name the statuses that lead out"))
        }
        Step::Fact(fact) => of_one(fact),
        Step::Seen(seen) => counted(seen),
        Step::Until(_) => {
            let names = when.iter().flat_map(Condition::with_parts);
            let named = names.into_iter().any(|c| matches!(c, Condition::Order(_) | Condition::Isolation(_)));
            (!named).then(|| {
                let problem = "`until` waits for an end, and no condition of this rule is about an order or an \
                               isolation, which name one";
                (problem.to_owned(), "use `days`, or another step")
            })
        }
        _ => None,
    }
}
