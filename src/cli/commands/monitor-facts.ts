/** What the API says of a monitor, as far as the command line shows it. */
export interface MonitorJson {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly slug: string | null;
  readonly tags: readonly string[];
  readonly description: string;
  readonly status: string;
  readonly late: boolean;
  readonly running: boolean;
  readonly paused: { readonly mode: string; readonly until: string | null } | null;
  readonly schedule: { readonly description?: string } | null;
  readonly grace_seconds?: number;
  readonly start_grace_seconds?: number;
  readonly max_run_seconds?: number | null;
  readonly learned_limit: { readonly usual_seconds: number; readonly limit_seconds: number } | null;
  readonly fail_after: number;
  readonly channels: 'all' | readonly string[];
  readonly site_id: string | null;
  readonly ping_url?: string;
  readonly start_url?: string;
  readonly end_url?: string;
  readonly fail_url?: string;
  readonly last_signal_at: string | null;
  readonly last_success_at: string | null;
  readonly signal_count: number;
  readonly next_expected_at: string | null;
  readonly incident: { readonly cause: { readonly text: string }; readonly opened_at: string } | null;
}

/** `up, late`: the status, and what is derived from it. */
export function statusWord(monitor: MonitorJson): string {
  if (monitor.late) return `${monitor.status}, late`;
  return monitor.running ? `${monitor.status}, running` : monitor.status;
}

/** To the second, in UTC; the whole instant is in --json. */
export function shortInstant(at: string | null): string {
  return at === null ? '-' : at.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

function pauseWord({ paused }: MonitorJson): string | null {
  if (paused === null) return null;
  if (paused.until !== null) return `until ${shortInstant(paused.until)}`;
  return paused.mode === 'until_success' ? 'until the next success' : 'until it is resumed';
}

function inSeconds(seconds: number | null | undefined): string | undefined {
  return typeof seconds === 'number' ? `${seconds} s` : undefined;
}

/** What is expected of it, as far as it was set or learned. */
function expectations(monitor: MonitorJson): [string, string | null | undefined][] {
  const { learned_limit: learned } = monitor;
  const usual = learned === null ? null : `${learned.usual_seconds} s, limit ${learned.limit_seconds} s`;
  return [
    ['schedule', monitor.schedule?.description],
    ['grace', inSeconds(monitor.grace_seconds)],
    ['start grace', monitor.schedule === null ? null : inSeconds(monitor.start_grace_seconds)],
    ['longest run', monitor.max_run_seconds === null ? 'no limit' : inSeconds(monitor.max_run_seconds)],
    ['usual run', usual],
    ['fails to alarm', monitor.fail_after === 1 ? null : String(monitor.fail_after)],
  ];
}

/** Everything about one monitor, a fact a line; what is not set is left out. */
export function describe(monitor: MonitorJson): string {
  const { channels } = monitor;
  const facts: [string, string | null | undefined][] = [
    ['id', monitor.id],
    ['name', monitor.name],
    ['slug', monitor.slug],
    ['description', monitor.description],
    ['kind', monitor.kind],
    ['status', statusWord(monitor)],
    ['paused', pauseWord(monitor)],
    ...expectations(monitor),
    ['tags', monitor.tags.join(', ')],
    ['channels', channels === 'all' ? 'all' : channels.join(', ') || 'none'],
    ['site', monitor.site_id],
    ['signals', String(monitor.signal_count)],
    ['last signal', shortInstant(monitor.last_signal_at)],
    ['last success', shortInstant(monitor.last_success_at)],
    ['next expected', shortInstant(monitor.next_expected_at)],
    [
      'incident',
      monitor.incident === null
        ? null
        : `${monitor.incident.cause.text} (since ${shortInstant(monitor.incident.opened_at)})`,
    ],
    ['ping', monitor.ping_url],
    ['start', monitor.start_url],
    ['end', monitor.end_url],
    ['fail', monitor.fail_url],
  ];
  return facts
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([label, value]) => `${label.padEnd(14)} ${value}`)
    .join('\n');
}
