-- The tables of migrations/sqlite, column by column; a test compares them.

-- When a change was made, in microseconds of Unix time; NULL for one that was made before this was noted.
ALTER TABLE outbox_change ADD COLUMN created_at BIGINT;
-- The W3C traceparent of the request that made it, if a request did. It goes out with the records.
ALTER TABLE outbox_change ADD COLUMN traceparent TEXT;
