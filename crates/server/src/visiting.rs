//! What a scan says of somebody's stay at a point: the visit it begins, ends, or stands for.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use healthcode_core::ids::{PersonId, VisitId};
use healthcode_core::time::{Instant, Interval};
use healthcode_store::Tx;
use healthcode_store::points::Point;
use healthcode_store::visits::{self, Visit};
use serde::{Deserialize, Serialize};

/// Which way a person goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Enters; a leaving scan may follow.
    In,
    /// Leaves.
    Out,
    /// Passes a point that scans nobody out.
    Passing,
}

impl Direction {
    /// The word used in interfaces.
    pub const fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Passing => "passing",
        }
    }
}

/// Somebody passes a point.
pub(crate) struct Passage<'a> {
    pub app: &'a App,
    pub person: &'a PersonId,
    pub point: &'a Point,
    pub direction: Direction,
    /// When the code was scanned.
    pub scanned_at: Instant,
    /// When that is recorded.
    pub at: Instant,
    /// By which account.
    pub by: &'a str,
}

impl Passage<'_> {
    /// Records the visit. Without a leaving scan it lasts as long as is usual at the point; a leaving scan ends it, or
    /// stands for a usual stay up to then where nobody scanned the entering.
    pub(crate) async fn record(&self, tx: &mut Tx<'_>) -> Answer<Visit> {
        let (then, usual) = (self.scanned_at, self.point.usual_stay_s);
        if self.direction == Direction::Out {
            let since = then.plus_seconds(-visits::LONGEST_SECONDS);
            if let Some(mut open) =
                visits::open_at(tx.conn().await?, self.person, &self.point.point, since).await?
                && let Some(stay) = Interval::new(open.stay.from, then)
            {
                visits::close(tx.conn().await?, &open, then).await?;
                open.stay = stay;
                return Ok(open);
            }
        }
        let stay = match self.direction {
            Direction::Out => Interval { from: then.plus_seconds(-usual), until: then },
            Direction::In | Direction::Passing => Interval { from: then, until: then.plus_seconds(usual) },
        };
        let id = VisitId::new(self.app.clock.name_at(then)).map_err(|_| Problem::new(Code::Internal))?;
        let visit = Visit {
            id,
            point: self.point.point.clone(),
            person: self.person.clone(),
            stay,
            assumed: true,
            open: self.direction == Direction::In,
            grade: "witnessed".to_owned(),
        };
        tx.later(visits::add(&visit, self.at, self.by, forget_on(self.at, retention::VISIT))).await?;
        Ok(visit)
    }
}
