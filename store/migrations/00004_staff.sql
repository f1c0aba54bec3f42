-- +goose Up
-- Several people per merchant. Who was removed keeps the row, for what the activity log says about them; their address and number are free again.
ALTER TABLE people ADD COLUMN state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled', 'removed'));

CREATE TABLE last_sign_ins (
    person_id TEXT   NOT NULL PRIMARY KEY REFERENCES people (id),
    at        BIGINT NOT NULL
);

-- Mailed links to become one of a merchant's people. Nothing of one is an account yet; one per address and merchant.
CREATE TABLE invitations (
    id           TEXT   NOT NULL PRIMARY KEY,
    merchant_id  TEXT   NOT NULL REFERENCES merchants (id),
    email        TEXT   NOT NULL,
    email_key    TEXT   NOT NULL,
    roles        TEXT   NOT NULL,
    language     TEXT   NOT NULL,
    token_digest BYTEA  NOT NULL UNIQUE,
    invited_by   TEXT   NOT NULL REFERENCES people (id),
    mailed_at    BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    UNIQUE (merchant_id, email_key)
);

-- What a person shows beside the password, or a passkey instead of it. sealed: the shared secret or the credential.
CREATE TABLE second_factors (
    id            TEXT   NOT NULL PRIMARY KEY,
    person_id     TEXT   NOT NULL REFERENCES people (id),
    kind          TEXT   NOT NULL CHECK (kind IN ('totp', 'passkey')),
    name          TEXT   NOT NULL,
    sealed        BYTEA  NOT NULL,
    credential_id BYTEA  UNIQUE,
    last_step     BIGINT NOT NULL DEFAULT 0,
    created_at    BIGINT NOT NULL,
    used_at       BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX second_factors_by_person ON second_factors (person_id, created_at);
CREATE UNIQUE INDEX second_factors_person_id ON second_factors (person_id) WHERE kind = 'totp';

CREATE TABLE recovery_codes (
    person_id TEXT   NOT NULL REFERENCES people (id),
    digest    BYTEA  NOT NULL,
    used_at   BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (person_id, digest)
);

-- Challenges that were answered: each counts once.
CREATE TABLE spent_challenges (
    digest BYTEA  NOT NULL PRIMARY KEY,
    at     BIGINT NOT NULL
);
CREATE INDEX spent_challenges_by_age ON spent_challenges (at);

-- Mailed links for whoever did not do what a mail tells of.
CREATE TABLE alarm_links (
    token_digest BYTEA  NOT NULL PRIMARY KEY,
    person_id    TEXT   NOT NULL REFERENCES people (id),
    created_at   BIGINT NOT NULL,
    used_at      BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX alarm_links_by_age ON alarm_links (created_at);

-- From when on everybody needs a second factor; 0: nobody does.
ALTER TABLE merchants ADD COLUMN second_factor_from BIGINT NOT NULL DEFAULT 0;
-- Networks that the portal may be used from, separated by spaces; '': all.
ALTER TABLE merchants ADD COLUMN ip_allow_list TEXT NOT NULL DEFAULT '';
-- When a second factor was last shown in the session; 0: never.
ALTER TABLE sessions ADD COLUMN factor_at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sessions DROP COLUMN factor_at;
ALTER TABLE merchants DROP COLUMN ip_allow_list;
ALTER TABLE merchants DROP COLUMN second_factor_from;
DROP TABLE alarm_links;
DROP TABLE spent_challenges;
DROP TABLE recovery_codes;
DROP TABLE second_factors;
DROP TABLE invitations;
DROP TABLE last_sign_ins;
ALTER TABLE people DROP COLUMN state;
