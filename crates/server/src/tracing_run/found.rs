//! What was found about a case, in the words of evidence.

use crate::app::App;
use crate::clock::hex;
use crate::tracing_run::change::Wanted;
use crate::tracing_run::crowded::{Crowded, Ring};
use healthcode_core::fact::{Exposure, ExposureBasis, ExposureGrade, ExposureLevel};
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::Interval;
use healthcode_store::advice::Advice;
use healthcode_store::{households, rides};
use healthcode_trace::{Grade, Level, WantedExposure, counts};
use std::collections::BTreeMap;

/// The kinds of places.
pub type Kinds = BTreeMap<PointId, String>;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The exposures of both rings.
    pub wanted: Vec<Wanted>,
    /// Who is told of a place, without any effect on the code.
    pub advice: Vec<Advice>,
    /// Where an officer has to choose.
    pub crowded: Vec<Crowded>,
}

impl Found {
    /// Takes over what one ring found.
    pub fn take(
        &mut self,
        app: &App,
        case: &PersonId,
        ring: Ring,
        (found, kinds): (&healthcode_trace::Wanted, &Kinds),
    ) {
        let (posters, told): (Vec<_>, Vec<_>) =
            found.messages.iter().partition(|message| message.grade == Grade::Poster);
        let wanted = found.exposures.iter().chain(posters);
        self.wanted.extend(wanted.map(|exposure| Wanted {
            contact: exposure.person.clone(),
            point: exposure.place.clone(),
            via: exposure.via.clone(),
            exposure: fact(app, case, exposure, kinds),
        }));
        self.advice.extend(told.into_iter().map(|message| Advice {
            person: message.person.clone(),
            point: message.place.clone(),
            time: Interval { from: message.first_at, until: message.last_at },
        }));
        self.crowded.extend(found.capped.iter().chain(&found.decided).map(|capped| Crowded {
            ring,
            point: capped.place.clone(),
            people: capped.people,
            offers: counts(capped),
        }));
    }
}

/// What an exposure is concluded from: the kind of its place says it, whether or not the definition has a rule for it.
fn basis(wanted: &WantedExposure, kinds: &Kinds) -> ExposureBasis {
    match kinds.get(&wanted.place).map(String::as_str) {
        Some(households::KIND) => ExposureBasis::Household,
        Some(kind) if rides::KINDS.contains(&kind) => ExposureBasis::Transport,
        _ => wanted.basis,
    }
}

fn fact(app: &App, case: &PersonId, wanted: &WantedExposure, kinds: &Kinds) -> Exposure {
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
    let case = hex(&app.store.seal().find("case", case.as_str())[..8]);
    Exposure {
        level,
        basis: basis(wanted, kinds),
        grade,
        first_at: wanted.first_at,
        last_at: wanted.last_at,
        minutes: wanted.minutes,
        case: Some(case),
    }
}
