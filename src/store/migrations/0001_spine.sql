-- Every point in time is a bigint: milliseconds since the UNIX epoch, passed in by the caller (never now()), see
-- docs/decisions/0003-instants-are-integers.md. Ids are UUID v7 made by us.

-- What this install knows about itself: one row per name.
CREATE TABLE install (
  name text PRIMARY KEY,
  value text NOT NULL
);

CREATE TABLE team (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  language text NOT NULL DEFAULT 'en' CHECK (language IN ('en', 'ru')),
  timezone text NOT NULL DEFAULT 'UTC',
  -- Stored plain: it can only ping (RULES §7).
  ping_key text NOT NULL UNIQUE,
  created_at bigint NOT NULL
);

CREATE TABLE api_key (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  name text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('read', 'write')),
  -- SHA-256 of the key; the key itself is shown once and not kept.
  key_hash bytea NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  last_used_at bigint,
  expires_at bigint
);
CREATE INDEX api_key_team ON api_key (team_id);

CREATE TABLE channel (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  kind text NOT NULL,
  name text NOT NULL,
  -- The whole config, encrypted.
  config_sealed bytea NOT NULL,
  -- Comes from the configuration of the install: cannot be changed here, and is used only by monitors that choose it.
  from_environment boolean NOT NULL DEFAULT false,
  -- Host that deliveries go to; kept beside the sealed config because claims are limited by it.
  destination text NOT NULL,
  -- Keyed hash of the address inside the sealed config, where the service tells us about addresses (Telegram's chats).
  address_hash text,
  state text NOT NULL DEFAULT 'ok' CHECK (state IN ('ok', 'broken')),
  broken_reason text,
  broken_at bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  deleted_at bigint
);
CREATE UNIQUE INDEX channel_from_environment ON channel (team_id, kind) WHERE from_environment AND deleted_at IS NULL;
CREATE INDEX channel_team ON channel (team_id) WHERE deleted_at IS NULL;
CREATE INDEX channel_address ON channel (address_hash) WHERE address_hash IS NOT NULL AND deleted_at IS NULL;

-- A chat that is to become a channel: waits for the token to come back from Telegram.
CREATE TABLE telegram_link (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  -- Of the channel to be.
  name text NOT NULL,
  -- SHA-256 of the token; the token itself is shown once and not kept.
  token_hash text NOT NULL UNIQUE,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  linked_at bigint,
  channel_id uuid REFERENCES channel ON DELETE SET NULL,
  chat_title text,
  chat_kind text CHECK (chat_kind IN ('private', 'group', 'supergroup', 'channel')),
  CHECK ((linked_at IS NULL) = (chat_title IS NULL) AND (linked_at IS NULL) = (chat_kind IS NULL))
);
CREATE INDEX telegram_link_team ON telegram_link (team_id, id DESC);
CREATE INDEX telegram_link_expires ON telegram_link (expires_at);
CREATE INDEX telegram_link_channel ON telegram_link (channel_id) WHERE channel_id IS NOT NULL;

CREATE TABLE monitor (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('heartbeat', 'process')),
  name text NOT NULL,
  slug text,
  description text NOT NULL DEFAULT '',
  tags text[] NOT NULL DEFAULT '{}',
  ping_key text NOT NULL UNIQUE,
  schedule_type text CHECK (schedule_type IN ('period', 'cron', 'oncalendar')),
  period_seconds integer,
  expression text,
  timezone text,
  -- The shortest of the next five distances between slots at the time of the last edit.
  interval_ms bigint,
  grace_seconds integer NOT NULL DEFAULT 0,
  start_grace_seconds integer NOT NULL DEFAULT 300,
  max_run_seconds integer,
  learn boolean NOT NULL DEFAULT false,
  fail_after integer NOT NULL DEFAULT 1 CHECK (fail_after BETWEEN 1 AND 1000),
  armed_from text NOT NULL DEFAULT 'first_signal' CHECK (armed_from IN ('first_signal', 'creation')),
  -- True: every channel of the team, also later ones. False: those of monitor_channel.
  all_channels boolean NOT NULL DEFAULT true,
  -- Identity in another system's interface, unique per team.
  origin_dialect text,
  origin_key text,
  -- Counted up by every change of this row that `step` can see; monitor_state carries the same number.
  version integer NOT NULL DEFAULT 1,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  deleted_at bigint,
  CHECK ((schedule_type = 'period') = (period_seconds IS NOT NULL)),
  CHECK ((schedule_type IN ('cron', 'oncalendar')) = (expression IS NOT NULL)),
  CHECK (kind = 'process' OR schedule_type IS NOT NULL)
);
CREATE UNIQUE INDEX monitor_slug ON monitor (team_id, slug) WHERE deleted_at IS NULL;
CREATE UNIQUE INDEX monitor_origin ON monitor (team_id, origin_dialect, origin_key) WHERE deleted_at IS NULL;
CREATE INDEX monitor_team ON monitor (team_id, id) WHERE deleted_at IS NULL;
CREATE INDEX monitor_tags ON monitor USING gin (tags) WHERE deleted_at IS NULL;

CREATE TABLE monitor_channel (
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  channel_id uuid NOT NULL REFERENCES channel ON DELETE CASCADE,
  PRIMARY KEY (monitor_id, channel_id)
);
CREATE INDEX monitor_channel_channel ON monitor_channel (channel_id);

-- The live part of a monitor, apart from its definition: narrow, rewritten by every ping.
CREATE TABLE monitor_state (
  monitor_id uuid PRIMARY KEY REFERENCES monitor ON DELETE CASCADE,
  version integer NOT NULL DEFAULT 1,
  status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'up', 'down', 'paused')),
  -- Since when the status holds; null: since the beginning.
  status_since bigint,
  pause_mode text CHECK (pause_mode IN ('by_hand', 'until', 'until_success')),
  pause_until bigint,
  ref_at bigint,
  expected_at bigint,
  expected_latest_at bigint,
  due_at bigint,
  excused boolean NOT NULL DEFAULT false,
  fail_streak integer NOT NULL DEFAULT 0,
  last_signal_at bigint,
  last_success_at bigint,
  signal_count bigint NOT NULL DEFAULT 0,
  incident_id uuid,
  incident_code text,
  incident_opened_at bigint,
  incident_slot_from bigint,
  incident_status_before text,
  incident_missed_slots integer NOT NULL DEFAULT 0,
  incident_extended boolean NOT NULL DEFAULT false,
  good_durations_ms bigint[] NOT NULL DEFAULT '{}',
  silence_told boolean NOT NULL DEFAULT false,
  -- Runs that an end can still reach (run.awaits_end); 0 spares the ping path a look at them.
  waiting_runs integer NOT NULL DEFAULT 0,
  wake_at bigint,
  -- Set when judging this monitor threw: it is tried again later and shown, and stops nobody else.
  fault text,
  CHECK ((status = 'paused') = (pause_mode IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.1);
CREATE INDEX monitor_state_wake ON monitor_state (wake_at) WHERE wake_at IS NOT NULL;

CREATE TABLE run (
  id uuid PRIMARY KEY,
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  run_id text,
  state text NOT NULL CHECK (state IN ('open', 'succeeded', 'failed', 'timed_out', 'abandoned', 'unknown')),
  started_at bigint,
  ended_at bigint,
  exit_status integer,
  deadline_at bigint,
  limit_by text CHECK (limit_by IN ('max_run', 'learned')),
  excused boolean NOT NULL DEFAULT false,
  awaits_end boolean NOT NULL DEFAULT false,
  finished_late boolean NOT NULL DEFAULT false
);
CREATE INDEX run_waiting ON run (monitor_id, id) WHERE awaits_end;
CREATE INDEX run_by_name ON run (monitor_id, run_id) WHERE run_id IS NOT NULL;
CREATE INDEX run_history ON run (monitor_id, id DESC);

CREATE TABLE incident (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  cause_code text NOT NULL,
  cause_data jsonb NOT NULL,
  opened_at bigint NOT NULL,
  detected_at bigint NOT NULL,
  resolved_at bigint,
  resolution text CHECK (resolution IN ('recovered', 'withdrawn', 'paused', 'deleted')),
  missed_slots integer NOT NULL DEFAULT 0,
  -- Its own proof, kept for ever: last good run, last ten signals, output tail. Signals themselves are dropped in time.
  evidence jsonb NOT NULL DEFAULT '{}',
  -- Further causes while it was open, each {at, code, data}; at most 100.
  notes jsonb NOT NULL DEFAULT '[]',
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
);
-- Promise 2: at most one open incident per monitor.
CREATE UNIQUE INDEX incident_open ON incident (monitor_id) WHERE resolved_at IS NULL;
CREATE INDEX incident_team ON incident (team_id, id DESC);
CREATE INDEX incident_open_team ON incident (team_id, id DESC) WHERE resolved_at IS NULL;
CREATE INDEX incident_monitor ON incident (monitor_id, id DESC);

CREATE TABLE status_change (
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  at bigint NOT NULL,
  status text NOT NULL,
  id bigint GENERATED ALWAYS AS IDENTITY,
  PRIMARY KEY (monitor_id, at, id)
);

-- Slots that were not judged, and why.
CREATE TABLE slot_note (
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  slot_at bigint NOT NULL,
  note text NOT NULL CHECK (note IN ('unknown', 'skipped_running')),
  gap_from bigint,
  gap_to bigint,
  noted_at bigint NOT NULL,
  PRIMARY KEY (monitor_id, slot_at)
);
CREATE INDEX slot_note_noted ON slot_note (noted_at);
CREATE INDEX slot_note_gap ON slot_note (gap_to) WHERE note = 'unknown';

-- Everything that was heard, by day of arrival (store/partitions.ts makes and drops the days).
CREATE TABLE signal (
  monitor_id uuid NOT NULL,
  n bigint NOT NULL,
  received_at bigint NOT NULL,
  at bigint NOT NULL,
  kind text NOT NULL,
  not_counted text,
  exit_status integer,
  run_id text,
  method text,
  remote_addr text,
  user_agent text,
  body_size integer NOT NULL DEFAULT 0,
  body bytea
) PARTITION BY RANGE (received_at);
CREATE INDEX signal_monitor ON signal (monitor_id, n);
-- What comes while its day has no partition yet is not lost; partitions.ts moves it when the day is made.
CREATE TABLE signal_default PARTITION OF signal DEFAULT;

-- A retry with the same key within a day counts once (RULES §6).
CREATE TABLE idempotency (
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  key text NOT NULL,
  at bigint NOT NULL,
  PRIMARY KEY (monitor_id, key)
);
CREATE INDEX idempotency_at ON idempotency (at);

CREATE TABLE node (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  roles text[] NOT NULL,
  started_at bigint NOT NULL,
  seen_at bigint NOT NULL,
  stopped_at bigint
);
CREATE INDEX node_seen ON node (seen_at);

-- Work that one node at a time does, by its name. Not tied to the node's row: that one may be forgotten first.
CREATE TABLE lease (
  name text PRIMARY KEY,
  node_id uuid NOT NULL,
  until bigint NOT NULL,
  -- Counted up by each change of hands: who lost the lease meanwhile can be told by it.
  fence bigint NOT NULL
);

-- When we were not looking (RULES §4).
CREATE TABLE gap (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('ingest', 'watch', 'clock')),
  node_id uuid,
  from_at bigint NOT NULL,
  to_at bigint NOT NULL,
  reason text NOT NULL,
  -- When the teams were told of it, or it was found not worth a word.
  told_at bigint,
  CHECK (from_at <= to_at)
);
CREATE INDEX gap_to ON gap (to_at);
CREATE INDEX gap_untold ON gap (to_at) WHERE told_at IS NULL;

-- One sending, with all its attempts: of one notice, or of a digest that carries many.
CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  channel_id uuid NOT NULL REFERENCES channel ON DELETE CASCADE,
  form text NOT NULL CHECK (form IN ('single', 'digest', 'test')),
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'retry', 'sent', 'failed', 'cancelled')),
  -- Why it was cancelled or failed, as a word from alerts/delivery-states.ts.
  reason text,
  destination text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at bigint,
  lease_until bigint,
  -- Counted up by each claim: a sender whose lease was lost cannot write its result any more.
  fence integer NOT NULL DEFAULT 0,
  provider_id text,
  -- The sending that a person asked to be made again: this one carries its notices now.
  resend_of uuid REFERENCES delivery ON DELETE SET NULL,
  created_at bigint NOT NULL,
  finished_at bigint
);
CREATE INDEX delivery_resend ON delivery (resend_of) WHERE resend_of IS NOT NULL;
CREATE INDEX delivery_due ON delivery (next_attempt_at) WHERE state IN ('queued', 'retry');
CREATE INDEX delivery_leased ON delivery (lease_until) WHERE state = 'sending';
CREATE INDEX delivery_channel ON delivery (channel_id, id DESC);
CREATE INDEX delivery_team ON delivery (team_id, id DESC);
CREATE INDEX delivery_finished ON delivery (finished_at) WHERE finished_at IS NOT NULL;

CREATE TABLE delivery_attempt (
  delivery_id uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
  n integer NOT NULL,
  started_at bigint NOT NULL,
  ended_at bigint NOT NULL,
  ok boolean NOT NULL,
  status integer,
  code text NOT NULL,
  answer text NOT NULL,
  PRIMARY KEY (delivery_id, n)
);

-- One message to one channel about one subject.
CREATE TABLE notice (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  channel_id uuid NOT NULL REFERENCES channel ON DELETE CASCADE,
  subject_type text NOT NULL CHECK (subject_type IN ('incident', 'monitor', 'channel', 'gap', 'test')),
  subject_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('opened', 'resolved', 'reminder', 'warning', 'digest', 'system')),
  ordinal integer NOT NULL DEFAULT 0,
  delivery_id uuid NOT NULL REFERENCES delivery ON DELETE CASCADE,
  -- The sending that has to be over before this one may go: a recovery never overtakes its alarm.
  after_delivery_id uuid REFERENCES delivery ON DELETE SET NULL,
  data jsonb NOT NULL DEFAULT '{}',
  created_at bigint NOT NULL,
  UNIQUE (channel_id, subject_id, kind, ordinal)
);
CREATE INDEX notice_delivery ON notice (delivery_id);
CREATE INDEX notice_subject ON notice (subject_id);
CREATE INDEX notice_after ON notice (after_delivery_id) WHERE after_delivery_id IS NOT NULL;

-- How much a channel was told lately, per kind of notice: beyond the limit notices are gathered (RULES §5, storm).
CREATE TABLE channel_flow (
  channel_id uuid NOT NULL REFERENCES channel ON DELETE CASCADE,
  kind text NOT NULL,
  window_from bigint NOT NULL,
  told integer NOT NULL,
  storming boolean NOT NULL,
  -- The digest that gathers what came beyond the limit; null while all goes singly.
  digest_id uuid REFERENCES delivery ON DELETE SET NULL,
  digest_at bigint,
  PRIMARY KEY (channel_id, kind)
);
CREATE INDEX channel_flow_digest ON channel_flow (digest_id) WHERE digest_id IS NOT NULL;
