-- Up to this position the changes are published and gone from the outbox. A position topic that says less is not the one
-- that they were published to. Known from now on: the last position that was given says nothing, since its change may be
-- parked.
ALTER TABLE relay ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;
