-- Where a grant holds: the region and what lies within; empty for the whole installation.
ALTER TABLE staff_grant ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE sign_in_link ADD COLUMN region TEXT NOT NULL DEFAULT '';

-- When the first positive sample of a case was taken; derived from evidence, like the rest of the row.
ALTER TABLE case_window ADD COLUMN sampled_at BIGINT;

-- What officers say of a case beside its evidence: whose it is, and when others were exposed, where they know better
-- than the definition.
CREATE TABLE case_file (
    person        TEXT    NOT NULL PRIMARY KEY,
    region        TEXT    NOT NULL, -- whose case it is
    officer       TEXT,             -- account that looks after it
    window_from   BIGINT,           -- null where the contact definition says
    window_until  BIGINT,
    opened_at     BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- What was changed in a case file, with what was there before and why.
CREATE TABLE case_change (
    person        TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    what          TEXT    NOT NULL, -- window, region, officer, merged, parted
    before        TEXT    NOT NULL, -- empty for nothing
    after         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, at, id)
);

-- What a case said when asked: places, rides, people named. It colours nobody.
CREATE TABLE interview (
    person        TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    kind          TEXT    NOT NULL, -- place, ride, person
    said          BYTEA   NOT NULL, -- sealed
    point         TEXT,             -- the collection point, where it is one
    named         TEXT,             -- the person, where she is known
    from_at       BIGINT,
    until_at      BIGINT,
    at            BIGINT  NOT NULL, -- when it was written down
    account       TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, id)
);

-- Cases that belong together.
CREATE TABLE case_cluster (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          BYTEA   NOT NULL, -- sealed: it may name a family
    opened_by     TEXT    NOT NULL,
    opened_at     BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

CREATE TABLE case_in_cluster (
    id            TEXT    NOT NULL, -- the cluster
    person        TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    since         BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (id, person)
);
CREATE INDEX case_in_cluster_person ON case_in_cluster (person);

-- Two records that were one case, with what is needed to part them again.
CREATE TABLE case_merge (
    lead          TEXT    NOT NULL, -- goes on as the case
    duplicate     TEXT    NOT NULL,
    id            TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    account       TEXT    NOT NULL,
    moved         TEXT    NOT NULL, -- JSON: evidence added and withdrawn, visits moved
    undone_at     BIGINT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (lead, duplicate, id)
);

-- Reasoned access to a person outside one's area, for a while.
CREATE TABLE break_glass (
    person        TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    until_at      BIGINT  NOT NULL,
    region        TEXT    NOT NULL, -- of the person: whose officers are told
    reason        TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, account, at)
);
CREATE INDEX break_glass_at ON break_glass (at);
