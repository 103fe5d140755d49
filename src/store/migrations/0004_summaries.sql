-- Summaries: when a team gets one, where it goes, and which were made.

CREATE TABLE summary_schedule (
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('daily', 'weekly')),
  enabled boolean NOT NULL,
  weekday text CHECK (weekday IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  -- Of the wall clock in `timezone`: "09:00".
  time text NOT NULL,
  timezone text NOT NULL,
  -- True: every channel of the team, also later ones. False: those of summary_channel.
  all_channels boolean NOT NULL,
  next_at bigint,
  -- Set when making it failed: not tried again before.
  held_until bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (team_id, kind),
  CHECK ((kind = 'weekly') = (weekday IS NOT NULL)),
  CHECK (enabled = (next_at IS NOT NULL))
);
CREATE INDEX summary_schedule_due ON summary_schedule (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE summary_channel (
  team_id uuid NOT NULL,
  kind text NOT NULL,
  channel_id uuid NOT NULL REFERENCES channel ON DELETE CASCADE,
  PRIMARY KEY (team_id, kind, channel_id),
  FOREIGN KEY (team_id, kind) REFERENCES summary_schedule ON DELETE CASCADE
);
CREATE INDEX summary_channel_channel ON summary_channel (channel_id);

-- Each summary that was made by the schedule: of one period at most one. Its id is the subject of its notices.
CREATE TABLE summary_issue (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('daily', 'weekly')),
  from_at bigint NOT NULL,
  to_at bigint NOT NULL,
  created_at bigint NOT NULL,
  UNIQUE (team_id, kind, to_at)
);

-- A notice may be about a team as a whole, or about one of its sites.
ALTER TABLE notice DROP CONSTRAINT notice_subject_type_check;
ALTER TABLE notice ADD CONSTRAINT notice_subject_type_check
  CHECK (subject_type IN ('incident', 'monitor', 'channel', 'gap', 'site', 'team', 'test'));

-- The incidents of a monitor that touch a period, without looking at all that it ever had.
CREATE INDEX incident_resolved ON incident (monitor_id, resolved_at) WHERE resolved_at IS NOT NULL;
