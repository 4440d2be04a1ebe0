//! The acts of the HTTP interface, one file each: request, answer, act and description together.

pub mod activate;
pub mod advice;
pub mod audits;
pub mod break_glass;
pub mod cases;
pub mod clock;
pub mod count_scans;
pub mod declare;
pub mod definitions;
pub mod deliver_scans;
pub mod demo;
pub mod dependants;
pub mod door_check;
pub mod doubted;
pub mod enrol;
pub mod evidence;
pub mod fetch_passes;
pub mod guardians;
pub mod history;
pub mod household;
pub mod identity_queue;
pub mod invite;
pub mod looks;
pub mod my_quarantine;
pub mod notices;
pub mod officers;
pub mod place_codes;
pub mod place_visit;
pub mod points;
pub mod print_pass;
pub mod quarantines;
pub mod regions;
pub mod report;
pub mod rides;
pub mod rules;
pub mod scan;
pub mod search;
pub mod see_gate;
pub mod see_person;
pub mod show_code;
pub mod shown_twice;
pub mod sign_in;
pub mod status_files;
pub mod together;
pub mod watch;
pub mod watch_gate;
pub mod watch_looks;
pub mod why;

use serde::Serialize;

/// One page of a list: what comes next is asked for with `?after=`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next: Option<String>,
}

/// Items on a page.
pub const PAGE: usize = 50;

impl<T> Page<T> {
    /// A page of at most [`PAGE`] items out of one more, with the cursor that leads to the next.
    pub fn of(mut items: Vec<T>, cursor: impl Fn(&T) -> String) -> Self {
        let more = items.len() > PAGE;
        items.truncate(PAGE);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next }
    }
}
