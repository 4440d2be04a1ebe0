-- Visits lie by the day (of UTC) on which they began, in a ring of 32 tables: the day's number modulo 32 is its slot. A day
-- is forgotten by emptying its table, without looking at a row. The program before this one does not know the ring:
-- stop every server, then start this one.

-- Which day each slot holds. A visit takes its day of forgetting from here, and cannot be stored where another day lies.
CREATE TABLE visit_slot (
    slot          BIGINT  NOT NULL PRIMARY KEY,
    day           BIGINT  NOT NULL, -- days since 1970-01-01
    forget_on     BIGINT  NOT NULL
) WITHOUT ROWID;

-- The newest 32 days are kept; what was older is past its 28 days.
INSERT INTO visit_slot (slot, day, forget_on)
SELECT DISTINCT entered_at / 86400000000 % 32, entered_at / 86400000000, entered_at / 86400000000 + 28 FROM visit
WHERE entered_at / 86400000000 > (SELECT MAX(entered_at) / 86400000000 - 32 FROM visit);

-- for each slot NN
CREATE TABLE visit_NN (
    point         TEXT    NOT NULL, -- the collection point, ride or household
    entered_at    BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    person        TEXT    NOT NULL,
    left_at       BIGINT  NOT NULL,
    assumed       BIGINT  NOT NULL, -- 1 while one end is the usual stay and not a scan
    open          BIGINT  NOT NULL, -- 1 while a leaving scan may still come
    grade         TEXT    NOT NULL, -- witnessed, rotating, poster
    kind          TEXT    NOT NULL, -- of the place then: of a point, or of a vehicle
    recorded_at   BIGINT  NOT NULL,
    recorded_by   TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    seat          TEXT,
    part          TEXT,             -- hall, counter, table
    way           TEXT,             -- in, out, passing
    flag          TEXT,             -- late, double, out_of_order, future, impossible: not traced by
    cleared_by    TEXT,             -- officer who found it right all the same
    cleared_at    BIGINT,
    PRIMARY KEY (point, entered_at, id)
) WITHOUT ROWID;
CREATE INDEX visit_NN_person ON visit_NN (person, entered_at);
INSERT INTO visit_NN (point, entered_at, id, person, left_at, assumed, open, grade, kind, recorded_at, recorded_by,
                      forget_on)
SELECT visit.point, entered_at, id, person, left_at, assumed, open, grade, COALESCE(point.kind, 'other'), recorded_at,
       recorded_by, visit_slot.forget_on
FROM visit JOIN visit_slot ON visit_slot.day = entered_at / 86400000000
     LEFT JOIN point ON point.point = visit.point
WHERE visit_slot.slot = CAST('NN' AS BIGINT);
-- end

DROP TABLE visit;

-- Where a point lies, in millionths of a degree; null where nobody said. Only to see that nobody is at two distant places
-- within a minute.
ALTER TABLE point ADD COLUMN latitude BIGINT;
ALTER TABLE point ADD COLUMN longitude BIGINT;

-- Visits that are doubted, for an officer to clear or reject.
CREATE TABLE doubt (
    visit         TEXT    NOT NULL PRIMARY KEY,
    entered_at    BIGINT  NOT NULL, -- says where the visit lies
    person        TEXT    NOT NULL,
    point         TEXT    NOT NULL,
    region        TEXT    NOT NULL, -- of the point
    flag          TEXT    NOT NULL,
    noted_at      BIGINT  NOT NULL,
    ruling        TEXT,             -- cleared, rejected; null while nobody ruled
    forget_on     BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX doubt_open ON doubt (entered_at, visit) WHERE ruling IS NULL;
CREATE INDEX doubt_person ON doubt (person, entered_at);

-- What officers said of doubted visits; a later ruling does not undo that there was an earlier one.
CREATE TABLE ruling (
    visit         TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    ruling        TEXT    NOT NULL, -- cleared, rejected
    reason        TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (visit, at, id)
) WITHOUT ROWID;

-- Nights under one roof: two adults who both said so, or people of whom an officer recorded it.
CREATE TABLE household (
    household     TEXT    NOT NULL PRIMARY KEY,
    basis         TEXT    NOT NULL, -- agreed, officer
    first_night   BIGINT  NOT NULL, -- days since 1970-01-01, by local date of the evening
    last_night    BIGINT  NOT NULL, -- inclusive
    proposed_at   BIGINT  NOT NULL,
    proposed_by   TEXT    NOT NULL, -- account
    invited       TEXT,             -- the other adult; null where an officer recorded it
    agreed_at     BIGINT,           -- null while the other has not said so
    ended_at      BIGINT,
    ended_by      TEXT,             -- account
    reason        TEXT    NOT NULL, -- of an officer; empty otherwise
    forget_on     BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX household_invited ON household (invited);

CREATE TABLE household_member (
    person        TEXT    NOT NULL,
    household     TEXT    NOT NULL,
    follows       TEXT,             -- the adult who said that she sleeps there, too; null for an adult
    joined_at     BIGINT  NOT NULL,
    left_at       BIGINT,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (person, household, joined_at)
) WITHOUT ROWID;
CREATE INDEX household_member_household ON household_member (household);

-- A trip of a vehicle. Who went along are visits to it.
CREATE TABLE ride (
    ride          TEXT    NOT NULL PRIMARY KEY,
    operator      TEXT    NOT NULL,
    line          TEXT    NOT NULL, -- flight, train or line number, or number plate
    kind          TEXT    NOT NULL, -- aircraft, train_closed, train_open, coach_closed, coach_open, ship, metro, bus, taxi
    region        TEXT    NOT NULL, -- whose officers keep it
    from_at       BIGINT  NOT NULL,
    until_at      BIGINT  NOT NULL,
    layout        TEXT    NOT NULL, -- such as "rows 1 to 30, no row 13"; may be empty
    added_at      BIGINT  NOT NULL,
    added_by      TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL
) WITHOUT ROWID;
CREATE INDEX ride_from ON ride (from_at, ride);

-- What was changed in the list of a ride's passengers, with what was there before and why.
CREATE TABLE ride_change (
    ride          TEXT    NOT NULL,
    at            BIGINT  NOT NULL,
    id            TEXT    NOT NULL,
    visit         TEXT    NOT NULL, -- of the passenger
    before        TEXT    NOT NULL, -- the seat; - for an unknown one, empty for not on the list
    after         TEXT    NOT NULL,
    reason        TEXT    NOT NULL,
    account       TEXT    NOT NULL,
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (ride, at, id)
) WITHOUT ROWID;
