//! Whom a tracing run concerns, before anyone is told: how many people, which colours, which places.

use crate::app::App;
use crate::place_name;
use crate::problem::Answer;
use crate::tracing_run::change::{Changes, is_poster};
use healthcode_core::decision::Colour;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::life::Life;
use healthcode_core::rule_set::Text;
use healthcode_core::time::Instant;
use healthcode_store::exposures::KeptExposure;
use healthcode_store::{Conn, evidence};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// People whose colours are worked out for a preview, at most; of more, so many are taken and the preview says so.
const MOST_DECIDED: usize = 5_000;
/// Places that are named, those with the most people first.
const MOST_PLACES: usize = 50;

/// Whom a tracing run concerns.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Preview {
    /// People who met the case.
    pub contacts: u32,
    /// People who met a close contact after that.
    pub second_ring: u32,
    /// People who are exposed now and were not before.
    pub newly: u32,
    /// People who were exposed before and are not now.
    pub no_longer: u32,
    /// People who are only sent a message, because nothing proves that they were there.
    pub advised: u32,
    /// Whose colour would change, by colours.
    pub colours: Vec<ColourChange>,
    /// For how many people the colours were worked out; all who are concerned, but at most 5,000.
    pub decided: u32,
    /// Where: the 50 places with the most people.
    pub places: Vec<PlaceCount>,
}

/// So many people would go from one colour to another.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ColourChange {
    /// The colour now.
    #[schema(value_type = String)]
    pub from: Colour,
    /// The colour then.
    #[schema(value_type = String)]
    pub to: Colour,
    /// How many.
    pub people: u32,
}

/// So many people were exposed at a place.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PlaceCount {
    /// The collection point, household or ride.
    pub point: String,
    /// What it is called.
    #[schema(value_type = Object)]
    pub name: Option<Text>,
    /// Of a collection point or a vehicle, or `household`.
    pub kind: Option<String>,
    /// How many.
    pub people: u32,
}

impl Preview {
    /// Adds what another case makes of it.
    pub fn add(&mut self, other: Self) {
        self.contacts += other.contacts;
        self.second_ring += other.second_ring;
        self.newly += other.newly;
        self.no_longer += other.no_longer;
        self.advised += other.advised;
        self.decided += other.decided;
        for colour in other.colours {
            match self.colours.iter_mut().find(|mine| (mine.from, mine.to) == (colour.from, colour.to)) {
                Some(mine) => mine.people += colour.people,
                None => self.colours.push(colour),
            }
        }
        for place in other.places {
            match self.places.iter_mut().find(|mine| mine.point == place.point) {
                Some(mine) => mine.people += place.people,
                None => self.places.push(place),
            }
        }
        self.places.sort_by(|a, b| (b.people, &b.point).cmp(&(a.people, &a.point)));
        self.places.truncate(MOST_PLACES);
    }
}

/// What a run makes of the exposures: what is kept now and what would be changed, by contact.
pub struct Plan {
    /// What stands.
    pub kept: Vec<KeptExposure>,
    /// What would be changed.
    pub changes: BTreeMap<PersonId, Changes>,
}

impl Plan {
    /// The exposures that stand after the run.
    fn after(&self) -> impl Iterator<Item = &KeptExposure> {
        let changed: BTreeSet<_> =
            self.changes.values().flat_map(|changes| &changes.kept).map(KeptExposure::key).collect();
        let untouched = self.kept.iter().filter(move |kept| !changed.contains(&kept.key()));
        let new = self.changes.values().flat_map(|changes| &changes.kept);
        untouched.chain(new).filter(|kept| kept.evidence.is_some())
    }

    /// People whom the exposures of the run may colour, before and after it.
    pub fn coloured(&self) -> (BTreeSet<&PersonId>, BTreeSet<&PersonId>) {
        let may_colour = |kept: &&KeptExposure| kept.evidence.is_some() && !is_poster(kept);
        let before = self.kept.iter().filter(may_colour).map(|kept| &kept.contact).collect();
        let after = self.after().filter(may_colour).map(|kept| &kept.contact).collect();
        (before, after)
    }

    /// Whom the run concerns.
    pub async fn preview(&self, app: &App, conn: &mut Conn, at: Instant) -> Answer<Preview> {
        let (before, after) = self.coloured();
        let near: BTreeSet<_> =
            self.after().filter(|k| !is_poster(k) && k.via.is_none()).map(|k| &k.contact).collect();
        let advised: BTreeSet<_> = self.after().filter(|k| is_poster(k)).map(|k| &k.contact).collect();
        let (colours, decided) = self.colours(app, conn, at).await?;
        Ok(Preview {
            contacts: count(near.len()),
            second_ring: count(after.difference(&near).count()),
            newly: count(after.difference(&before).count()),
            no_longer: count(before.difference(&after).count()),
            advised: count(advised.difference(&after).count()),
            colours,
            decided,
            places: self.places(conn).await?,
        })
    }

    async fn colours(&self, app: &App, conn: &mut Conn, at: Instant) -> Answer<(Vec<ColourChange>, u32)> {
        let published = app.published();
        let mut counts: BTreeMap<(&str, &str), (Colour, Colour, u32)> = BTreeMap::new();
        let mut decided = 0;
        for (person, changes) in self.changes.iter().take(MOST_DECIDED) {
            let now = evidence::of_person(conn, person).await?;
            let then = now.iter().cloned().chain(changes.evidence.iter().cloned()).collect();
            let (Ok(now), Ok(then)) = (Life::new(now), Life::new(then)) else { continue };
            let (from, to) = (published.rules.colour(&now, at), published.rules.colour(&then, at));
            decided += 1;
            if from != to {
                counts.entry((from.word(), to.word())).or_insert((from, to, 0)).2 += 1;
            }
        }
        let colours = counts.into_values().map(|(from, to, people)| ColourChange { from, to, people });
        Ok((colours.collect(), decided))
    }

    async fn places(&self, conn: &mut Conn) -> Answer<Vec<PlaceCount>> {
        let mut people: BTreeMap<&PointId, BTreeSet<&PersonId>> = BTreeMap::new();
        for kept in self.after() {
            people.entry(&kept.point).or_default().insert(&kept.contact);
        }
        let mut most: Vec<_> = people.into_iter().map(|(point, people)| (people.len(), point)).collect();
        most.sort_by(|a, b| b.cmp(a));
        let mut places = Vec::new();
        for (people, point) in most.into_iter().take(MOST_PLACES) {
            let (name, kind) =
                place_name::of(conn, point).await?.map(|place| (place.name, place.kind)).unzip();
            places.push(PlaceCount { point: point.to_string(), name, kind, people: count(people) });
        }
        Ok(places)
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
