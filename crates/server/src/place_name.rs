//! What people call a place where somebody was: a collection point, a ride, a household.

use crate::problem::Answer;
use healthcode_core::ids::PointId;
use healthcode_core::rule_set::Text;
use healthcode_store::{Conn, households, points, rides};

/// What a place is called, and its kind.
pub(crate) struct PlaceName {
    /// Its name in both languages. A household has none of its own, so that nobody's home is named.
    pub name: Text,
    /// Of a collection point or a vehicle, or `household`.
    pub kind: String,
}

/// What a place is called; `None` for one that is not known any more.
pub(crate) async fn of(conn: &mut Conn, place: &PointId) -> Answer<Option<PlaceName>> {
    if let Some(point) = points::get(conn, place).await? {
        return Ok(Some(PlaceName { name: point.name, kind: point.kind }));
    }
    if let Some(ride) = rides::get(conn, place).await? {
        let name = format!("{} {}", ride.operator, ride.line);
        return Ok(Some(PlaceName { name: Text { en: name.clone(), zh: name }, kind: ride.kind }));
    }
    let household = households::get(conn, place).await?;
    let name = || Text { en: "Under one roof".to_owned(), zh: "同住".to_owned() };
    Ok(household.map(|_| PlaceName { name: name(), kind: households::KIND.to_owned() }))
}

/// Its name alone.
pub(crate) async fn name(conn: &mut Conn, place: &PointId) -> Answer<Option<Text>> {
    Ok(of(conn, place).await?.map(|place| place.name))
}
