-- Orders of isolation under supervision. Beginning, place and end follow the isolation evidence; what was reported is
-- kept as the instants that a work list is ordered by.
CREATE TABLE quarantine (
    person         TEXT   NOT NULL,
    id             TEXT   NOT NULL, -- the evidence that ordered it
    kind           TEXT   NOT NULL, -- case, close_contact, secondary_contact, arrival, risk_area, other
    place          TEXT   NOT NULL, -- central, home, monitoring
    address        BYTEA,           -- sealed: where exactly
    region         TEXT   NOT NULL, -- of residence when it was ordered
    edition        TEXT   NOT NULL, -- rule set in force when it was ordered
    from_at        BIGINT NOT NULL,
    until_at       BIGINT NOT NULL,
    ordered_by     TEXT   NOT NULL, -- account
    ordered_at     BIGINT NOT NULL,
    officer        TEXT,            -- account that looks after it
    last_report_at BIGINT NOT NULL, -- the order itself, until there is a report
    abnormal_at    BIGINT NOT NULL, -- last abnormal report; 0 for none
    not_met_at     BIGINT NOT NULL, -- last door check that met nobody; 0 for none
    flagged_at     BIGINT NOT NULL, -- last report that was not counted; 0 for none
    handled_at     BIGINT NOT NULL, -- when an officer last followed up; 0 for never
    closed_at      BIGINT,          -- withdrawn or ended by evidence
    forget_on      BIGINT NOT NULL,
    PRIMARY KEY (person, id)
);
CREATE INDEX quarantine_open ON quarantine (person) WHERE closed_at IS NULL;

-- What was changed in an order, with the former end.
CREATE TABLE quarantine_change (
    person         TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    evidence       TEXT   NOT NULL, -- what says so
    quarantine     TEXT   NOT NULL,
    action         TEXT   NOT NULL, -- extended, shortened, withdrawn
    until_before   BIGINT NOT NULL,
    until_after    BIGINT,          -- null when withdrawn
    reason         TEXT   NOT NULL,
    account        TEXT   NOT NULL,
    forget_on      BIGINT NOT NULL,
    PRIMARY KEY (person, at, evidence)
);

-- Somebody stood at the door.
CREATE TABLE door_check (
    person         TEXT   NOT NULL,
    at             BIGINT NOT NULL,
    id             TEXT   NOT NULL,
    quarantine     TEXT   NOT NULL,
    outcome        TEXT   NOT NULL, -- met, not_met
    proof          TEXT   NOT NULL, -- code, document, none
    account        TEXT   NOT NULL,
    role           TEXT   NOT NULL,
    forget_on      BIGINT NOT NULL,
    PRIMARY KEY (person, at, id)
);

-- Reports that were refused because they looked made up; counted by person, day and reason, so that a flood is a row.
CREATE TABLE report_flag (
    person         TEXT   NOT NULL,
    day            BIGINT NOT NULL, -- since 1970-01-01, where the rules are in force
    why            TEXT   NOT NULL, -- too_many, other_account, clock
    times          BIGINT NOT NULL,
    first_at       BIGINT NOT NULL,
    last_at        BIGINT NOT NULL,
    account        TEXT   NOT NULL, -- the last that tried
    forget_on      BIGINT NOT NULL,
    PRIMARY KEY (person, day, why)
);
