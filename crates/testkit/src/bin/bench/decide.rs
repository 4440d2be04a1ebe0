//! Deciding on people with ten facts each, on one core.

use crate::table::{Aim, Rounds, Row};
use crate::{Answer, ROUNDS};
use healthcode_core::decide::decide;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{
    Audit, AuditResult, Declaration, DeclaredContact, Exposure, ExposureBasis, ExposureGrade, ExposureLevel,
    Fact, HealthReport, HealthState, Temperature,
};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::life::Life;
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_testkit::random::Random;
use std::hint::black_box;

const RULES: &str = include_str!("../../../../../rules/hangzhou-2020-02/rules.toml");
/// When everything is decided, some weeks into the rule set.
const AT: &str = "2020-04-01T12:00:00+08:00";
/// Pieces of evidence of everyone.
const FACTS: usize = 10;

/// Times the whole public call; the lives were built before.
pub fn measure(people: usize) -> Answer<Row> {
    let rules = RuleSet::parse(RULES).map_err(|_| "the preset does not load")?;
    let at = Instant::parse(AT)?;
    let mut random = Random::new(1);
    let lives = (0..people).map(|number| life(number, at, &mut random)).collect::<Answer<Vec<_>>>()?;
    let (mut figures, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        figures.push(rate(&lives, |life| decide(&rules, black_box(life), at).is_ok()));
        floors.push(rate(&lives, |life| touch(black_box(life)) != 0));
    }
    Ok(Row {
        name: "decide".to_owned(),
        done: format!("{people} people, {FACTS} facts each, a third exposed, one core"),
        figure: Rounds::rates(&figures, "people/s"),
        yardstick: "only reading ids and times of the same evidence",
        yard: Rounds::rates(&floors, "people/s"),
        aim: Aim::Figure(1_000_000.0),
    })
}

fn rate(lives: &[Life], mut call: impl FnMut(&Life) -> bool) -> f64 {
    let start = std::time::Instant::now();
    for life in lives {
        assert!(black_box(call(life)), "every call must succeed");
    }
    lives.len() as f64 / start.elapsed().as_secs_f64()
}

/// Reads what no decision can do without: when everything happened and was recorded, and which evidence it is.
fn touch(life: &Life) -> u64 {
    life.originals().iter().fold(1, |sum: u64, e| {
        let id = e.id.as_str().as_bytes().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        sum.rotate_left(5) ^ id ^ (e.happened_at.micros() as u64) ^ (e.recorded_at.micros() as u64)
    })
}

/// Someone who declared, was confirmed and has reported since; every third was exposed some days ago.
fn life(number: usize, at: Instant, random: &mut Random) -> Answer<Life> {
    let person = PersonId::new(hex_id(random))?;
    let seconds_of_day = i64::from(random.below(10 * 3_600));
    let day = |ago: i64| at.plus_days_of_24h(-ago).plus_seconds(-seconds_of_day);
    let declared = EvidenceId::new(hex_id(random))?;
    let mut evidence = Vec::with_capacity(FACTS);
    let mut add = |id: EvidenceId, at: Instant, source, fact| {
        evidence.push(Evidence {
            id,
            person: person.clone(),
            happened_at: at,
            recorded_at: at,
            source,
            fact,
        });
    };
    let declared_at = day(10 + i64::from(random.below(15)));
    add(declared.clone(), declared_at, Source::Own, declaration()?);
    let audit = Fact::Audit(Audit { of: declared, result: AuditResult::Confirmed, note: None });
    add(EvidenceId::new(hex_id(random))?, declared_at.plus_seconds(1), Source::System, audit);
    let exposed = number.is_multiple_of(3);
    if exposed {
        add(EvidenceId::new(hex_id(random))?, day(8), Source::Trace, exposure(day(9)));
    }
    for ago in (0..FACTS as i64 - 2 - i64::from(exposed)).rev() {
        let temperature_c = Temperature::from_celsius(36.6).ok_or("a temperature")?;
        let report = Fact::HealthReport(HealthReport { temperature_c, symptoms: Vec::new() });
        add(EvidenceId::new(hex_id(random))?, day(ago), Source::Own, report);
    }
    Ok(Life::new(evidence)?)
}

fn declaration() -> Answer<Fact> {
    Ok(Fact::Declaration(Declaration {
        symptoms: Vec::new(),
        temperature_c: Temperature::from_celsius(36.6),
        contact: DeclaredContact::No,
        stayed_in: vec![Region::new("330106")?],
        residence: Some(Region::new("330106")?),
        health_state: HealthState::Normal,
    }))
}

fn exposure(first_at: Instant) -> Fact {
    Fact::Exposure(Exposure {
        level: ExposureLevel::Close,
        basis: ExposureBasis::Place,
        grade: ExposureGrade::Witnessed,
        first_at,
        last_at: first_at.plus_seconds(1_800),
        minutes: 30,
        case: None,
    })
}

fn hex_id(random: &mut Random) -> String {
    format!("{:016x}{:016x}", random.next_u64(), random.next_u64())
}
