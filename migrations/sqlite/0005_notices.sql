-- How a person wishes to be told when her code changes.
CREATE TABLE notice_wish (
    person        TEXT    NOT NULL,
    channel       TEXT    NOT NULL, -- mail, sms
    address       BLOB,             -- sealed; null where the phone of the person is meant
    since         BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, channel)
) WITHOUT ROWID;

-- Messages to be sent, claimed by lease; a later change takes the place of an earlier one that was not sent yet.
CREATE TABLE notice (
    person        TEXT    NOT NULL,
    channel       TEXT    NOT NULL, -- mail, sms
    id            TEXT    NOT NULL, -- the same at every try, so that the receiving end can tell a repetition
    due_at        BIGINT  NOT NULL,
    leased_until  BIGINT  NOT NULL,
    tries         BIGINT  NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, channel)
) WITHOUT ROWID;
CREATE INDEX notice_due ON notice (due_at);
