-- +goose Up
-- Keys get an end, and two more kinds. SQLite cannot change a CHECK: the table is made anew. What an earlier program reads and writes is all there.
CREATE TABLE access_keys_2 (
    id            TEXT   NOT NULL PRIMARY KEY,
    merchant_id   TEXT   NOT NULL,
    environment   TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    kind          TEXT   NOT NULL CHECK (kind IN ('client', 'server', 'snap_secret', 'snap_public_key')),
    digest        BYTEA  NOT NULL UNIQUE,
    last_four     TEXT   NOT NULL,
    sealed        BYTEA  NOT NULL,
    created_at    BIGINT NOT NULL,
    revealed_at   BIGINT,
    first_used_at BIGINT,
    ends_at       BIGINT,
    reminded_at   BIGINT,
    replaces      TEXT   NOT NULL DEFAULT '',
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);
INSERT INTO access_keys_2 (id, merchant_id, environment, kind, digest, last_four, sealed, created_at, revealed_at)
    SELECT id, merchant_id, environment, kind, digest, last_four, sealed, created_at, revealed_at FROM access_keys;
DROP TABLE access_keys;
ALTER TABLE access_keys_2 RENAME TO access_keys;
CREATE INDEX access_keys_by_environment ON access_keys (merchant_id, environment, created_at, id);
-- Of each kind one key at most has no end: no race makes two.
CREATE UNIQUE INDEX access_keys_current ON access_keys (merchant_id, environment, kind) WHERE ends_at IS NULL;
CREATE INDEX access_keys_by_end ON access_keys (ends_at) WHERE ends_at IS NOT NULL;

CREATE TABLE snap_registrations (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    channel_id  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment),
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);

-- Requests by key and hour (hours since 1970, so that a day of any zone of whole hours is a sum), and where each key was used last.
CREATE TABLE key_uses (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    key_id      TEXT   NOT NULL,
    hour        BIGINT NOT NULL,
    requests    BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment, key_id, hour)
);
CREATE INDEX key_uses_by_hour ON key_uses (hour);

CREATE TABLE key_last_uses (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    key_id      TEXT   NOT NULL,
    used_at     BIGINT NOT NULL,
    used_from   TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, environment, key_id)
);

-- Requests that were refused although what they showed is this merchant's. The environment is that of the credential; key_id is empty where no key is known.
CREATE TABLE key_refusals (
    merchant_id  TEXT   NOT NULL,
    environment  TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    reason       TEXT   NOT NULL,
    key_id       TEXT   NOT NULL,
    hour         BIGINT NOT NULL,
    requests     BIGINT NOT NULL,
    refused_at   BIGINT NOT NULL,
    refused_from TEXT   NOT NULL,
    PRIMARY KEY (merchant_id, environment, reason, key_id, hour)
);
CREATE INDEX key_refusals_by_hour ON key_refusals (hour);

-- X-EXTERNAL-ID, once in 24 hours.
CREATE TABLE external_ids (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    external_id TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment, external_id)
);
CREATE INDEX external_ids_by_age ON external_ids (at);

-- +goose Down
DROP TABLE external_ids;
DROP TABLE key_refusals;
DROP TABLE key_last_uses;
DROP TABLE key_uses;
DROP TABLE snap_registrations;
DROP INDEX access_keys_by_end;
DROP INDEX access_keys_current;
