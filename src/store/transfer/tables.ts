/**
 * Which tables travel, in which order (whoever is referred to comes first), and what of them. A test holds that every
 * table of the schema is listed here, so that a new one cannot be forgotten.
 */

export const PARTS = ['configuration', 'states', 'incidents', 'history'] as const;
/** history: only with it the table (or its rows that are over) travels. */
export type Part = (typeof PARTS)[number];

/** Stay where they are: whoever is signed in there signs in here, and what was guessed at or seen there was not here. */
export const STAYING_TABLES = [
  'auth_session',
  'auth_verification',
  'session_team',
  'sign_in_attempt',
  'change',
  // Whose key ended: nodes that start read all keys anew.
  'key_epoch',
  'retired_key',
] as const;

export interface TransferTable {
  readonly name: string;
  readonly part: Part;
  /** Which rows travel without the history, as a condition on `t`; all when absent. */
  readonly current?: string;
  /** Columns that read otherwise without the history: what they point at stays behind. */
  readonly currentColumns?: Readonly<Record<string, string>>;
}

/**
 * Deliveries that something still depends on: those not over, and those that told of an incident which is still open,
 * because its end is told only where its beginning was (RULES §5).
 */
const CURRENT_DELIVERIES = `SELECT d.id FROM delivery d WHERE d.state IN ('suppressed', 'queued', 'sending', 'retry')
  UNION SELECT n.delivery_id FROM notice n JOIN incident i ON i.id = n.subject_id AND n.subject_type = 'incident'
    WHERE i.resolved_at IS NULL`;

const ifCurrent = (column: string) => `CASE WHEN t.${column} IN (${CURRENT_DELIVERIES}) THEN t.${column} END`;

export const TRANSFER_TABLES: readonly TransferTable[] = [
  { name: 'install', part: 'configuration' },
  { name: 'team', part: 'configuration' },
  { name: 'api_key', part: 'configuration' },
  { name: 'auth_user', part: 'configuration' },
  { name: 'auth_account', part: 'configuration' },
  { name: 'auth_two_factor', part: 'configuration' },
  { name: 'auth_passkey', part: 'configuration' },
  { name: 'member', part: 'configuration' },
  { name: 'invitation', part: 'configuration' },
  { name: 'audit', part: 'incidents' },
  { name: 'channel', part: 'configuration' },
  { name: 'telegram_link', part: 'configuration' },
  { name: 'monitor', part: 'configuration' },
  { name: 'monitor_channel', part: 'configuration' },
  { name: 'site', part: 'configuration' },
  { name: 'site_member', part: 'configuration' },
  { name: 'maintenance', part: 'configuration' },
  { name: 'status_page', part: 'configuration' },
  { name: 'summary_schedule', part: 'configuration' },
  { name: 'summary_channel', part: 'configuration' },
  { name: 'monitor_state', part: 'states' },
  // Acknowledged, and not in the states above: whoever starts on the new database folds it.
  { name: 'ping_journal', part: 'states' },
  // The last sign of life: the next start records the time since then as a gap, and raises no false alarm.
  { name: 'node', part: 'states' },
  // Runs out within seconds: whatever node held it, another one takes it over.
  { name: 'lease', part: 'states' },
  { name: 'idempotency', part: 'states' },
  { name: 'run', part: 'states', current: `t.state = 'open' OR t.awaits_end` },
  { name: 'incident', part: 'incidents' },
  { name: 'incident_response', part: 'incidents' },
  { name: 'hold', part: 'incidents' },
  { name: 'summary_issue', part: 'incidents' },
  { name: 'status_change', part: 'incidents' },
  { name: 'slot_note', part: 'incidents' },
  { name: 'gap', part: 'incidents' },
  { name: 'delivery', part: 'incidents', current: `t.id IN (${CURRENT_DELIVERIES})` },
  { name: 'delivery_attempt', part: 'incidents', current: `t.delivery_id IN (${CURRENT_DELIVERIES})` },
  {
    name: 'notice',
    part: 'incidents',
    current: `t.delivery_id IN (${CURRENT_DELIVERIES})`,
    // A delivery that stays behind is over: nothing has to wait for it.
    currentColumns: { after_delivery_id: ifCurrent('after_delivery_id') },
  },
  { name: 'channel_flow', part: 'incidents', currentColumns: { digest_id: ifCurrent('digest_id') } },
  { name: 'signal', part: 'history' },
];

/** Kept by migrate.ts itself; the file says the version. */
export const MIGRATION_TABLE = 'migration';
