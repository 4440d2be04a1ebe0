//! A table of visits, brought into the form that tracing reads.

use super::columns::Field;
use super::kinds::{Stored, csv_line};
use super::reading::{RowReader, View};
use super::table::Row;
use healthcode_core::ids::{PersonId, PointId};
use healthcode_core::time::{Instant, Zone};
use healthcode_trace::Seat;

/// What is looked for.
pub const FIELDS: &[Field] = &[
    Field::text("person", &["person id", "visitor", "visitor id", "user", "id", "人员编号", "人员", "编号"])
        .required(),
    Field::text("place", &["place id", "location", "venue", "site", "point", "地点", "场所", "场所编号"])
        .required(),
    Field::time(
        "entered_at",
        &[
            "entered",
            "entry",
            "entry time",
            "time in",
            "check in",
            "checkin",
            "start",
            "from",
            "arrival",
            "arrived at",
            "进入时间",
            "到达时间",
            "扫码时间",
        ],
    )
    .required(),
    Field::time(
        "left_at",
        &[
            "left",
            "exit",
            "exit time",
            "time out",
            "check out",
            "checkout",
            "end",
            "to",
            "until",
            "departure",
            "departed at",
            "离开时间",
        ],
    )
    .required(),
    Field::text("grade", &["级别", "可信度"]),
    Field::text("kind", &["place kind", "vehicle", "场所类型", "交通工具"]),
    Field::text("seat", &["seat number", "berth", "座位", "座位号", "铺位"]),
];

/// The grades that tracing reads.
const GRADES: [&str; 3] = ["witnessed", "rotating", "poster"];

/// A visit.
#[derive(Debug)]
pub struct VisitRow {
    /// Who.
    pub person: PersonId,
    /// Where.
    pub place: PointId,
    /// From (inside).
    pub entered_at: Instant,
    /// Until (outside).
    pub left_at: Instant,
    /// How much it proves, where it is said.
    pub grade: String,
    /// The kind of the place or vehicle, where it is said.
    pub kind: Option<String>,
    /// Where on a vehicle, in the text form of [`Seat`], where it is said.
    pub seat: Option<String>,
}

impl VisitRow {
    /// One line of CSV, times with the zone's offset.
    pub fn line(&self, zone: &Zone) -> String {
        let (entered, left) = (zone.show(self.entered_at).to_string(), zone.show(self.left_at).to_string());
        csv_line(&[self.person.as_str(), self.place.as_str(), &entered, &left, &self.grade])
    }
}

/// Reads visits.
pub struct Visits;

impl RowReader for Visits {
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        let person = view.person(row, "person")?;
        let place = PointId::new(view.needed(row, "place")?).map_err(|fault| format!("place: {fault}"))?;
        let time = |field| {
            let when = view.time(row, field)?.ok_or(format!("no {field}"))?;
            // A midnight that a spreadsheet writes as a bare day cannot be told from a missing time of day.
            if when.has_time() {
                Ok(when.instant(view.zone))
            } else {
                Err(format!("{field}: no time of day"))
            }
        };
        let (entered_at, left_at) = (time("entered_at")?, time("left_at")?);
        if left_at <= entered_at {
            return Err("left_at is not after entered_at".to_owned());
        }
        let grade = view.text(row, "grade").unwrap_or_default().to_lowercase();
        if !grade.is_empty() && !GRADES.contains(&grade.as_str()) {
            return Err("grade is not known; write witnessed, rotating or poster".to_owned());
        }
        let kind = view.text(row, "kind").filter(|kind| !kind.is_empty()).map(|kind| kind.to_lowercase());
        let seat = view.text(row, "seat").filter(|seat| !seat.is_empty()).map(str::parse::<Seat>).transpose();
        let seat = seat.map_err(|fault| format!("seat: {fault}"))?.map(|seat| seat.to_string());
        Ok(Stored::Visit(VisitRow { person, place, entered_at, left_at, grade, kind, seat }))
    }
}
