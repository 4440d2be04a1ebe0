-- Why isolation was ordered, in words that the person reads; empty where nobody wrote any.
ALTER TABLE quarantine ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- A transfer of an order: whose it was, whose it is. The end stays then, and `evidence` is a name of the change alone.
ALTER TABLE quarantine_change ADD COLUMN region_before TEXT;
ALTER TABLE quarantine_change ADD COLUMN region_after TEXT;

-- Whom the rules ask for daily reports or tests, ordered or not. Derived from the decision in force and the evidence,
-- written with every decision and every piece of evidence; only `asked_since` and `handled_at` outlast a change.
CREATE TABLE duty (
    person         TEXT   NOT NULL PRIMARY KEY,
    reports        BIGINT NOT NULL, -- 1 where daily reports are asked
    asked_since    BIGINT NOT NULL, -- since when anything is asked
    last_report_at BIGINT NOT NULL, -- 0 for none
    abnormal_at    BIGINT NOT NULL, -- last abnormal report; 0 for none
    test_missed_at BIGINT,          -- end of the first day of a test of which, and since which, no sample is known
    handled_at     BIGINT NOT NULL, -- when an officer last followed up; 0 for never
    forget_on      BIGINT NOT NULL
) WITHOUT ROWID;
-- From decisions that stand; reports and tests are read anew with the next decision.
INSERT INTO duty (person, reports, asked_since, last_report_at, abnormal_at, test_missed_at, handled_at, forget_on)
    SELECT person, 1, since, decided_at, 0, NULL, 0, forget_on FROM decision
    WHERE body LIKE '%{"code":"report_daily"%' AND scheme = 'covid-19';

-- Which officer of the area has seen that somebody entered it from elsewhere.
ALTER TABLE break_glass ADD COLUMN seen_by TEXT;
ALTER TABLE break_glass ADD COLUMN seen_at BIGINT;
