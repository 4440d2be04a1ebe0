//! What a gate decides when it stands alone: a code, what the gate holds, an instant → pass, ask or stop.
//!
//! The order of checks is fixed. Each has a code of its own, and none but the last can let anybody pass:
//!
//! | step | fails with | action |
//! |---|---|---|
//! | 1. the gate's clock is not before signed time it has seen, and did not go back | `clock` | ask |
//! | 2. the code: the steps of [`crate::verify::verify`] | its [`crate::outcome::Reason`] | forged: stop; else ask |
//! | 3. a phone's pass is presented by a phone | `presentation_missing` | ask |
//! | 4. its issuer is this region or one that the bundle recognises | `not_recognised` | ask |
//! | 5. the trust bundle has not ended; keys and rules are not older than a day | `bundle_ended`, `keys_old` | ask |
//! | 6. it is not on paper, of which only a server knows more | `paper_offline` | ask |
//! | 7. the colours are not older than a day | `colours_old` | ask |
//! | 8. the index is in a table of its issuer | `no_table` | ask |
//! | 9. its colour, and what the bundle says of it at this kind of point | – | pass, ask or stop |
//!
//! A forged code stops also on a gate whose clock is wrong: step 2 is taken even after step 1 failed, and only a forgery wins
//! over `clock`. An undecided index asks at least, whatever the bundle says of `pending`: it may be one that was withdrawn.
//!
//! Three ages are told apart: of the **keys**, which every status file confirms, since it names those that are withdrawn; of
//! the **rules**, which it confirms while it names no newer bundle than the gate's; and of the **colours**.
//!
//! [`state`] is what a gate holds, [`judge()`] the decision, [`line`](mod@line) how it is written.

pub mod judge;
pub mod line;
pub mod reason;
pub mod state;

pub use judge::{Ages, Finding, Judgement, judge};
pub use line::GateLine;
pub use reason::GateReason;
pub use state::GateState;
