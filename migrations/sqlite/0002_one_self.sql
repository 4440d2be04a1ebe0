-- An account acts for one person as herself, so that a first declaration needs to read nothing: a second one of the
-- same account is refused by this index.
CREATE UNIQUE INDEX acts_for_self ON acts_for (account) WHERE relation = 'self' AND until IS NULL;

-- An id is unique among a person's evidence because everything that adds evidence makes ids of its own or looks at the
-- life first; an index that only repeats this is a page to write for every piece.
DROP INDEX evidence_id;
