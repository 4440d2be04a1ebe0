-- Does not work with the program before it: passes name what carries them, and of those issued before none is valid any
-- more. Phones fetch new ones by themselves.
DROP TABLE pass;

-- Issued passes: whose status index a code carries.
CREATE TABLE pass (
    issue_day     BIGINT  NOT NULL,
    status_index  BIGINT  NOT NULL, -- random within the day
    person        TEXT    NOT NULL,
    account       TEXT,             -- the phone that has the key; null for the tokens of a day, which share an index
    issued_at     BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL, -- of tokens: the end of the last
    withdrawn_at  BIGINT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (issue_day, status_index)
);
CREATE INDEX pass_person ON pass (person, expires_at);

-- Passes on paper; they stand in no status table.
CREATE TABLE paper_pass (
    number        BYTEA NOT NULL PRIMARY KEY, -- random
    person        TEXT    NOT NULL,
    issued_at     BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    withdrawn_at  BIGINT,
    forget_on     BIGINT  NOT NULL
);
CREATE INDEX paper_pass_person ON paper_pass (person);

-- Phones that ask for passes with a key of their own.
CREATE TABLE enrolment (
    account       TEXT    NOT NULL PRIMARY KEY,
    person        TEXT    NOT NULL,
    key           BYTEA NOT NULL, -- P-256, uncompressed
    enrolled_at   BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- How many indexes the table of a day has.
CREATE TABLE status_day (
    issue_day     BIGINT  NOT NULL PRIMARY KEY,
    size          BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- Under what key the status files of a day are encrypted.
CREATE TABLE gate_day_key (
    day           BIGINT  NOT NULL PRIMARY KEY,
    secret        BYTEA NOT NULL, -- sealed
    forget_on     BIGINT  NOT NULL
);

-- Status files as published; whoever writes a number first has published it.
CREATE TABLE status_file (
    region        TEXT    NOT NULL,
    number        BIGINT  NOT NULL,
    kind          TEXT    NOT NULL, -- snapshot, delta
    made_at       BIGINT  NOT NULL,
    content       BYTEA NOT NULL, -- signed and encrypted
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (region, number, kind)
);

-- Scans that a gate made alone and delivered later.
CREATE TABLE gate_scan (
    gate          TEXT    NOT NULL, -- account
    scan          TEXT    NOT NULL, -- id that the gate gave it
    point         TEXT    NOT NULL,
    person        TEXT,             -- null where the code was not valid
    direction     TEXT    NOT NULL,
    scanned_at    BIGINT  NOT NULL, -- by the gate's clock
    received_at   BIGINT  NOT NULL,
    verdict       TEXT    NOT NULL, -- what the gate said
    colour        TEXT,
    action        TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (gate, scan)
);

-- One presentation that was seen at two points: relayed, or a picture of it.
CREATE TABLE shown_twice (
    at            BIGINT  NOT NULL,
    person        TEXT    NOT NULL,
    point         TEXT    NOT NULL,
    first_point   TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (at, person, point)
);
