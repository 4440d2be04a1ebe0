//! Conditions on one piece of evidence.

use super::{Arrived, Condition, Exposed, ReportSays, Signs, Stayed, Tested, Unwell, Vaccinated};
use crate::fact::{Exposure, Fact, Symptom, Temperature, TestResult, Vaccination};
use crate::region::Region;
use crate::rule_set::{Risk, RuleSet};
use crate::time::{Day, Instant, Interval, Zone};

/// A declaration speaks of so many days before it.
const DECLARED_DAYS: i32 = 14;

/// The instant at which a fact was true, for spacing and age: of a test the sample, of a contact its end.
pub(crate) fn own_time(fact: &Fact, at: Instant, zone: &Zone) -> Instant {
    match fact {
        Fact::TestResult(test) => test.sampled_at,
        Fact::Exposure(exposure) => exposure.last_at,
        Fact::Arrival(arrival) => arrival.entered_at,
        Fact::Vaccination(vaccination) => zone.start_of(vaccination.given_on),
        _ => at,
    }
}

/// Whether a fact that takes its place after a rule has fired was also true after it: a test by its sample, a vaccination
/// by its day.
pub(crate) fn comes_after(fact: &Fact, from: Instant, zone: &Zone) -> bool {
    match fact {
        Fact::TestResult(test) => test.sampled_at >= from,
        Fact::Vaccination(vaccination) => vaccination.given_on >= zone.day_of(from),
        _ => true,
    }
}

/// Instants at which a fact comes to count, or counts no longer, because of its age alone.
pub(crate) fn edges(condition: &Condition, fact: &Fact, taken: Instant, zone: &Zone) -> [Option<Instant>; 2] {
    let after = |end: Instant, days: u16| Some(zone.start_of(zone.day_of(end).plus(i32::from(days) + 1)));
    match (condition, fact) {
        (Condition::Exposure(wanted), Fact::Exposure(e)) => [after(e.last_at, wanted.within_days), None],
        (Condition::Stay(wanted), Fact::Stay(stay)) => [after(stay.to, wanted.within_days), None],
        (Condition::Stay(wanted), Fact::Declaration(_)) => [after(taken, wanted.within_days), None],
        (Condition::Arrival(wanted), Fact::Arrival(a)) => [after(a.entered_at, wanted.within_days), None],
        (Condition::Test(wanted), Fact::TestResult(test)) => {
            [wanted.within_days.and_then(|days| after(test.sampled_at, days)), None]
        }
        (Condition::Vaccinated(wanted), Fact::Vaccination(given)) => {
            let day = given.given_on;
            let ends = wanted.within_days.map(|days| zone.start_of(day.plus(i32::from(days) + 1)));
            [Some(zone.start_of(day.plus(i32::from(wanted.after_days)))), ends]
        }
        _ => [None, None],
    }
}

impl Condition {
    /// Day 0 of the condition when `fact`, which takes its place at `taken`, meets it as seen at `at`. `None` also for
    /// conditions that are about more than one fact.
    pub(crate) fn day_zero(&self, fact: &Fact, taken: Instant, at: Instant, rules: &RuleSet) -> Option<Day> {
        let zone = &rules.zone;
        let on_its_day = |met: bool| met.then(|| zone.day_of(taken));
        match (self, fact) {
            (Self::CaseStatus(any), Fact::CaseReport(case)) => on_its_day(any.contains(&case.status)),
            (Self::Exposure(wanted), Fact::Exposure(exposure)) => {
                counts(wanted, exposure).then(|| within(exposure.last_at, at, wanted.within_days, zone))?
            }
            (Self::DeclaredContact(any), Fact::Declaration(d)) => on_its_day(any.contains(&d.contact)),
            (Self::DeclaredState(any), Fact::Declaration(d)) => on_its_day(any.contains(&d.health_state)),
            (Self::LivesIn(regions), Fact::Declaration(d)) => {
                on_its_day(d.residence.as_ref().is_some_and(|residence| lies_in(residence, regions)))
            }
            (Self::Stay(wanted), Fact::Stay(stay)) => {
                let stay_time = Interval::new(stay.from, stay.to)?;
                within(last_of(wanted, &stay.region, stay_time, rules)?, at, wanted.within_days, zone)
            }
            (Self::Stay(wanted), Fact::Declaration(d)) => {
                let from = zone.start_of(zone.day_of(taken).plus(-DECLARED_DAYS));
                let days = Interval::new(from, taken)?;
                let any = d.stayed_in.iter().any(|region| last_of(wanted, region, days, rules).is_some());
                any.then(|| within(taken, at, wanted.within_days, zone))?
            }
            (Self::Unwell(Unwell::Any(_)), fact) => on_its_day(fact.is_unwell()),
            (Self::Unwell(Unwell::Some(signs)), Fact::Declaration(d)) => {
                on_its_day(shows(signs, &d.symptoms, d.temperature_c))
            }
            (Self::Unwell(Unwell::Some(signs)), Fact::HealthReport(r)) => {
                on_its_day(shows(signs, &r.symptoms, Some(r.temperature_c)))
            }
            (Self::Report(says), Fact::HealthReport(_)) => {
                on_its_day(*says == ReportSays::Any || !fact.is_unwell())
            }
            (Self::Test(wanted), Fact::TestResult(test)) => tested(wanted, test, at, zone),
            (Self::Arrival(wanted), Fact::Arrival(arrival)) => arrived(wanted, &arrival.from_country)
                .then(|| within(arrival.entered_at, at, wanted.within_days, zone))?,
            (Self::Isolation(wanted), Fact::Isolation(isolation)) => {
                let place = wanted.place.is_empty() || wanted.place.contains(&isolation.place);
                (place && wanted.action.contains(&isolation.action)).then(|| zone.day_of(isolation.from))
            }
            (Self::Vaccinated(wanted), Fact::Vaccination(given)) => vaccinated(wanted, given, at, zone),
            (Self::Medicine(wanted), Fact::MedicinePurchase(bought)) => {
                let named = wanted.medicine.is_empty() || wanted.medicine.contains(&bought.medicine);
                on_its_day(named && wanted.for_other.is_none_or(|other| other == bought.for_other))
            }
            (Self::Order(wanted), Fact::Order(order)) => {
                on_its_day(wanted.colour == order.colour && wanted.reason.contains(&order.reason))
            }
            _ => None,
        }
    }
}

fn counts(wanted: &Exposed, exposure: &Exposure) -> bool {
    wanted.level.contains(&exposure.level)
        && wanted.grade.contains(&exposure.grade)
        && (wanted.basis.is_empty() || wanted.basis.contains(&exposure.basis))
        && exposure.minutes >= wanted.minutes_from
}

/// The last instant of a stay that counts: of all of it for a region, of what overlaps a time of risk for a level.
fn last_of(wanted: &Stayed, region: &Region, stay: Interval, rules: &RuleSet) -> Option<Instant> {
    if lies_in(region, &wanted.regions) {
        return Some(stay.until);
    }
    let risky = rules.risk.iter().filter(|risk| {
        wanted.risk.contains(&risk.level) && region.is_within(&risk.region) && !wanted.risk.is_empty()
    });
    // The end of a time of risk is the midnight after its last day, which is the day that counts.
    let last = |risk: &Risk| {
        let shared = risk.holds.overlap(&stay)?;
        let outlasts = shared.until == risk.holds.until;
        Some(if outlasts { Instant::from_micros(shared.until.micros() - 1) } else { shared.until })
    };
    risky.filter_map(last).max()
}

fn shows(signs: &Signs, symptoms: &[Symptom], temperature: Option<Temperature>) -> bool {
    let fever = |from: Temperature| temperature.is_some_and(|measured| measured >= from);
    symptoms.iter().any(|symptom| signs.symptoms.contains(symptom))
        || signs.temperature_from.is_some_and(fever)
}

fn tested(wanted: &Tested, test: &TestResult, at: Instant, zone: &Zone) -> Option<Day> {
    let counts = test.sampled_at <= at
        && (wanted.assay.is_empty() || wanted.assay.contains(&test.assay))
        && wanted.result.contains(&test.result)
        && wanted.ct_below.is_none_or(|below| test.ct.is_some_and(|ct| ct < below))
        && wanted.ct_from.is_none_or(|from| test.ct.is_some_and(|ct| ct >= from));
    match wanted.within_days {
        _ if !counts => None,
        Some(days) => within(test.sampled_at, at, days, zone),
        None => Some(zone.day_of(test.sampled_at)),
    }
}

fn arrived(wanted: &Arrived, country: &Region) -> bool {
    (wanted.from.is_empty() || lies_in(country, &wanted.from)) && !lies_in(country, &wanted.except)
}

fn vaccinated(wanted: &Vaccinated, given: &Vaccination, at: Instant, zone: &Zone) -> Option<Day> {
    let today = zone.day_of(at);
    let built_up = given.given_on.plus(i32::from(wanted.after_days)) <= today;
    let lasts = wanted.within_days.is_none_or(|days| today <= given.given_on.plus(i32::from(days)));
    (given.dose >= wanted.dose_from && built_up && lasts).then_some(given.given_on)
}

/// Whether a region is one of some or lies below one.
pub(crate) fn lies_in(region: &Region, regions: &[Region]) -> bool {
    regions.iter().any(|outer| region.is_within(outer))
}

/// The day of `end`, if `at` lies at most `days` civil days after it ("within 14 days" holds to the end of day 14).
fn within(end: Instant, at: Instant, days: u16, zone: &Zone) -> Option<Day> {
    let zero = zone.day_of(end);
    (zone.day_of(at) <= zero.plus(i32::from(days))).then_some(zero)
}
