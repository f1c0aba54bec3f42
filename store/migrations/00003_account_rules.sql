-- +goose Up
-- A session from before has no idle clock: it counts as idle since ever, and who was logged in logs in once more. Programs from before go on with
-- the defaults.
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN browser TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN active_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN proved_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN ended_at BIGINT;
CREATE UNIQUE INDEX sessions_by_id ON sessions (id) WHERE id <> '';

-- How many wrong passwords an account has had, and what is being checked: one row per person, and one per bucket of addresses without an account.
CREATE TABLE password_locks (
    subject      TEXT   NOT NULL PRIMARY KEY,
    failed       BIGINT NOT NULL,
    pending      TEXT   NOT NULL,
    locked_until BIGINT NOT NULL,
    version      BIGINT NOT NULL
);

-- Mailed links to choose a new password. A dead one stays for a while: it counts to how many mails an account gets.
CREATE TABLE password_resets (
    token_digest BYTEA  NOT NULL PRIMARY KEY,
    person_id    TEXT   NOT NULL REFERENCES people (id),
    created_at   BIGINT NOT NULL,
    dead_at      BIGINT
);
CREATE INDEX password_resets_by_person ON password_resets (person_id, created_at);
CREATE INDEX password_resets_by_age ON password_resets (created_at);

-- Every password that a person had before the present one, sealed (rules.md, No reuse).
CREATE TABLE past_passwords (
    id          TEXT   NOT NULL PRIMARY KEY,
    person_id   TEXT   NOT NULL REFERENCES people (id),
    sealed      BYTEA  NOT NULL,
    replaced_at BIGINT NOT NULL
);
CREATE INDEX past_passwords_by_person ON past_passwords (person_id);

-- Forms that a session's end cut off, to be offered to the same person once more. A spent one keeps its id, so that it is offered once.
CREATE TABLE kept_forms (
    id         TEXT   NOT NULL PRIMARY KEY,
    person_id  TEXT   NOT NULL REFERENCES people (id),
    sealed     BYTEA,
    created_at BIGINT NOT NULL
);
CREATE INDEX kept_forms_by_age ON kept_forms (created_at);
CREATE INDEX kept_forms_by_person ON kept_forms (person_id, created_at);

-- The browsers that somebody has signed in with, so that a new one is told about.
CREATE TABLE known_browsers (
    person_id TEXT   NOT NULL REFERENCES people (id),
    browser   TEXT   NOT NULL,
    seen_at   BIGINT NOT NULL,
    PRIMARY KEY (person_id, browser)
);

ALTER TABLE people ADD COLUMN timezone TEXT NOT NULL DEFAULT 'Asia/Jakarta';
ALTER TABLE people ADD COLUMN theme TEXT NOT NULL DEFAULT 'system';
-- The last reminder about the password's age: so many days before its end; 0 for none.
ALTER TABLE people ADD COLUMN reminded BIGINT NOT NULL DEFAULT 0;
CREATE INDEX people_by_password_age ON people (reminded, password_set_at);

-- +goose Down
DROP INDEX people_by_password_age;
ALTER TABLE people DROP COLUMN reminded;
ALTER TABLE people DROP COLUMN theme;
ALTER TABLE people DROP COLUMN timezone;
DROP TABLE known_browsers;
DROP TABLE kept_forms;
DROP TABLE past_passwords;
DROP TABLE password_resets;
DROP TABLE password_locks;
DROP INDEX sessions_by_id;
ALTER TABLE sessions DROP COLUMN ended_at;
ALTER TABLE sessions DROP COLUMN proved_at;
ALTER TABLE sessions DROP COLUMN active_at;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE sessions DROP COLUMN browser;
ALTER TABLE sessions DROP COLUMN id;
