//! Deleting what is past its day, in small batches. Visits go by the day as a whole: see [`crate::visit_days`].

use crate::StoreFault;
use crate::engine::Conn;
use healthcode_core::time::Day;

/// Every table that forgets row by row, with the columns of its primary key.
pub const TABLES: &[(&str, &str)] = &[
    ("idempotency", "caller, key"),
    ("outbox", "at, id"),
    ("notice", "person, channel"),
    ("notice_wish", "person, channel"),
    ("session", "token_hash"),
    ("sign_in_link", "link_hash"),
    ("pass", "issue_day, status_index"),
    ("paper_pass", "number"),
    ("enrolment", "account"),
    ("place_code", "point"),
    ("status_day", "issue_day"),
    ("gate_day_key", "day"),
    ("status_file", "region, number, kind"),
    ("trust_bundle", "region, version"),
    ("gate_scan", "gate, scan"),
    ("shown_twice", "at, person, point"),
    ("look", "person, at, id"),
    ("doubt", "visit"),
    ("ruling", "visit, at, id"),
    ("household_given", "merge_id, person, household, joined_at"),
    ("household_member", "person, household, joined_at"),
    ("household", "household"),
    ("ride_change", "ride, at, id"),
    ("ride", "ride"),
    ("traced_place", "point, person, via, entered_at"),
    ("advice", "person, case_person, point"),
    ("crowded_place", "person, ring, point"),
    ("tracing_run", "person, at, id"),
    ("case_window", "person"),
    ("exposure", "case_person, contact, point, via"),
    ("work", "kind, key"),
    ("inquiry", "account, at, id"),
    ("look_meter", "account, hour, subject"),
    ("look_alarm", "account, hour"),
    ("break_glass", "person, account, at"),
    ("case_merge", "lead, duplicate, id"),
    ("case_in_cluster", "id, person"),
    ("case_cluster", "id"),
    ("interview", "person, id"),
    ("case_change", "person, at, id"),
    ("case_file", "person"),
    ("report_flag", "person, day, why"),
    ("door_check", "person, at, id"),
    ("quarantine_change", "person, at, evidence"),
    ("quarantine", "person, id"),
    ("audit_wait", "declared_at, evidence"),
    ("evidence", "person, recorded_at, id"),
    ("duty", "person"),
    ("decision", "person, scheme"),
    ("identity_claim", "document_hash, claimant"),
    ("identity", "document_hash"),
    ("phone", "phone_hash, person"),
    ("acts_for", "account, person"),
    ("staff_grant", "account, role"),
    ("account", "account"),
    ("person", "person"),
    ("rule_set", "name, version, effective"),
    ("rule_draft", "name, version"),
    ("contact_definition", "id"),
    ("point", "point"),
    ("region", "code"),
    ("setting", "name"),
];

/// Deletes at most `most` rows of a table whose day is before `today`; answers how many.
pub async fn batch(
    conn: &mut Conn,
    (table, key): (&'static str, &'static str),
    today: Day,
    most: i64,
) -> Result<u64, StoreFault> {
    let sql = format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE forget_on < $1 LIMIT $2)"
    );
    let deleted =
        sqlx::query(sqlx::AssertSqlSafe(sql)).bind(i64::from(today.0)).bind(most).execute(conn).await?;
    Ok(deleted.rows_affected())
}
