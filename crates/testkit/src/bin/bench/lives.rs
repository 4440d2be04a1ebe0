//! Made-up lives of ten facts each: a declaration with its audit, daily reports, and for some exposures, a case, symptoms
//! or a stay in a listed region. The same number gives the same life.

use crate::Answer;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{
    Audit, AuditResult, CaseReport, CaseStatus, Declaration, DeclaredContact, Exposure, ExposureBasis,
    ExposureGrade, ExposureLevel, Fact, HealthReport, HealthState, Symptom, Temperature,
};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_core::region::Region;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_testkit::random::Random;

const RULES: &str = include_str!("../../../../../rules/hangzhou-2020-02/rules.toml");
/// When everything is decided, some weeks into the rule set.
const AT: &str = "2020-04-01T12:00:00+08:00";
/// Pieces of evidence of everyone.
pub const FACTS: usize = 10;

/// The rules that decide about these lives.
pub fn rules() -> Answer<RuleSet> {
    Ok(RuleSet::parse(RULES).map_err(|_| "the preset does not load")?)
}

/// When it is decided.
pub fn at() -> Answer<Instant> {
    Ok(Instant::parse(AT)?)
}

/// The person of a number.
pub fn person(number: u64) -> PersonId {
    let mut random = Random::stream(1, &[number]);
    PersonId::of_bytes(id_bytes(&mut random))
}

/// The first bytes of a person's id, which order people.
pub fn first_bytes(number: u64) -> u64 {
    u64::from_be_bytes(Random::stream(1, &[number]).next_u64().to_le_bytes())
}

/// Everything about a person.
pub fn evidence(number: u64) -> Answer<Vec<Evidence>> {
    let mut random = Random::stream(1, &[number]);
    let person = PersonId::of_bytes(id_bytes(&mut random));
    let mut life = Life { person, at: at()?, evidence: Vec::with_capacity(FACTS), random };
    life.declare()?;
    life.meet_cases(number);
    life.fall_ill();
    life.report()?;
    // As it is appended: in the order in which it is recorded.
    life.evidence.sort_by_key(|evidence| evidence.recorded_at);
    Ok(life.evidence)
}

struct Life {
    person: PersonId,
    at: Instant,
    evidence: Vec<Evidence>,
    random: Random,
}

impl Life {
    fn add(&mut self, at: Instant, source: Source, fact: Fact) -> EvidenceId {
        // As the platform makes them: milliseconds first, then chance.
        let mut bytes = id_bytes(&mut self.random);
        bytes[..6].copy_from_slice(&(at.micros() / 1_000).to_be_bytes()[2..]);
        let id = EvidenceId::of_bytes(bytes);
        let (person, added) = (self.person.clone(), id.clone());
        self.evidence.push(Evidence { id, person, happened_at: at, recorded_at: at, source, fact });
        added
    }

    /// Some time of a day so many days ago.
    fn day(&mut self, ago: u32) -> Instant {
        self.at.plus_days_of_24h(-i64::from(ago)).plus_seconds(-i64::from(self.random.below(10 * 3_600)))
    }

    fn declare(&mut self) -> Answer<()> {
        let (contact, region) = (self.random.below(100), self.random.below(100));
        let region = match region {
            0 | 1 => "420106",
            2 | 3 => "330302",
            _ => "330106",
        };
        let ago = self.random.between(10, 24);
        let declared_at = self.day(ago);
        let declaration = Declaration {
            symptoms: if self.random.chance(2) { vec![Symptom::DryCough] } else { Vec::new() },
            temperature_c: Temperature::from_celsius(36.6),
            contact: match contact {
                0 => DeclaredContact::Yes,
                1..4 => DeclaredContact::Unsure,
                _ => DeclaredContact::No,
            },
            stayed_in: vec![Region::new(region)?],
            residence: Some(Region::new("330106")?),
            health_state: HealthState::Normal,
        };
        let of = self.add(declared_at, Source::Own, Fact::Declaration(declaration));
        let result = match self.random.below(100) {
            0 => return Ok(()),
            1 => AuditResult::Refused,
            _ => AuditResult::Confirmed,
        };
        let audit = Fact::Audit(Audit { of, result, note: None });
        self.add(declared_at.plus_seconds(1), Source::System, audit);
        Ok(())
    }

    /// Every third was exposed some days ago, a tenth of them once more.
    fn meet_cases(&mut self, number: u64) {
        if !number.is_multiple_of(3) {
            return;
        }
        let first = self.random.between(6, 13);
        let second = self.random.chance(10).then(|| self.random.between(2, 5));
        for ago in [Some(first), second].into_iter().flatten() {
            let (met, found) = (self.day(ago + 1), self.day(ago));
            let exposure = Exposure {
                level: ExposureLevel::Close,
                basis: ExposureBasis::Place,
                grade: ExposureGrade::Witnessed,
                first_at: met,
                last_at: met.plus_seconds(1_800),
                minutes: 30,
                case: None,
            };
            self.add(found, Source::Trace, Fact::Exposure(exposure));
        }
    }

    /// One in two hundred is a case; some are excluded or recover.
    fn fall_ill(&mut self) {
        if self.random.below(200) > 0 {
            return;
        }
        let after = [None, Some(CaseStatus::Excluded), Some(CaseStatus::Recovered)];
        let after = after[self.random.below(3) as usize];
        for (ago, status) in [(9, Some(CaseStatus::Confirmed)), (4, after)] {
            let at = self.day(ago);
            if let Some(status) = status {
                self.add(at, Source::Officer, Fact::CaseReport(CaseReport { status, onset_at: None }));
            }
        }
    }

    /// The rest are daily reports up to today, with days left out and fevers.
    fn report(&mut self) -> Answer<()> {
        let mut ago = u32::from(self.random.chance(20));
        while self.evidence.len() < FACTS {
            let celsius = if self.random.chance(1) { 37.5 } else { 36.6 };
            let temperature_c = Temperature::from_celsius(celsius).ok_or("a temperature")?;
            let report = Fact::HealthReport(HealthReport { temperature_c, symptoms: Vec::new() });
            let at = self.day(ago);
            self.add(at, Source::Own, report);
            ago += if self.random.chance(3) { 2 } else { 1 };
        }
        Ok(())
    }
}

fn id_bytes(random: &mut Random) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&random.next_u64().to_le_bytes());
    bytes[8..].copy_from_slice(&random.next_u64().to_le_bytes());
    bytes
}
