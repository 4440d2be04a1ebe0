//! What may be asked of the places where cases were, and their close contacts after they had met them. Derived; written by
//! tracing alone, so that a late visit finds whom it concerns.

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Day, Interval};

/// A stay that others may have met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TracedPlace {
    /// Where.
    pub point: PointId,
    /// The close contact whose stay it is; `None` for the case herself.
    pub via: Option<PersonId>,
    /// When somebody else may be concerned by it, with the tail of the definition.
    pub time: Interval,
}

/// Replaces the places of a case.
pub async fn put(
    conn: &mut Conn,
    case: &PersonId,
    places: &[TracedPlace],
    forget_on: Day,
) -> Result<(), StoreFault> {
    sqlx::query("DELETE FROM traced_place WHERE person = $1")
        .bind(case.as_str().to_owned())
        .execute(&mut *conn)
        .await?;
    for place in places {
        sqlx::query(
            "INSERT INTO traced_place (point, person, via, entered_at, left_at, forget_on)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (point, person, via, entered_at) DO UPDATE SET left_at =
               CASE WHEN traced_place.left_at < excluded.left_at THEN excluded.left_at ELSE traced_place.left_at END",
        )
        .bind(place.point.as_str().to_owned())
        .bind(case.as_str().to_owned())
        .bind(place.via.as_ref().map_or(String::new(), ToString::to_string))
        .bind(place.time.from.micros())
        .bind(place.time.until.micros())
        .bind(i64::from(forget_on.0))
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
