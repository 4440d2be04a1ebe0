//! Places at which a case would have more contacts than the definition lets pass. None of them is exposed there until an
//! officer chooses; what each choice would leave is counted beforehand.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Instant;
use healthcode_store::crowded_places::{self, CrowdedPlace};
use healthcode_store::{Act, Conn, Tx};
use healthcode_trace::{Choice, Choices, Offer};

/// Which ring of contacts: 1 of the case, 2 of her close contacts.
pub type Ring = i64;
/// Contacts of the case.
pub const FIRST: Ring = 1;
/// Contacts of her close contacts.
pub const SECOND: Ring = 2;

/// A crowded place that was found.
#[derive(Clone, Debug)]
pub struct Crowded {
    /// Of which ring.
    pub ring: Ring,
    /// Where.
    pub point: PointId,
    /// How many would become contacts there.
    pub people: u32,
    /// How many each choice would leave.
    pub offers: Vec<Offer>,
}

/// What officers chose at the places of a ring of a case.
pub async fn choices(conn: &mut Conn, case: &PersonId, ring: Ring) -> Answer<Choices> {
    let mut choices = Choices::new();
    let places = crowded_places::of_case(conn, case).await?;
    for place in places.into_iter().filter(|place| place.ring == ring) {
        let Some(chosen) = place.chosen else { continue };
        let choice: Choice =
            serde_json::from_str(&chosen.choice).map_err(|_| Problem::new(Code::Internal))?;
        choices.insert(place.point, choice);
    }
    Ok(choices)
}

/// Keeps which places are crowded; one that is no more is forgotten, unless an officer chose there.
pub async fn keep(app: &App, case: &PersonId, found: Vec<Crowded>) -> Answer<()> {
    let kept = crowded_places::of_case(&mut *app.store.reader().await?, case).await?;
    let at = app.clock.now();
    let mut new = Vec::new();
    for crowded in &found {
        let counts = serde_json::to_string(&crowded.offers).map_err(|_| Problem::new(Code::Internal))?;
        let people = i64::from(crowded.people);
        let is_known = |kept: &CrowdedPlace| {
            (kept.ring, &kept.point) == (crowded.ring, &crowded.point)
                && kept.people == people
                && kept.counts == counts
        };
        if !kept.iter().any(is_known) {
            let (person, point) = (case.clone(), crowded.point.clone());
            new.push(CrowdedPlace {
                person,
                ring: crowded.ring,
                point,
                people,
                counts,
                found_at: at,
                chosen: None,
            });
        }
    }
    let is_gone = |kept: &&CrowdedPlace| {
        kept.chosen.is_none()
            && !found.iter().any(|found| (found.ring, &found.point) == (kept.ring, &kept.point))
    };
    let gone: Vec<_> = kept.iter().filter(is_gone).map(|kept| (kept.ring, kept.point.clone())).collect();
    if new.is_empty() && gone.is_empty() {
        return Ok(());
    }
    app.store.write(Keep { case: case.clone(), new, gone, at }).await
}

struct Keep {
    case: PersonId,
    new: Vec<CrowdedPlace>,
    gone: Vec<(Ring, PointId)>,
    at: Instant,
}

impl Act for Keep {
    type Out = ();
    type Fault = Problem;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<()> {
        for place in &self.new {
            tx.later(crowded_places::found(place, forget_on(self.at, retention::PERSON))).await?;
        }
        for (ring, point) in &self.gone {
            tx.later(crowded_places::gone(&self.case, *ring, point)).await?;
        }
        Ok(())
    }
}
