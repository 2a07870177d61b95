-- Goes up with each relay that begins: one before it numbers and parks nothing any more.
ALTER TABLE relay ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
