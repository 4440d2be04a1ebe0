-- Servers of an earlier version are stopped first: they add evidence without adding it to `life`.

-- Everything in `evidence` about the person, packed, so that deciding reads one row; null where it is to be made again.
ALTER TABLE person ADD COLUMN life BYTEA;
CREATE INDEX person_without_life ON person (person) WHERE life IS NULL;

-- Nothing read it: every decision of the past is made again from evidence and rules.
DROP TABLE decision_change;
