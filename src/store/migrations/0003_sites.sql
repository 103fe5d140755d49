-- A gateway and what stands behind it: while the gateway is down the site is dark, and the silence of the others is
-- explained (RULES §5, src/core/sites.md).
CREATE TABLE site (
  id uuid PRIMARY KEY,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  name text NOT NULL,
  gateway_monitor_id uuid REFERENCES monitor ON DELETE SET NULL,
  -- Since when the gateway's incident is open; null: the site is lit, or nobody looks.
  dark_since bigint,
  -- The gateway's incident: of the present darkness, else of the last one.
  darkness_id uuid,
  -- When the last darkness was over.
  lit_at bigint,
  -- Identity in another system's interface, unique per team.
  origin_dialect text,
  origin_key text,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  CHECK (dark_since IS NULL OR darkness_id IS NOT NULL)
);
CREATE UNIQUE INDEX site_gateway ON site (gateway_monitor_id);
CREATE UNIQUE INDEX site_origin ON site (team_id, origin_dialect, origin_key);
CREATE INDEX site_team ON site (team_id, id);

-- A monitor stands behind one site at most, and a gateway behind none.
CREATE TABLE site_member (
  monitor_id uuid PRIMARY KEY REFERENCES monitor ON DELETE CASCADE,
  site_id uuid NOT NULL REFERENCES site ON DELETE CASCADE
);
CREATE INDEX site_member_site ON site_member (site_id, monitor_id);

-- The opening of this incident is not told for now. Due work: from `until` on somebody decides and tells.
CREATE TABLE hold (
  incident_id uuid PRIMARY KEY REFERENCES incident ON DELETE CASCADE,
  team_id uuid NOT NULL REFERENCES team ON DELETE CASCADE,
  monitor_id uuid NOT NULL REFERENCES monitor ON DELETE CASCADE,
  -- Null once the site was deleted.
  site_id uuid REFERENCES site ON DELETE SET NULL,
  reason text NOT NULL CHECK (reason IN ('confirming', 'site_dark', 'site_lit')),
  since bigint NOT NULL,
  -- Null: for as long as the site is dark.
  until bigint,
  -- The gateway's incident that explains this one; null while none does.
  darkness_id uuid,
  ended_at bigint,
  outcome text CHECK (outcome IN ('told', 'recovered', 'closed')),
  CHECK (until IS NOT NULL OR reason = 'site_dark'),
  CHECK ((ended_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX hold_due ON hold (until) WHERE ended_at IS NULL;
CREATE INDEX hold_site ON hold (site_id, incident_id);
CREATE INDEX hold_darkness ON hold (darkness_id) WHERE darkness_id IS NOT NULL;
CREATE INDEX hold_monitor ON hold (monitor_id);

-- suppressed: written when its incident opened, and waiting for the end of the hold; nobody claims it before.
ALTER TABLE delivery DROP CONSTRAINT delivery_state_check;
ALTER TABLE delivery ADD CONSTRAINT delivery_state_check
  CHECK (state IN ('suppressed', 'queued', 'sending', 'retry', 'sent', 'failed', 'cancelled'));
