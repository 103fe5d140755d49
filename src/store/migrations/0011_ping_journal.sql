-- Pings are acknowledged when a batch of them is in the journal, and folded into states and signals behind that
-- (docs/decisions/0012). A row is taken by deleting it in the transaction that writes what its pings mean.
CREATE TABLE ping_journal (
  -- Who wrote it; it may be gone by now, then another node folds it.
  node_id uuid NOT NULL,
  n bigint NOT NULL,
  -- Arrival of its oldest ping: no deadline behind it is judged before the row is folded.
  first_received_at bigint NOT NULL,
  -- watch/journal-record.ts
  pings bytea NOT NULL,
  -- Why its fold failed for a reason of its own. It is in nobody's way then, and tried again when a node starts.
  fault text,
  PRIMARY KEY (node_id, n)
) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,
  -- Shrinking the file takes a lock that every ping would wait for.
  vacuum_truncate = off);
-- Read once, if at all: compressing it would only cost.
ALTER TABLE ping_journal ALTER COLUMN pings SET STORAGE EXTERNAL;
CREATE INDEX ping_journal_age ON ping_journal (first_received_at) WHERE fault IS NULL;

-- Counted up whenever a ping key stops to be valid. A batch of pings that were found by remembered keys is written only
-- where this number is the one that those keys were read at: the old key is unknown from the commit on, on every node.
CREATE TABLE key_epoch (
  is_one boolean PRIMARY KEY DEFAULT true CHECK (is_one),
  epoch bigint NOT NULL DEFAULT 0
);
INSERT INTO key_epoch DEFAULT VALUES;

-- Whose key ended at which epoch; forgotten in time, by then a node reads all keys anew.
CREATE TABLE retired_key (
  epoch bigint NOT NULL,
  monitor_id uuid NOT NULL,
  PRIMARY KEY (epoch, monitor_id)
);

CREATE OR REPLACE FUNCTION retire_keys(monitors uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  now_at bigint;
BEGIN
  IF monitors IS NULL THEN
    RETURN;
  END IF;
  -- The row lock makes epochs visible in their order.
  UPDATE key_epoch SET epoch = epoch + 1 RETURNING epoch INTO now_at;
  INSERT INTO retired_key (epoch, monitor_id) SELECT now_at, id FROM unnest(monitors) AS id;
END $$;

CREATE OR REPLACE FUNCTION retire_changed_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM retire_keys((SELECT array_agg(b.id) FROM before_rows b JOIN after_rows a ON a.id = b.id
    WHERE b.deleted_at IS NULL AND (a.deleted_at IS NOT NULL OR a.ping_key <> b.ping_key)));
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION retire_removed_keys() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM retire_keys((SELECT array_agg(id) FROM before_rows WHERE deleted_at IS NULL));
  RETURN NULL;
END $$;

CREATE TRIGGER retire_changed_keys AFTER UPDATE ON monitor REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows
  FOR EACH STATEMENT EXECUTE FUNCTION retire_changed_keys();
CREATE TRIGGER retire_removed_keys AFTER DELETE ON monitor REFERENCING OLD TABLE AS before_rows
  FOR EACH STATEMENT EXECUTE FUNCTION retire_removed_keys();
