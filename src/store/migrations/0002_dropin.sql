-- The base under which a team's clients of other systems call: /in/{secret}/… (RULES §7). Null until it is first asked for.
ALTER TABLE team
  -- SHA-256 of the secret, to find the team by it.
  ADD COLUMN drop_in_hash bytea UNIQUE,
  -- The secret itself, encrypted, to show it to who may write.
  ADD COLUMN drop_in_sealed bytea,
  -- How many numbers were given to monitors of this team; see monitor.origin_number.
  ADD COLUMN origin_count integer NOT NULL DEFAULT 0,
  ADD CHECK ((drop_in_hash IS NULL) = (drop_in_sealed IS NULL));

-- The number that the other system's interface knows a monitor by, where it counts its jobs: per team, never used twice.
ALTER TABLE monitor
  ADD COLUMN origin_number integer,
  ADD CHECK ((origin_dialect IS NULL) = (origin_key IS NULL)),
  ADD CHECK (origin_number IS NULL OR origin_dialect IS NOT NULL);
CREATE INDEX monitor_origin_number ON monitor (team_id, origin_dialect, origin_number) WHERE deleted_at IS NULL;
