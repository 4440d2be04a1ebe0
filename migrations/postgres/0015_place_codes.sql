-- Which issue of a place's code holds: the poster that hangs there, and what its screen shows. A place without a row is at
-- its first.
CREATE TABLE place_code (
    point      TEXT   NOT NULL PRIMARY KEY,
    issue      BIGINT NOT NULL, -- counts from 1; codes of an earlier issue are refused
    issued_at  BIGINT NOT NULL,
    issued_by  TEXT   NOT NULL, -- account
    forget_on  BIGINT NOT NULL  -- with the installation
);
