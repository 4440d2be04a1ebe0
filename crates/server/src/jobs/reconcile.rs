//! The one place where the loop closes: the exposures that cases, visits and the contact definition call for are
//! computed again and compared with those that stand as evidence; what is missing is added, what differs is
//! corrected, what nothing calls for is withdrawn. So a mistake never colours anyone for good.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::recording::{new_evidence, record};
use crate::retention::{self, forget_on};
use healthcode_core::evidence::Source;
use healthcode_core::fact::{
    CaseStatus, Correction, Exposure, ExposureBasis, ExposureGrade, ExposureLevel, Fact, RawData,
    TestOutcome, Withdrawal,
};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::life::Life;
use healthcode_core::time::{Instant, Interval};
use healthcode_store::cases::{self, CaseWindow, KeptExposure};
use healthcode_store::queue::{self, RECONCILE, Work};
use healthcode_store::{Act, Tx, case_files, lives, settings, visits};
use healthcode_trace::{Anchor, Choices, Grade, Level, Policy, Visit, WantedExposure, wanted_exposures};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// The contact definition that the server traces by.
const POLICY: &str = "place-15min-sum-24h";
/// Seconds that a server may work on a case before another one may take over.
const LEASE_SECONDS: i64 = 120;
/// Cases claimed at once.
const CASES: i64 = 4;
/// Contacts in one act.
const CONTACTS: usize = 100;

/// Reconciles every case that something happened to.
pub async fn reconcile(app: &App) -> Answer<()> {
    let mut worked = false;
    while queue::is_due(&mut *app.store.reader().await?, RECONCILE, app.clock.now()).await? {
        let claimed = app.store.write(Claim { at: app.clock.now() }).await?;
        if claimed.is_empty() {
            break;
        }
        for work in claimed {
            one_case(app, &work.key).await?;
            app.store.write(Finish { work, at: app.clock.now() }).await?;
            worked = true;
        }
    }
    if worked {
        tracing::debug!("exposures were reconciled");
    }
    Ok(())
}

struct Claim {
    at: Instant,
}

impl Act for Claim {
    type Out = Vec<Work>;
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<Work>> {
        Ok(queue::claim(tx.conn().await?, RECONCILE, self.at, self.at.plus_seconds(LEASE_SECONDS), CASES)
            .await?)
    }
}

struct Finish {
    work: Work,
    at: Instant,
}

impl Act for Finish {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        tx.later(settings::put(settings::RECONCILED_AT, &self.at.micros().to_string())).await?;
        Ok(queue::finish(tx.conn().await?, RECONCILE, &self.work).await?)
    }
}

async fn one_case(app: &App, case: &PersonId) -> Answer<()> {
    let policy = Policy::built_in(POLICY).ok_or(Problem::new(Code::Internal))?;
    // Window and places first: a visit that is stored from now on finds them and asks for this work again.
    let at = app.clock.now();
    let (window, own) =
        app.store.write(Locate { app: app.clone(), case: case.clone(), policy: policy.clone(), at }).await?;
    // A visit that was being stored beside it could not ask; it is waited for.
    app.store.after_writes_under_way().await?;
    let wanted = match window {
        Some(window) => wanted(app, case, window, &own, &policy).await?,
        None => Vec::new(),
    };
    let mut by_contact: BTreeMap<PersonId, Vec<WantedExposure>> = BTreeMap::new();
    for exposure in wanted {
        by_contact.entry(exposure.person.clone()).or_default().push(exposure);
    }
    let kept = cases::exposures(&mut *app.store.reader().await?, case).await?;
    let contacts: BTreeSet<PersonId> =
        kept.iter().map(|kept| kept.contact.clone()).chain(by_contact.keys().cloned()).collect();
    let contacts: Vec<_> = contacts.into_iter().collect();
    for some in contacts.chunks(CONTACTS) {
        let wanted = some.iter().map(|c| (c.clone(), by_contact.remove(c).unwrap_or_default())).collect();
        let change = Settle { app: app.clone(), case: case.clone(), wanted, at: app.clock.now() };
        let changed = app.store.write(change).await?;
        changed.iter().for_each(|person| app.changed(person));
    }
    Ok(())
}

/// Reads the case's window and places and keeps both.
struct Locate {
    app: App,
    case: PersonId,
    policy: Policy,
    at: Instant,
}

impl Act for Locate {
    type Out = (Option<Interval>, Vec<visits::Visit>);
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Self::Out> {
        let forget = forget_on(self.at, retention::PERSON);
        let life = lives::of_person(tx.conn().await?, &self.case).await?;
        let published = self.app.published();
        let file = case_files::get(tx.conn().await?, &self.case).await?;
        let edited = file.and_then(|file| file.window);
        let sampled_at = first_positive(&life, self.at);
        let window = life.case_at(self.at).and_then(|standing| {
            if let Some(edited) = edited {
                return Some((standing, edited));
            }
            let sampled = Anchor::Sample(sampled_at.unwrap_or(standing.since));
            let anchor = standing.onset_at.map_or(sampled, Anchor::Onset);
            let window =
                self.policy.infectious_window(anchor, Some(standing.since), published.rules.zone(self.at))?;
            Some((standing, window))
        });
        let Some((standing, window)) = window else {
            cases::drop_window(tx.conn().await?, &self.case).await?;
            cases::put_places(tx.conn().await?, &self.case, &[], forget).await?;
            return Ok((None, Vec::new()));
        };
        let (status, since, onset_at) = (status_word(standing.status), standing.since, standing.onset_at);
        let case = CaseWindow {
            person: self.case.clone(),
            status: status.to_owned(),
            since,
            onset_at,
            sampled_at,
            window,
        };
        cases::put_window(tx.conn().await?, &case, forget).await?;
        let own = visits::traceable_of_person(tx.conn().await?, &self.case, window).await?;
        let place = |visit: &visits::Visit| Some((visit.point.clone(), visit.stay.overlap(&window)?));
        let places: Vec<_> = own.iter().filter_map(place).collect();
        cases::put_places(tx.conn().await?, &self.case, &places, forget).await?;
        Ok((Some(window), own))
    }
}

/// When the first positive sample of this illness was taken: none older than ninety days is of it.
fn first_positive(life: &Life, at: Instant) -> Option<Instant> {
    let recent = at.plus_days_of_24h(-90);
    let sampled = life.facts_at(at).into_iter().filter_map(|(_, fact, withdrawn)| match fact {
        Fact::TestResult(test) if !withdrawn && test.result == TestOutcome::Positive => Some(test.sampled_at),
        _ => None,
    });
    sampled.filter(|sampled| *sampled >= recent).min()
}

fn status_word(status: CaseStatus) -> &'static str {
    status.word()
}

/// What cases, visits and definition call for.
async fn wanted(
    app: &App,
    case: &PersonId,
    window: Interval,
    own: &[visits::Visit],
    policy: &Policy,
) -> Answer<Vec<WantedExposure>> {
    let mut spans: BTreeMap<PointId, Interval> = BTreeMap::new();
    for visit in own {
        let span = spans.entry(visit.point.clone()).or_insert(visit.stay);
        *span = Interval { from: span.from.min(visit.stay.from), until: span.until.max(visit.stay.until) };
    }
    let mut others = Vec::new();
    for (point, span) in &spans {
        let at_point = visits::traceable_at_point(&mut *app.store.reader().await?, point, *span).await?;
        others.extend(at_point.iter().map(traced));
    }
    let own: Vec<_> = own.iter().map(traced).collect();
    let found = wanted_exposures(case, &[window], &own, &others, policy, &Choices::new());
    for place in found.capped.iter().chain(&found.capped_poster) {
        tracing::warn!(place = %place.place, people = place.people, "too many contacts at a place; an officer decides");
    }
    Ok(found.exposures)
}

pub(crate) fn traced(visit: &visits::Visit) -> Visit {
    let grade = match visit.grade.as_str() {
        "witnessed" => Grade::Witnessed,
        "rotating" => Grade::Rotating,
        // A grade that is not known proves nothing.
        _ => Grade::Poster,
    };
    Visit::new(visit.person.clone(), visit.point.clone(), visit.stay, grade)
}

/// Makes what stands about some contacts of a case equal to what is wanted.
struct Settle {
    app: App,
    case: PersonId,
    wanted: Vec<(PersonId, Vec<WantedExposure>)>,
    at: Instant,
}

impl Act for Settle {
    type Out = Vec<PersonId>;
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Vec<PersonId>> {
        let mut kept: BTreeMap<(PersonId, PointId), KeptExposure> = BTreeMap::new();
        for exposure in cases::exposures(tx.conn().await?, &self.case).await? {
            kept.insert((exposure.contact.clone(), exposure.point.clone()), exposure);
        }
        let mut changed = Vec::new();
        for (contact, wanted) in &self.wanted {
            tx.lock_person(contact.as_str()).await?;
            if self.settle_one(tx, contact, wanted, &mut kept).await? {
                changed.push(contact.clone());
            }
        }
        Ok(changed)
    }
}

impl Settle {
    async fn settle_one(
        &self,
        tx: &mut Tx<'_>,
        contact: &PersonId,
        wanted: &[WantedExposure],
        kept: &mut BTreeMap<(PersonId, PointId), KeptExposure>,
    ) -> Answer<bool> {
        let mut new = Vec::new();
        let forget = forget_on(self.at, retention::PERSON);
        for exposure in wanted {
            let fact = Fact::Exposure(self.exposure(exposure));
            let before = kept.remove(&(contact.clone(), exposure.place.clone()));
            if before.as_ref().is_some_and(|kept| kept.evidence.is_some() && kept.data == fact.to_data()) {
                continue;
            }
            let (mut after, evidence) = self.stand(contact, exposure, before, fact)?;
            if after.evidence.is_none() {
                after.evidence = Some(evidence.id.clone());
            }
            cases::put_exposure(tx.conn().await?, &self.case, &after, forget).await?;
            new.push(evidence);
        }
        let left: Vec<_> = kept.keys().filter(|(of, _)| of == contact).cloned().collect();
        for key in left {
            let Some(mut gone) = kept.remove(&key) else { continue };
            let Some(of) = gone.evidence.take() else { continue };
            let reason = "neither the cases nor the visits of record call for it any more".to_owned();
            let fact = Fact::Withdrawal(Withdrawal { of, reason });
            new.push(new_evidence(&self.app, contact, Source::Trace, fact, self.at, self.at)?);
            cases::put_exposure(tx.conn().await?, &self.case, &gone, forget).await?;
        }
        let new: Vec<_> = new.iter().collect();
        record(&self.app, tx, &new, "reconcile").await
    }

    /// The exposure as it stands from now on, with the evidence that says so: a new one, or a correction.
    fn stand(
        &self,
        contact: &PersonId,
        wanted: &WantedExposure,
        before: Option<KeptExposure>,
        fact: Fact,
    ) -> Answer<(KeptExposure, healthcode_core::evidence::Evidence)> {
        let data = fact.to_data();
        if let Some(before) = before.clone()
            && let Some(of) = before.evidence.clone()
        {
            let raw = RawValue::from_string(data.clone()).map_err(|_| Problem::new(Code::Internal))?;
            let fact = Fact::Correction(Correction { of, data: RawData(raw) });
            let evidence = new_evidence(&self.app, contact, Source::Trace, fact, self.at, self.at)?;
            return Ok((KeptExposure { data, ..before }, evidence));
        }
        let generation = before.map_or(1, |before| before.generation + 1);
        let evidence =
            new_evidence(&self.app, contact, Source::Trace, fact, wanted.last_at.min(self.at), self.at)?;
        let kept = KeptExposure {
            contact: contact.clone(),
            point: wanted.place.clone(),
            generation,
            evidence: None,
            data,
        };
        Ok((kept, evidence))
    }

    fn exposure(&self, wanted: &WantedExposure) -> Exposure {
        let level = match wanted.level {
            Level::Close => ExposureLevel::Close,
            Level::Secondary => ExposureLevel::Secondary,
            Level::General => ExposureLevel::General,
        };
        let grade = match wanted.grade {
            Grade::Witnessed => ExposureGrade::Witnessed,
            Grade::Rotating => ExposureGrade::Rotating,
            Grade::Poster => ExposureGrade::Poster,
        };
        // The case by an opaque name: the contact reads it and must not learn who it is.
        let case = crate::clock::hex(&self.app.store.seal().find("case", self.case.as_str())[..8]);
        Exposure {
            level,
            basis: ExposureBasis::Place,
            grade,
            first_at: wanted.first_at,
            last_at: wanted.last_at,
            minutes: wanted.minutes,
            case: Some(case),
        }
    }
}
