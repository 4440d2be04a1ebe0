-- An edition that was taken back: from then on the one before it holds again.
ALTER TABLE rule_set ADD COLUMN withdrawn_at BIGINT;

-- Editions that are not in force yet: checked, compared on the city, then approved by a second officer.
CREATE TABLE rule_draft (
    name          TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    title_en      TEXT    NOT NULL,
    title_zh      TEXT    NOT NULL,
    body          TEXT    NOT NULL, -- rules.toml
    cases         BIGINT  NOT NULL, -- how many cases agreed when it was taken in
    made_by       TEXT    NOT NULL, -- account
    made_at       BIGINT  NOT NULL,
    comparison    TEXT,             -- JSON, of this very body; null while none was made
    compared_at   BIGINT,
    approved_by   TEXT,             -- account; null while it is a draft
    approved_at   BIGINT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

-- Many decisions are due at one midnight; they are gone through by person.
DROP INDEX decision_due;
CREATE INDEX decision_due ON decision (next_change_at, person);
