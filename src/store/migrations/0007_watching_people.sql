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
