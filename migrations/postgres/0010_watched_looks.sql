-- Searches, exports and lists that staff asked for, also those that found nobody. Whom they showed stands in `look`.
CREATE TABLE inquiry (
    account       TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    what          TEXT    NOT NULL, -- search, export, list
    subject       TEXT    NOT NULL, -- by what was searched, or what was listed; never a personal datum
    purpose       TEXT    NOT NULL,
    found         BIGINT  NOT NULL, -- people
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (account, at, id)
);
CREATE INDEX inquiry_at ON inquiry (at);

-- Whom an account looked up one by one within an hour: what a limit counts.
CREATE TABLE look_meter (
    account       TEXT    NOT NULL,
    hour          BIGINT  NOT NULL, -- since 1970-01-01T00:00:00Z
    subject       TEXT    NOT NULL, -- a person, or a search
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (account, hour, subject)
);

-- An account that looked up unusually many within an hour.
CREATE TABLE look_alarm (
    account       TEXT    NOT NULL,
    hour          BIGINT  NOT NULL,
    raised_at     BIGINT  NOT NULL,
    refused       BIGINT  NOT NULL, -- look-ups that were refused
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (account, hour)
);
CREATE INDEX look_alarm_raised ON look_alarm (raised_at);

-- Who looks after what.
CREATE INDEX quarantine_officer ON quarantine (officer) WHERE closed_at IS NULL;
CREATE INDEX case_file_officer ON case_file (officer);
