//! Status tables: which colour the pass at an index has, for gates that cannot ask.
//!
//! A pass says no colour; it says an issue day and an index. The table of that day has two bits for every index. A gate
//! that is enrolled keeps all tables of a region and follows their changes:
//!
//! 1. [`table`]: the tables, two bits for every index; what is not listed reads green.
//! 2. [`gaps`]: a sorted list of indexes in about as few bits as there can be.
//! 3. [`news`]: what a file says: a snapshot, one numbered delta, or an urgent one. One encoding for all of them: a
//!    snapshot is the change from an empty table.
//! 4. [`seal`]: signed by the issuer and encrypted under a day's key, so that anybody may carry the file, only enrolled
//!    gates read it, and nobody alters it.
//! 5. [`follower`]: takes file after file and refuses what goes back, leaves out, repeats or belongs elsewhere.
//!
//! ## Why an unissued index reads green
//!
//! No signed pass exists for it, so nobody can show one; and the table does not tell how many there are.

pub mod follower;
pub mod gaps;
pub mod news;
pub mod seal;
pub mod table;
