//! Quarantine: an order, its changes with the former end, what of it was done, and whom to call first. An order is
//! evidence of kind `isolation`; what colour it gives, and when it lets go, the rules alone say.

pub mod change;
pub mod follow_up;
pub mod letter;
pub mod of_person;
pub mod order;
pub mod order_many;
pub mod transfer;
pub mod withdraw;
pub mod work_list;

use crate::problem::{Answer, Code, Problem};

/// Bytes of a reason, at most.
const MOST_REASON: usize = 500;

/// Reads a reason: it is kept, and the person reads it.
pub(crate) fn read_reason(text: &str) -> Answer<String> {
    let text = text.trim();
    match text.is_empty() || text.len() > MOST_REASON {
        true => Err(Problem::new(Code::ReasonMissing).field("reason")),
        false => Ok(text.to_owned()),
    }
}
