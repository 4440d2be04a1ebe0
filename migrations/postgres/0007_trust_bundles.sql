-- Trust bundles as published; whoever writes a version first has published it.
CREATE TABLE trust_bundle (
    region        TEXT    NOT NULL,
    version       BIGINT  NOT NULL,
    published_at  BIGINT  NOT NULL,
    content       BYTEA NOT NULL, -- the signed file
    forget_on     BIGINT  NOT NULL,
    PRIMARY KEY (region, version)
);
