-- Times are microseconds since 1970-01-01T00:00:00Z; `forget_on` is a day since 1970-01-01 after which the row is deleted.
-- Sealed columns hold AES-256-GCM ciphertext; `_hash` columns hold HMAC-SHA-256 under a key that is not in the database.

-- Someone who has, or asks for, a code.
CREATE TABLE person (
    person        TEXT    NOT NULL PRIMARY KEY, -- random
    personal      BYTEA   NOT NULL,             -- sealed: name, document, phone
    document_hash BYTEA   NOT NULL,             -- of the document declared with; the claim on it is in `identity`
    assurance     TEXT    NOT NULL,             -- declared, disputed, document_seen, verified
    active        BIGINT  NOT NULL,             -- 1 when the code may be used without the document beside it
    residence     TEXT    NOT NULL,             -- region
    created_at    BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- Who holds a document number: claimed first, unique by its hash.
CREATE TABLE identity (
    document_hash BYTEA   NOT NULL PRIMARY KEY,
    person        TEXT    NOT NULL,
    claimed_at    BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- A second person declared a number that was held; settled by whoever shows the document.
CREATE TABLE identity_claim (
    document_hash BYTEA   NOT NULL,
    claimant      TEXT    NOT NULL, -- person
    holder        TEXT    NOT NULL, -- person, when the claim was opened
    opened_at     BIGINT  NOT NULL,
    settled_at    BIGINT,           -- null while open
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (document_hash, claimant)
);

-- Finds people by phone; a family may share one.
CREATE TABLE phone (
    phone_hash    BYTEA   NOT NULL,
    person        TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (phone_hash, person)
);

-- A device or desk that signs in.
CREATE TABLE account (
    account       TEXT    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL, -- device, staff
    label         TEXT    NOT NULL, -- for staff: what the sign-in link was made for
    created_at    BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- Who acts for whom, apart from accounts.
CREATE TABLE acts_for (
    account       TEXT    NOT NULL,
    person        TEXT    NOT NULL,
    relation      TEXT    NOT NULL, -- self, guardian, desk
    since         BIGINT  NOT NULL,
    until         BIGINT,           -- null while it lasts
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (account, person)
);
CREATE INDEX acts_for_person ON acts_for (person);

-- What a staff account may do, where, from and to when, and who gave it.
CREATE TABLE staff_grant (
    account       TEXT    NOT NULL,
    role          TEXT    NOT NULL, -- checker, officer
    point         TEXT,             -- collection point of a checker
    given_by      TEXT    NOT NULL, -- account, or `installation`
    since         BIGINT  NOT NULL,
    until         BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (account, role)
);

CREATE TABLE session (
    token_hash    BYTEA   NOT NULL PRIMARY KEY,
    account       TEXT    NOT NULL,
    role          TEXT    NOT NULL, -- resident, checker, officer
    point         TEXT,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- Signs in once.
CREATE TABLE sign_in_link (
    link_hash     BYTEA   NOT NULL PRIMARY KEY,
    role          TEXT    NOT NULL,
    point         TEXT,
    account       TEXT,             -- signs in to this account, or to a new one when null
    label         TEXT    NOT NULL,
    given_by      TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    used_at       BIGINT,
    forget_on     BIGINT  NOT NULL
);

-- A person's evidence lies together; rows are never changed.
CREATE TABLE evidence (
    person        TEXT    NOT NULL,
    recorded_at   BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    happened_at   BIGINT  NOT NULL,
    source        TEXT    NOT NULL,
    recorded_by   TEXT    NOT NULL, -- account, or the job that did it
    data          TEXT    NOT NULL, -- JSON
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, recorded_at, id)
);
CREATE UNIQUE INDEX evidence_id ON evidence (person, id);

-- Declarations that wait for an officer's audit.
CREATE TABLE audit_wait (
    declared_at   BIGINT  NOT NULL,
    evidence      TEXT    NOT NULL, -- the declaration
    person        TEXT    NOT NULL,
    why           TEXT    NOT NULL, -- what the automatic audit found, or `disputed`
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (declared_at, evidence)
);
CREATE INDEX audit_wait_person ON audit_wait (person);

-- The decision in force, by person and scheme.
CREATE TABLE decision (
    person         TEXT   NOT NULL,
    scheme         TEXT   NOT NULL,
    colour         TEXT   NOT NULL,
    reasons        TEXT   NOT NULL, -- codes, space-separated
    rule_set       TEXT   NOT NULL, -- name@version
    since          BIGINT NOT NULL,
    decided_at     BIGINT NOT NULL,
    next_change_at BIGINT,          -- null if never
    body           TEXT   NOT NULL, -- the decision of the contract, JSON
    forget_on      BIGINT NOT NULL,
    PRIMARY KEY (person, scheme)
);
CREATE INDEX decision_due ON decision (next_change_at);

-- Every change of colour, reason or release that was published.
CREATE TABLE decision_change (
    person        TEXT    NOT NULL,
    scheme        TEXT    NOT NULL,
    decided_at    BIGINT  NOT NULL,
    colour        TEXT    NOT NULL,
    rule_set      TEXT    NOT NULL,
    body          TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, scheme, decided_at)
);

-- What other servers and live pages are told.
CREATE TABLE outbox (
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    person        TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (at, id)
);

-- Issued passes: whose status index a code carries.
CREATE TABLE pass (
    issue_day     BIGINT  NOT NULL,
    status_index  BIGINT  NOT NULL, -- random within the day
    person        TEXT    NOT NULL,
    issued_at     BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    withdrawn_at  BIGINT,
    text          TEXT    NOT NULL, -- the signed code
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (issue_day, status_index)
);
CREATE INDEX pass_person ON pass (person, expires_at);

-- Rule sets adopted here.
CREATE TABLE rule_set (
    name          TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    scheme        TEXT    NOT NULL,
    authority     TEXT    NOT NULL,
    effective     BIGINT  NOT NULL,
    sunset        BIGINT  NOT NULL,
    adopted_at    BIGINT  NOT NULL,
    body          TEXT    NOT NULL, -- rules.toml
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (name, version, effective)
);

CREATE TABLE point (
    point         TEXT    NOT NULL PRIMARY KEY,
    name_en       TEXT    NOT NULL,
    name_zh       TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    region        TEXT    NOT NULL,
    usual_stay_s  BIGINT  NOT NULL, -- seconds assumed for a visit without a leaving scan
    created_at    BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- A person at a collection point, half-open.
CREATE TABLE visit (
    point         TEXT    NOT NULL,
    entered_at    BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    person        TEXT    NOT NULL,
    left_at       BIGINT  NOT NULL,
    assumed       BIGINT  NOT NULL, -- 1 while one end is the usual stay and not a scan
    open          BIGINT  NOT NULL, -- 1 while a leaving scan may still come
    grade         TEXT    NOT NULL, -- witnessed, rotating, poster
    recorded_at   BIGINT  NOT NULL,
    recorded_by   TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (point, entered_at, id)
);
CREATE INDEX visit_person ON visit (person, entered_at);

-- Every look of one person at another.
CREATE TABLE look (
    person        TEXT    NOT NULL, -- who was looked at
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    account       TEXT    NOT NULL, -- who looked
    role          TEXT    NOT NULL,
    purpose       TEXT    NOT NULL,
    point         TEXT,
    action        TEXT,             -- what a scan led to: pass, ask, stop
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, at, id)
);
CREATE INDEX look_point ON look (point, at);

-- The infectious window of every case under way; derived from case evidence.
CREATE TABLE case_window (
    person        TEXT    NOT NULL PRIMARY KEY,
    status        TEXT    NOT NULL,
    since         BIGINT  NOT NULL,
    onset_at      BIGINT,
    window_from   BIGINT  NOT NULL,
    window_until  BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL
);

-- Where cases were within their windows; derived, so that a late visit finds them by its point.
CREATE TABLE case_place (
    point         TEXT    NOT NULL,
    person        TEXT    NOT NULL,
    entered_at    BIGINT  NOT NULL,
    left_at       BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (point, person, entered_at)
);
CREATE INDEX case_place_person ON case_place (person);

-- Exposures that stand as evidence, by the case and place that made them.
CREATE TABLE exposure (
    case_person   TEXT    NOT NULL,
    contact       TEXT    NOT NULL,
    point         TEXT    NOT NULL,
    generation    BIGINT  NOT NULL, -- counts withdrawals, so that a renewed exposure has an id of its own
    evidence      TEXT,             -- null when withdrawn
    data          TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (case_person, contact, point)
);

-- Work to be done later, safe to do twice; claimed by lease.
CREATE TABLE work (
    kind          TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    due_at        BIGINT  NOT NULL,
    leased_until  BIGINT  NOT NULL,
    revision      BIGINT  NOT NULL, -- raised by every request, so that one that comes during the work is not lost
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE INDEX work_due ON work (kind, due_at);

-- Answers already given, so that a repeated request gets the same one.
CREATE TABLE idempotency (
    caller        TEXT    NOT NULL, -- account
    key           TEXT    NOT NULL,
    request_hash  BYTEA   NOT NULL, -- of act and body
    answer        BYTEA   NOT NULL, -- sealed JSON
    at            BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (caller, key)
);

-- Regions beyond the built-in table.
CREATE TABLE region (
    code          TEXT    NOT NULL PRIMARY KEY,
    en            TEXT    NOT NULL,
    zh            TEXT    NOT NULL,
    parent        TEXT,
    forget_on     BIGINT  NOT NULL
);

-- Settings of this installation that are no secrets.
CREATE TABLE setting (
    name          TEXT    NOT NULL PRIMARY KEY,
    value         TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL
);
