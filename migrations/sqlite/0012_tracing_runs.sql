-- Does not work with the program before it: exposures and traced places have other keys.
-- Exposures of the second ring, too: `via` is the close contact who was met, empty where it was the case.
CREATE TABLE exposure_by_ring (
    case_person   TEXT    NOT NULL,
    contact       TEXT    NOT NULL,
    point         TEXT    NOT NULL,
    via           TEXT    NOT NULL,
    generation    BIGINT  NOT NULL, -- counts withdrawals, so that a renewed exposure has an id of its own
    evidence      TEXT,             -- null when withdrawn
    data          TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (case_person, contact, point, via)
) WITHOUT ROWID;
INSERT INTO exposure_by_ring (case_person, contact, point, via, generation, evidence, data, forget_on)
    SELECT case_person, contact, point, '', generation, evidence, data, forget_on FROM exposure;
DROP TABLE exposure;
ALTER TABLE exposure_by_ring RENAME TO exposure;
CREATE INDEX exposure_contact ON exposure (contact);

-- Where a case was, and where her close contacts were after they met her: a late visit there asks for her to be traced.
CREATE TABLE traced_place (
    point         TEXT    NOT NULL,
    person        TEXT    NOT NULL, -- the case
    via           TEXT    NOT NULL, -- whose stay it is: a close contact, empty for the case
    entered_at    BIGINT  NOT NULL,
    left_at       BIGINT  NOT NULL, -- with the tail of the definition
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (point, person, via, entered_at)
) WITHOUT ROWID;
CREATE INDEX traced_place_person ON traced_place (person);
INSERT INTO traced_place (point, person, via, entered_at, left_at, forget_on)
    SELECT point, person, '', entered_at, left_at, forget_on FROM case_place;
DROP TABLE case_place;

-- What counts as a contact: brought in by one officer, approved by another. The newest that was approved holds.
CREATE TABLE contact_definition (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL,
    body          TEXT    NOT NULL, -- policy.toml
    made_by       TEXT    NOT NULL,
    made_at       BIGINT  NOT NULL,
    preview       TEXT,             -- JSON: whom it would concern
    previewed_at  BIGINT,
    approved_by   TEXT,
    approved_at   BIGINT,
    forget_on     BIGINT  NOT NULL
) WITHOUT ROWID;

-- What a tracing run changed, or would change while it waits for a second officer.
CREATE TABLE tracing_run (
    person        TEXT    NOT NULL, -- the case
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    state         TEXT    NOT NULL, -- applied, waiting, approved, refused, overtaken
    definition    TEXT    NOT NULL,
    people        BIGINT  NOT NULL, -- exposed, both rings
    preview       TEXT    NOT NULL, -- JSON: people, colours, places
    settled_by    TEXT,             -- who approved or refused
    settled_at    BIGINT,
    reason        TEXT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, at, id)
) WITHOUT ROWID;
CREATE INDEX tracing_run_waiting ON tracing_run (at) WHERE state = 'waiting';

-- A place at which more people would become contacts of a case than the definition lets pass, and what an officer chose.
CREATE TABLE crowded_place (
    person        TEXT    NOT NULL, -- the case
    ring          BIGINT  NOT NULL, -- 1: contacts of the case; 2: contacts of her close contacts
    point         TEXT    NOT NULL,
    people        BIGINT  NOT NULL, -- who would become contacts there
    counts        TEXT    NOT NULL, -- JSON: how many each choice would leave
    found_at      BIGINT  NOT NULL,
    choice        TEXT,             -- JSON; null while nobody chose
    reason        TEXT,
    chosen_by     TEXT,
    chosen_at     BIGINT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, ring, point)
) WITHOUT ROWID;
CREATE INDEX crowded_place_open ON crowded_place (found_at) WHERE choice IS NULL;

-- What somebody is told of a place where a case was, without any effect on the code.
CREATE TABLE advice (
    person        TEXT    NOT NULL,
    case_person   TEXT    NOT NULL,
    point         TEXT    NOT NULL,
    first_at      BIGINT  NOT NULL,
    last_at       BIGINT  NOT NULL,
    given_at      BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, case_person, point)
) WITHOUT ROWID;
CREATE INDEX advice_case ON advice (case_person);
