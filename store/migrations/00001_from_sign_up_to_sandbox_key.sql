-- +goose Up
CREATE TABLE keysets (
    scope      TEXT   NOT NULL PRIMARY KEY,
    wrapped    BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE merchants (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE people (
    id               TEXT   NOT NULL PRIMARY KEY,
    merchant_id      TEXT   NOT NULL REFERENCES merchants (id),
    name             TEXT   NOT NULL,
    email            TEXT   NOT NULL,
    email_key        TEXT   NOT NULL CONSTRAINT people_email_key UNIQUE,
    phone            TEXT   NOT NULL CONSTRAINT people_phone UNIQUE,
    roles            TEXT   NOT NULL,
    language         TEXT   NOT NULL,
    password_hash    TEXT   NOT NULL,
    password_set_at  BIGINT NOT NULL,
    last_environment TEXT   NOT NULL DEFAULT 'sandbox' CHECK (last_environment IN ('sandbox', 'production')),
    created_at       BIGINT NOT NULL,
    UNIQUE (merchant_id, id)
);

CREATE TABLE registrations (
    id             TEXT   NOT NULL PRIMARY KEY,
    business_name  TEXT   NOT NULL,
    full_name      TEXT   NOT NULL,
    email          TEXT   NOT NULL,
    email_key      TEXT   NOT NULL,
    phone          TEXT   NOT NULL,
    language       TEXT   NOT NULL,
    password_hash  TEXT   NOT NULL,
    browser_digest BYTEA  NOT NULL,
    created_at     BIGINT NOT NULL
);
CREATE INDEX registrations_by_address ON registrations (email_key, created_at);
CREATE INDEX registrations_by_age ON registrations (created_at);

CREATE TABLE registration_links (
    token_digest    BYTEA  NOT NULL PRIMARY KEY,
    registration_id TEXT   NOT NULL REFERENCES registrations (id) ON DELETE CASCADE,
    created_at      BIGINT NOT NULL
);
CREATE INDEX registration_links_by_registration ON registration_links (registration_id);

CREATE TABLE sessions (
    token_digest TEXT   NOT NULL PRIMARY KEY,
    person_id    TEXT   NOT NULL REFERENCES people (id),
    data         TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_end ON sessions (expires_at);

CREATE TABLE environments (
    merchant_id TEXT   NOT NULL REFERENCES merchants (id),
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    state       TEXT   NOT NULL CHECK (state IN ('active', 'inactive')),
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment)
);

CREATE TABLE settings (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    page        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    document    TEXT   NOT NULL,
    updated_at  BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment, page),
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);

CREATE TABLE access_keys (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    kind        TEXT   NOT NULL CHECK (kind IN ('client', 'server')),
    digest      BYTEA  NOT NULL UNIQUE,
    last_four   TEXT   NOT NULL,
    sealed      BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL,
    revealed_at BIGINT,
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);
CREATE INDEX access_keys_by_environment ON access_keys (merchant_id, environment, created_at, id);

CREATE TABLE activity (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchants (id),
    person_id   TEXT,
    address     TEXT   NOT NULL,
    environment TEXT   CHECK (environment IN ('sandbox', 'production')),
    action      TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    outcome     TEXT   NOT NULL CHECK (outcome IN ('done', 'refused')),
    at          BIGINT NOT NULL,
    FOREIGN KEY (merchant_id, person_id) REFERENCES people (merchant_id, id)
);
CREATE INDEX activity_by_time ON activity (merchant_id, at, id);

-- +goose Down
DROP TABLE activity;
DROP TABLE access_keys;
DROP TABLE settings;
DROP TABLE environments;
DROP TABLE sessions;
DROP TABLE registration_links;
DROP TABLE registrations;
DROP TABLE people;
DROP TABLE merchants;
DROP TABLE keysets;
