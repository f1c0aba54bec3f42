-- +goose Up
-- Every version of a page of settings, as it was saved: its history. The row in settings holds the last one. saved_by: '' where that is not known any more;
-- source: the version that was taken back, where origin says so.
CREATE TABLE settings_versions (
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    page        TEXT   NOT NULL,
    version     BIGINT NOT NULL,
    document    TEXT   NOT NULL,
    origin      TEXT   NOT NULL CHECK (origin IN ('saved', 'reverted', 'copied')),
    source      BIGINT NOT NULL DEFAULT 0,
    saved_by    TEXT   NOT NULL,
    saved_at    BIGINT NOT NULL,
    PRIMARY KEY (merchant_id, environment, page, version),
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);
INSERT INTO settings_versions (merchant_id, environment, page, version, document, origin, saved_by, saved_at)
    SELECT merchant_id, environment, page, version, document, 'saved', '', updated_at FROM settings;

-- The key pair that signs the BI-SNAP notifications of an environment. sealed: the private key, public_key: PEM.
CREATE TABLE notification_keys (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL,
    environment TEXT   NOT NULL CHECK (environment IN ('sandbox', 'production')),
    public_key  TEXT   NOT NULL,
    sealed      BYTEA  NOT NULL,
    created_at  BIGINT NOT NULL,
    UNIQUE (merchant_id, environment),
    FOREIGN KEY (merchant_id, environment) REFERENCES environments (merchant_id, environment)
);

-- A merchant's registration for Production. submission counts how often it was handed in, particulars are the General Settings of Production as they were then.
CREATE TABLE activations (
    merchant_id  TEXT   NOT NULL PRIMARY KEY REFERENCES merchants (id),
    version      BIGINT NOT NULL,
    state        TEXT   NOT NULL CHECK (state IN ('draft', 'in_review', 'rejected', 'approved')),
    entity       TEXT   NOT NULL DEFAULT '',
    business     TEXT   NOT NULL DEFAULT '',
    submission   BIGINT NOT NULL DEFAULT 0,
    particulars  TEXT   NOT NULL DEFAULT '',
    submitted_by TEXT   NOT NULL DEFAULT '',
    submitted_at BIGINT,
    decided_at   BIGINT,
    reason       TEXT   NOT NULL DEFAULT '',
    updated_at   BIGINT NOT NULL
);
CREATE INDEX activations_by_state ON activations (state, submitted_at, merchant_id);

CREATE TABLE activation_documents (
    id          TEXT   NOT NULL PRIMARY KEY,
    merchant_id TEXT   NOT NULL REFERENCES merchants (id),
    kind        TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    media_type  TEXT   NOT NULL,
    size        BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    uploaded_by TEXT   NOT NULL,
    uploaded_at BIGINT NOT NULL,
    UNIQUE (merchant_id, kind)
);

-- +goose Down
DROP TABLE activation_documents;
DROP TABLE activations;
DROP TABLE notification_keys;
DROP TABLE settings_versions;
