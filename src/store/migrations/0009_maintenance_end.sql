-- When a maintenance was ended before its time: what began until then holds nothing any more, what begins later does.
ALTER TABLE maintenance ADD COLUMN ended_at bigint;
