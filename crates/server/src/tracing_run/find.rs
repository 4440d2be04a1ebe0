//! Whom a case exposed, by the visits of record: those who met her, those who met them afterwards, those who are only told
//! of a place, and the places that are too crowded to say.

use crate::app::App;
use crate::problem::{Answer, Problem};
use crate::retention::{self, forget_on};
use crate::tracing_run::crowded::{self, FIRST, SECOND};
use crate::tracing_run::found::{Found, Kinds};
use crate::tracing_run::window::{Located, places_of, policy_time};
use crate::visiting::grade_of;
use healthcode_core::fact::Fact;
use healthcode_core::ids::{PersonId, PointId, VisitId};
use healthcode_core::time::{Instant, Interval};
use healthcode_store::traced_places::{self, TracedPlace};
use healthcode_store::{Act, Conn, Tx, households, lives, visits};
use healthcode_trace::{
    CloseContact, Policy, Visit, WantedExposure, Way, close_contacts, second_ring, wanted_exposures,
};
use std::collections::{BTreeMap, BTreeSet};

/// Days for which close contacts may meet others after the case, unless they are isolated earlier: as long as visits are
/// kept.
const SECOND_RING_DAYS: i64 = retention::VISIT as i64;

/// What is done about the places at which close contacts were.
#[derive(Clone, Copy, Debug)]
pub enum Places {
    /// They are kept, so that a late visit there asks for the case to be traced; contacts of contacts are looked for where
    /// at most so many people met the case: more wait for an officer first.
    Keep {
        /// People.
        most: usize,
    },
    /// Nothing: somebody only wants to know.
    Leave,
}

/// Whom a case exposed.
pub async fn find(
    app: &App,
    conn: &mut Conn,
    located: &Located,
    policy: &Policy,
    places: Places,
) -> Answer<Found> {
    let case = &located.case.person;
    let mine = places_of(located, policy);
    let own: Vec<_> = located.own.iter().map(traced).collect();
    let mut others = others(conn, &mine).await?;
    others.extend(housemates(app, conn, located).await?);
    let choices = crowded::choices(conn, case, FIRST).await?;
    let first = wanted_exposures(case, &[located.case.window], &own, &others, policy, &choices);
    let mut found = Found::default();
    let mut kinds: Kinds =
        located.own.iter().map(|visit| (visit.point.clone(), visit.kind.clone())).collect();
    found.take(app, case, FIRST, (&first, &kinds));
    if policy.second_ring.is_none() {
        return Ok(found);
    }
    let close = close_until_isolated(conn, &first.exposures).await?;
    let too_many = matches!(places, Places::Keep { most } if close.len() > most);
    let stays = if too_many { Vec::new() } else { stays_of(conn, &close).await? };
    let theirs = places_of_close(&stays, policy);
    if matches!(places, Places::Keep { .. }) {
        let all = mine.iter().chain(&theirs).cloned().collect();
        app.store.write(KeepPlaces { case: case.clone(), places: all, at: app.clock.now() }).await?;
        // As for the case herself: visits that were being stored beside it are waited for.
        app.store.after_writes_under_way().await?;
    }
    let near = self::others(conn, &theirs).await?;
    let choices = crowded::choices(conn, case, SECOND).await?;
    kinds.extend(stays.iter().map(|visit| (visit.point.clone(), visit.kind.clone())));
    let stays: Vec<_> = stays.iter().map(traced).collect();
    let second = second_ring(case, &close, &stays, &near, policy, &choices);
    found.take(app, case, SECOND, (&second, &kinds));
    Ok(found)
}

/// Keeps where a case and her close contacts were.
struct KeepPlaces {
    case: PersonId,
    places: Vec<TracedPlace>,
    at: Instant,
}

impl Act for KeepPlaces {
    type Out = ();
    type Fault = Problem;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        let forget = forget_on(self.at, retention::PERSON);
        Ok(traced_places::put(tx.conn().await?, &self.case, &self.places, forget).await?)
    }
}

/// The close contacts, each from her first exposure until she was isolated, at most as long as visits are kept.
async fn close_until_isolated(conn: &mut Conn, first: &[WantedExposure]) -> Answer<Vec<CloseContact>> {
    let mut close = close_contacts(first, Instant::from_micros(0));
    for contact in &mut close {
        let life = lives::of_person(conn, &contact.person).await?;
        let isolated = life.facts_at(Instant::from_micros(i64::MAX)).into_iter().filter_map(
            |(_, fact, gone)| match fact {
                Fact::Isolation(isolation) if !gone && isolation.from > contact.first_at => {
                    Some(isolation.from)
                }
                _ => None,
            },
        );
        let end = contact.first_at.plus_days_of_24h(SECOND_RING_DAYS);
        contact.until = isolated.min().map_or(end, |isolated| isolated.min(end));
    }
    Ok(close)
}

/// The visits of the close contacts since their first exposure.
async fn stays_of(conn: &mut Conn, close: &[CloseContact]) -> Answer<Vec<visits::Visit>> {
    let mut stays = Vec::new();
    for contact in close {
        let span = Interval { from: contact.first_at, until: contact.until };
        stays.extend(visits::traceable_of_person(conn, &contact.person, span).await?);
    }
    Ok(stays)
}

/// Where close contacts were, with the tail of the definition.
fn places_of_close(stays: &[visits::Visit], policy: &Policy) -> Vec<TracedPlace> {
    let place = |visit: &visits::Visit| TracedPlace {
        point: visit.point.clone(),
        via: Some(visit.person.clone()),
        time: policy_time(policy, visit.stay),
    };
    stays.iter().map(place).collect()
}

/// The visits at some places and times, each once.
async fn others(conn: &mut Conn, places: &[TracedPlace]) -> Answer<Vec<Visit>> {
    let mut spans: BTreeMap<&PointId, Vec<Interval>> = BTreeMap::new();
    for place in places {
        spans.entry(&place.point).or_default().push(place.time);
    }
    let mut others = Vec::new();
    for (point, spans) in spans {
        let mut seen: BTreeSet<VisitId> = BTreeSet::new();
        for span in joined(spans) {
            for visit in visits::traceable_at_point(conn, point, span).await? {
                if seen.insert(visit.id.clone()) {
                    others.push(traced(&visit));
                }
            }
        }
    }
    Ok(others)
}

/// The nights of everyone who was under one roof with the case. Households of her contacts are not asked for: a household
/// counts only when a member becomes a case.
async fn housemates(app: &App, conn: &mut Conn, located: &Located) -> Answer<Vec<Visit>> {
    let zone = app.published().rules.zone(located.case.since).clone();
    let roofs: BTreeSet<&PointId> =
        located.own.iter().filter(|visit| visit.kind == households::KIND).map(|visit| &visit.point).collect();
    let mut nights = Vec::new();
    for roof in roofs {
        let stays = households::stays_at(conn, roof, located.case.window, &zone).await?;
        nights.extend(stays.iter().map(traced));
    }
    Ok(nights)
}

/// Spans that overlap or touch become one.
fn joined(mut spans: Vec<Interval>) -> Vec<Interval> {
    spans.sort_by_key(|span| span.from);
    let mut joined: Vec<Interval> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.from <= last.until => last.until = last.until.max(span.until),
            _ => joined.push(span),
        }
    }
    joined
}

/// A visit as the computation takes it.
pub(crate) fn traced(visit: &visits::Visit) -> Visit {
    let grade = grade_of(&visit.grade);
    let way = match visit.way.as_deref() {
        Some("in") => Some(Way::In),
        Some("out") => Some(Way::Out),
        Some("passing") => Some(Way::Passing),
        _ => None,
    };
    let seat = visit.seat.as_deref().and_then(|seat| seat.parse().ok());
    let part = visit.part.as_deref().and_then(|part| PointId::new(part).ok());
    let new = Visit::new(visit.person.clone(), visit.point.clone(), visit.stay, grade);
    Visit { kind: Some(visit.kind.as_str().into()), seat, part, way, ..new }
}
