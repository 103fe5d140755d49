-- What an import last took over of a monitor: {"given": as the other system said it, "kept": as it was written here}.
-- By it the next import tells what changed there from what a person changed here. Null: not imported.
ALTER TABLE monitor ADD COLUMN imported jsonb;
-- Imports look for what was deleted here too, so that it stays deleted.
CREATE INDEX monitor_origin_deleted ON monitor (team_id, origin_dialect, origin_key)
  WHERE deleted_at IS NOT NULL AND origin_key IS NOT NULL;
-- Deleted monitors are forgotten in time (watch/upkeep.ts).
CREATE INDEX monitor_deleted ON monitor (deleted_at) WHERE deleted_at IS NOT NULL;
