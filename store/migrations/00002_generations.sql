-- +goose Up
-- A merchant's generation changes with every committed change to its people, environments, settings and keys (docs/adr/0009).
ALTER TABLE merchants ADD COLUMN generation BIGINT NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE merchants DROP COLUMN generation;
