-- What open pages are told: a line for each thing that changed, written in the transaction that changed it. Nobody waits
-- for it, and it is worth nothing after a minute: unlogged, never exported, forgotten by the upkeep.
CREATE UNLOGGED TABLE change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Readers ask what became visible since their last look (store/changes.ts), so that no order of commits hides a line.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  team_id uuid NOT NULL,
  type text NOT NULL CHECK (type IN ('monitor', 'incident', 'channel', 'delivery')),
  subject_id uuid NOT NULL,
  monitor_id uuid
);
CREATE INDEX change_xid ON change (xid);

-- Triggers, and not the code of every writer: whoever changes one of these tables is heard, also those yet to be written.
-- None stands on monitor_state: a ping that only moves a state pays nothing. Once per statement, however many its rows.
-- An import sets allswell.quiet: nobody watches the past being put in.
-- OR REPLACE: an import drops the tables and leaves the functions.
CREATE OR REPLACE FUNCTION note_monitors() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id, monitor_id) SELECT team_id, 'monitor', id, id FROM after_rows;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_status_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id, monitor_id)
    SELECT DISTINCT m.team_id, 'monitor', m.id, m.id FROM after_rows c JOIN monitor m ON m.id = c.monitor_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_incidents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id, monitor_id)
    SELECT team_id, 'incident', id, monitor_id FROM after_rows;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id, monitor_id)
    SELECT team_id, 'incident', incident_id, monitor_id FROM after_rows;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_channels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id) SELECT team_id, 'channel', id FROM after_rows;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_new_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id) SELECT team_id, 'delivery', id FROM after_rows;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION note_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO change (team_id, type, subject_id)
    SELECT a.team_id, 'delivery', a.id FROM after_rows a JOIN before_rows b ON b.id = a.id
    WHERE a.state IS DISTINCT FROM b.state;
  RETURN NULL;
END $$;

CREATE TRIGGER note_new AFTER INSERT ON monitor REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_monitors();
CREATE TRIGGER note_changed AFTER UPDATE ON monitor REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_monitors();
CREATE TRIGGER note_new AFTER INSERT ON status_change REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_status_changes();
CREATE TRIGGER note_new AFTER INSERT ON incident REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_incidents();
CREATE TRIGGER note_changed AFTER UPDATE ON incident REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_incidents();
CREATE TRIGGER note_new AFTER INSERT ON hold REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_holds();
CREATE TRIGGER note_changed AFTER UPDATE ON hold REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_holds();
CREATE TRIGGER note_new AFTER INSERT ON channel REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_channels();
CREATE TRIGGER note_changed AFTER UPDATE ON channel REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_channels();
CREATE TRIGGER note_new AFTER INSERT ON delivery REFERENCING NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_new_deliveries();
CREATE TRIGGER note_changed AFTER UPDATE ON delivery REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT WHEN (current_setting('allswell.quiet', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_deliveries();

-- How often an open incident that nobody took on is told again; null: never.
ALTER TABLE team ADD COLUMN reminder_every_seconds integer CHECK (reminder_every_seconds BETWEEN 300 AND 604800);

ALTER TABLE incident ADD COLUMN acknowledged_at bigint;
-- The name of the person or key, as it was then.
ALTER TABLE incident ADD COLUMN acknowledged_by text;
ALTER TABLE incident ADD COLUMN acknowledged_note text;
-- No reminders before that.
ALTER TABLE incident ADD COLUMN snoozed_until bigint;
-- When it was told again for the last time, and how often.
ALTER TABLE incident ADD COLUMN reminded_at bigint;
ALTER TABLE incident ADD COLUMN reminders integer NOT NULL DEFAULT 0;
ALTER TABLE incident ADD CONSTRAINT incident_acknowledged CHECK
  ((acknowledged_at IS NULL) = (acknowledged_by IS NULL) AND (acknowledged_at IS NULL) = (acknowledged_note IS NULL));

-- What people said and did about an incident, all of it in order; the columns above are how it stands.
CREATE TABLE incident_response (
  id uuid PRIMARY KEY,
  incident_id uuid NOT NULL REFERENCES incident ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('acknowledged', 'snoozed')),
  at bigint NOT NULL,
  person text NOT NULL,
  note text NOT NULL,
  until bigint,
  CHECK ((kind = 'snoozed') = (until IS NOT NULL))
);
CREATE INDEX incident_response_incident ON incident_response (incident_id, id);

-- Times in which alarms are held (core/maintenance.ts): once, or again and again; measuring goes on.
CREATE TABLE maintenance (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  name text NOT NULL,
  -- Once.
  from_at bigint,
  to_at bigint,
  -- Again and again: from each slot on, for so long.
  schedule_type text CHECK (schedule_type IN ('cron', 'oncalendar')),
  expression text,
  timezone text,
  duration_seconds integer,
  -- Which monitors: all of the team, or those listed, with one of these tags, or behind one of these sites.
  all_monitors boolean NOT NULL,
  monitor_ids uuid[] NOT NULL,
  tags text[] NOT NULL,
  site_ids uuid[] NOT NULL,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CHECK ((from_at IS NULL) = (to_at IS NULL) AND from_at < to_at),
  CHECK ((from_at IS NULL) = (schedule_type IS NOT NULL AND expression IS NOT NULL AND timezone IS NOT NULL
    AND duration_seconds IS NOT NULL))
);
CREATE INDEX maintenance_team ON maintenance (team_id, id);

-- Why an alarm is held may be a maintenance; the end of it is the end of the hold.
ALTER TABLE hold ADD COLUMN maintenance_id uuid REFERENCES maintenance ON DELETE SET NULL;
CREATE INDEX hold_maintenance ON hold (maintenance_id, incident_id) WHERE maintenance_id IS NOT NULL;
ALTER TABLE hold DROP CONSTRAINT hold_reason_check;
ALTER TABLE hold ADD CONSTRAINT hold_reason_check
  CHECK (reason IN ('confirming', 'site_dark', 'site_lit', 'maintenance'));

-- What a team shows to everybody.
CREATE TABLE status_page (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  -- Its place in the address; unique in the install.
  slug text NOT NULL UNIQUE,
  title text NOT NULL,
  intro text NOT NULL,
  language text NOT NULL CHECK (language IN ('en', 'ru')),
  timezone text NOT NULL,
  -- A domain of its own: requests for it see this page and nothing else.
  host text UNIQUE,
  -- False: a draft that nobody sees.
  is_public boolean NOT NULL,
  -- What is shown: a list of {title, monitors: [{id, name}], tags}; name null: the monitor's own.
  groups jsonb NOT NULL,
  -- A list of {title, text, at}.
  announcements jsonb NOT NULL,
  logo bytea,
  logo_type text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CHECK ((logo IS NULL) = (logo_type IS NULL))
);
CREATE INDEX status_page_team ON status_page (team_id, id);

-- Quiet hours of a channel: what comes then waits until their end, and comes as one digest (core/quiet-hours.ts).
ALTER TABLE channel ADD COLUMN quiet_from text;
ALTER TABLE channel ADD COLUMN quiet_to text;
ALTER TABLE channel ADD COLUMN quiet_timezone text;
-- True: that something went down is told all the same.
ALTER TABLE channel ADD COLUMN quiet_down_passes boolean NOT NULL DEFAULT false;
ALTER TABLE channel ADD CONSTRAINT channel_quiet CHECK (
  (quiet_from IS NULL) = (quiet_to IS NULL) AND (quiet_from IS NULL) = (quiet_timezone IS NULL) AND quiet_from <> quiet_to);
CREATE INDEX delivery_quiet ON delivery (channel_id) WHERE state = 'queued' AND reason = 'quiet_hours';
