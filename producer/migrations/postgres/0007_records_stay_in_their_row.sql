-- The records of most changes have some two thousand bytes, and more than that goes into a table of its own with an index,
-- two thousand bytes a row: more to write, to find and to remove. Up to 8 kB they stay where they are.
ALTER TABLE outbox SET (toast_tuple_target = 8160);
