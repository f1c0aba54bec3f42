-- +goose Up
-- The place of an entry in its merchant's chain, and what authenticates both (docs/adr/0017). Entries of earlier programs have neither.
ALTER TABLE activity ADD COLUMN seq BIGINT;
ALTER TABLE activity ADD COLUMN mac BYTEA;
CREATE UNIQUE INDEX activity_by_place ON activity (merchant_id, seq);

-- How many entries a merchant's chain has, and the mac of the last one; sealed, so that an end that was cut off is found.
CREATE TABLE activity_heads (
    merchant_id TEXT   NOT NULL PRIMARY KEY REFERENCES merchants (id),
    entries     BIGINT NOT NULL,
    mac         BYTEA  NOT NULL,
    seal        BYTEA  NOT NULL
);

-- One index per filter of the page, so that a page costs the same in a long log.
CREATE INDEX activity_by_person ON activity (merchant_id, person_id, at, id);
CREATE INDEX activity_by_address ON activity (merchant_id, address, at, id);
CREATE INDEX activity_by_action ON activity (merchant_id, action, at, id);
CREATE INDEX activity_by_environment ON activity (merchant_id, environment, at, id);
CREATE INDEX activity_refused ON activity (merchant_id, at, id) WHERE outcome = 'refused';

-- +goose Down
DROP INDEX activity_refused;
DROP INDEX activity_by_environment;
DROP INDEX activity_by_action;
DROP INDEX activity_by_address;
DROP INDEX activity_by_person;
DROP TABLE activity_heads;
DROP INDEX activity_by_place;
ALTER TABLE activity DROP COLUMN mac;
ALTER TABLE activity DROP COLUMN seq;
