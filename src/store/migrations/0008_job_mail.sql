-- gocron's jobs each name an address. It becomes a channel of the team, shared by the jobs that name it, and of them alone.
ALTER TABLE channel
  -- Serves only monitors that chose it or came with it: no other monitor of the team, no word about the team as a whole,
  -- and it stands in for no other channel.
  ADD COLUMN only_chosen boolean NOT NULL DEFAULT false;

ALTER TABLE monitor_channel
  -- The job itself named it in another system's interface; what a person chooses for the monitor leaves it alone.
  ADD COLUMN from_origin boolean NOT NULL DEFAULT false;
CREATE INDEX monitor_channel_from_origin ON monitor_channel (monitor_id) WHERE from_origin;

-- The jobs of an account stand beside each other, and are found without looking at all of the team's.
CREATE INDEX monitor_gocron ON monitor (team_id, origin_key COLLATE "C")
  WHERE origin_dialect = 'gocron' AND deleted_at IS NULL;
