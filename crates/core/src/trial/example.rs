//! Facts that make a condition hold, made up from the condition itself.

use crate::condition::{Arrived, AtLeast, Condition, Near, ReportSays, Seen, Stayed, Unwell};
use crate::fact::{
    Arrival, Assay, CaseReport, Declaration, DeclaredContact, Exposure, ExposureBasis, Fact, HealthReport,
    HealthState, Isolation, IsolationPlace, MedicinePurchase, Order, Stay, Symptom, Temperature, TestResult,
    Vaccination,
};
use crate::region::Region;
use crate::rule_set::RuleSet;
use crate::time::Instant;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Facts with the instants at which they happen.
#[derive(Clone, Debug, Default)]
pub(super) struct Example {
    pub facts: Vec<(Instant, Fact)>,
    /// What the person says, all at once.
    declaration: Option<Declaration>,
    /// Facts are as old as their windows allow, instead of fresh.
    is_old: bool,
}

/// Normal, unless a condition wants otherwise.
pub(super) fn nothing_unusual() -> Declaration {
    Declaration {
        symptoms: Vec::new(),
        temperature_c: None,
        contact: DeclaredContact::No,
        stayed_in: Vec::new(),
        residence: None,
        health_state: HealthState::Normal,
    }
}

/// A report of someone who is well.
pub(super) fn well() -> Option<Fact> {
    Some(Fact::HealthReport(HealthReport {
        temperature_c: Temperature::from_celsius(36.5)?,
        symptoms: Vec::new(),
    }))
}

/// When a condition can be tried: at noon, days after the rules take effect, or while a region is at risk.
pub(super) fn time_for(condition: &Condition, rules: &RuleSet) -> Instant {
    let risky = condition.with_parts().into_iter().find_map(|part| match part {
        Condition::Stay(Stayed { risk, .. }) => rules.risk.iter().find(|row| risk.contains(&row.level)),
        _ => None,
    });
    let day = rules.zone.day_of(risky.map_or(rules.in_force.from, |row| row.holds.from));
    rules.zone.start_of(day.plus(1)).plus_seconds(12 * HOUR)
}

impl Example {
    /// Fresh facts by which a condition holds at an instant; `None` where none can be made up.
    pub(super) fn of(condition: &Condition, at: Instant, rules: &RuleSet) -> Option<Self> {
        Self::aged(condition, at, rules, false)
    }

    /// The same, with facts as old as their windows allow where `is_old`.
    pub(super) fn aged(condition: &Condition, at: Instant, rules: &RuleSet, is_old: bool) -> Option<Self> {
        let mut example = Self { is_old, ..Self::default() };
        example.add(condition, at, rules)?;
        if let Some(declaration) = example.declaration.take() {
            example.facts.push((at, Fact::Declaration(declaration)));
        }
        Some(example)
    }

    fn declare(&mut self) -> &mut Declaration {
        self.declaration.get_or_insert_with(nothing_unusual)
    }

    fn add(&mut self, condition: &Condition, at: Instant, rules: &RuleSet) -> Option<()> {
        match condition {
            Condition::All(all) | Condition::Near(Near { of: all, .. }) => {
                all.iter().try_for_each(|part| self.add(part, at, rules))
            }
            Condition::Any(any) => any.iter().find_map(|part| self.add(part, at, rules)),
            Condition::AtLeast(AtLeast { n, of }) => {
                of.iter().take(*n).try_for_each(|part| self.add(part, at, rules))
            }
            // Nothing happens by itself, so it holds; what has lapsed or was missed is a matter of waiting.
            Condition::Not(_) | Condition::Lapsed(_) | Condition::MissedReports(_) => Some(()),
            Condition::Seen(seen) => self.several(seen, at, rules),
            Condition::ReportedWithin(wanted) => self.add(&wanted.fact, at, rules),
            Condition::DeclaredContact(any) => {
                self.declare().contact = *any.first()?;
                Some(())
            }
            Condition::DeclaredState(any) => {
                self.declare().health_state = *any.first()?;
                Some(())
            }
            Condition::LivesIn(regions) => {
                self.declare().residence = regions.first().cloned();
                Some(())
            }
            one => {
                let at = if self.is_old { at.plus_days_of_24h(-window(one)) } else { at };
                self.facts.push((at, fact(one, at, rules)?));
                Some(())
            }
        }
    }

    fn several(&mut self, seen: &Seen, at: Instant, rules: &RuleSet) -> Option<()> {
        let apart = i64::from(seen.apart_hours.max(1)) * HOUR;
        for back in 0..i64::from(seen.times) {
            self.add(&seen.fact, at.plus_seconds(-back * apart), rules)?;
        }
        Some(())
    }
}

/// Days for which a fact counts.
fn window(condition: &Condition) -> i64 {
    i64::from(match condition {
        Condition::Exposure(exposed) => exposed.within_days,
        Condition::Stay(stayed) => stayed.within_days,
        Condition::Arrival(arrived) => arrived.within_days,
        Condition::Test(test) => test.within_days.unwrap_or_default(),
        Condition::Vaccinated(vaccinated) => vaccinated.within_days.unwrap_or_default(),
        _ => 0,
    })
}

/// A fact that meets a condition on one fact.
fn fact(condition: &Condition, at: Instant, rules: &RuleSet) -> Option<Fact> {
    Some(match condition {
        Condition::CaseStatus(any) => Fact::CaseReport(CaseReport { status: *any.first()?, onset_at: None }),
        Condition::Exposure(wanted) => Fact::Exposure(Exposure {
            level: *wanted.level.first()?,
            basis: wanted.basis.first().copied().unwrap_or(ExposureBasis::Place),
            grade: *wanted.grade.first()?,
            first_at: at.plus_seconds(-i64::from(wanted.minutes_from.max(30)) * 60),
            last_at: at,
            minutes: wanted.minutes_from.max(30),
            case: None,
        }),
        Condition::Stay(wanted) => {
            let of_risk = || rules.risk.iter().find(|row| wanted.risk.contains(&row.level));
            let region = wanted.regions.first().cloned().or_else(|| Some(of_risk()?.region.clone()))?;
            Fact::Stay(Stay { region, from: at.plus_seconds(-HOUR), to: at })
        }
        Condition::Unwell(Unwell::Any(_)) => unwell(Symptom::DryCough, None)?,
        Condition::Unwell(Unwell::Some(signs)) => {
            let symptoms = signs.symptoms.first().copied().map_or(Vec::new(), |symptom| vec![symptom]);
            let temperature_c = signs.temperature_from.or(Temperature::from_celsius(36.5))?;
            Fact::HealthReport(HealthReport { temperature_c, symptoms })
        }
        Condition::Report(ReportSays::Any | ReportSays::Normal) => well()?,
        Condition::Test(wanted) => Fact::TestResult(TestResult {
            assay: wanted.assay.first().copied().unwrap_or(Assay::Pcr),
            result: *wanted.result.first()?,
            sampled_at: at,
            ct: wanted.ct_from.or(wanted.ct_below.map(|below| below - 1.0)),
            kit: None,
        }),
        Condition::Arrival(wanted) => {
            Fact::Arrival(Arrival { from_country: country(wanted)?, entered_at: at.plus_seconds(-HOUR) })
        }
        Condition::Isolation(wanted) => Fact::Isolation(Isolation {
            action: *wanted.action.first()?,
            place: wanted.place.first().copied().unwrap_or(IsolationPlace::Home),
            from: at,
            until: Some(at.plus_seconds(7 * DAY)),
        }),
        Condition::Vaccinated(wanted) => Fact::Vaccination(Vaccination {
            product: "any".to_owned(),
            dose: wanted.dose_from.max(1),
            of_doses: wanted.dose_from.max(1),
            given_on: rules.zone.day_of(at).plus(-i32::from(wanted.after_days)),
        }),
        Condition::Medicine(wanted) => Fact::MedicinePurchase(MedicinePurchase {
            medicine: wanted.medicine.first().cloned().unwrap_or_else(|| "any".to_owned()),
            for_other: wanted.for_other.unwrap_or(false),
        }),
        Condition::Order(wanted) => Fact::Order(Order {
            colour: wanted.colour,
            reason: wanted.reason.first()?.clone(),
            approved_by: vec!["one".to_owned(), "another".to_owned()],
            until: at.plus_seconds(7 * DAY),
        }),
        _ => return None,
    })
}

fn unwell(symptom: Symptom, temperature: Option<Temperature>) -> Option<Fact> {
    let temperature_c = temperature.or(Temperature::from_celsius(36.5))?;
    Some(Fact::HealthReport(HealthReport { temperature_c, symptoms: vec![symptom] }))
}

/// A country that counts: the first one named, else one that is not excepted.
fn country(wanted: &Arrived) -> Option<Region> {
    let some = ["IT", "BR", "NZ"].into_iter().filter_map(|code| Region::new(code).ok());
    let named = wanted.from.iter().cloned();
    named.chain(some).find(|country| !wanted.except.iter().any(|except| country.is_within(except)))
}
