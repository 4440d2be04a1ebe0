-- Why an officer ended a household that an officer had recorded; empty where nobody did.
ALTER TABLE household ADD COLUMN end_reason TEXT NOT NULL DEFAULT '';

-- Memberships as they were before two records became one case, so that parting gives them back.
CREATE TABLE household_given (
    merge_id      TEXT    NOT NULL, -- case_merge
    person        TEXT    NOT NULL,
    household     TEXT    NOT NULL,
    follows       TEXT,
    joined_at     BIGINT  NOT NULL,
    left_at       BIGINT,
    twice         BIGINT  NOT NULL, -- 1 where both were members, so that one of the two went
    forget_on     BIGINT  NOT NULL, -- with the household
    PRIMARY KEY (merge_id, person, household, joined_at)
);
