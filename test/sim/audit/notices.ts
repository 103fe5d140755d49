import type { IncidentRow, NoticeRow } from '../queries.ts';
import type { Heard } from '../receivers.ts';
import type { Simulated } from '../simulation.ts';
import type { Finding } from './finding.ts';

/** One thing that was told to one channel, with all the messages that said it. */
interface Telling {
  readonly at: number;
  readonly deliveryIds: Set<string>;
  times: number;
}

interface EventIncident {
  readonly type?: string;
  readonly incident?: { readonly id?: string };
}

/** `opened id`, `resolved id` of everything that one message told; for a digest that did not fit, by its notices. */
function toldBy(heard: Heard, noticesOf: ReadonlyMap<string, readonly NoticeRow[]>): string[] {
  return heard.events.flatMap((event) => {
    const data = event.data as EventIncident & {
      readonly incidents?: readonly EventIncident[];
      readonly total?: number;
    };
    if (event.type === 'incident.digest') {
      const listed = data.incidents ?? [];
      if (listed.length === data.total) return listed.map((one) => `${one.type?.slice(9)} ${one.incident?.id}`);
      return (noticesOf.get(heard.deliveryId) ?? []).flatMap((row) =>
        row.left_out ? [] : [`${row.kind} ${row.subject_id}`],
      );
    }
    if (!event.type.startsWith('incident.')) return [];
    return [`${event.type.slice(9)} ${data.incident?.id}`];
  });
}

/** Everything that the receivers took, by channel and thing told. */
function tellings(simulated: Simulated, rows: readonly NoticeRow[]): Map<string, Telling> {
  const noticesOf = Map.groupBy(rows, (row) => row.delivery_id);
  const found = new Map<string, Telling>();
  for (const heard of simulated.receivers.heard) {
    for (const thing of toldBy(heard, noticesOf)) {
      const key = `${heard.channel} ${thing}`;
      const known = found.get(key);
      if (known === undefined) {
        found.set(key, { at: heard.at, deliveryIds: new Set([heard.deliveryId]), times: 1 });
      } else {
        known.times += 1;
        known.deliveryIds.add(heard.deliveryId);
      }
    }
  }
  return found;
}

export interface NoticeCounts {
  told: number;
  /** Heard again with the same key, after an answer that was lost: allowed. */
  repeated: number;
}

/**
 * Each incident is told once per channel, and its end once, behind it. Whoever was not told of the beginning is not
 * told of a quiet end (withdrawn, paused, deleted).
 */
export function auditNotices(
  simulated: Simulated,
  incidents: readonly IncidentRow[],
  rows: readonly NoticeRow[],
): { readonly findings: Finding[]; readonly counts: NoticeCounts } {
  const findings: Finding[] = [];
  const counts: NoticeCounts = { told: 0, repeated: 0 };
  const monitorById = new Map(simulated.monitors.map((monitor) => [monitor.id, monitor]));
  const told = tellings(simulated, rows);
  const expected = new Set<string>();
  const noticeOf = new Map(rows.map((row) => [`${row.channel} ${row.kind} ${row.subject_id}`, row]));
  for (const incident of incidents) {
    const monitor = monitorById.get(incident.monitor_id);
    if (monitor === undefined) continue;
    const isQuiet = incident.resolution !== null && incident.resolution !== 'recovered';
    for (const channel of monitor.channels) {
      const keys = [`${channel} opened ${incident.id}`, `${channel} resolved ${incident.id}`] as const;
      for (const key of keys) expected.add(key);
      const [opened, resolved] = keys.map((key) => told.get(key));
      const find = (kind: Finding['kind'], text: string) =>
        findings.push({
          kind,
          monitor: monitor.index,
          text: `${channel}, incident ${incident.id} (${incident.cause_code} at ${new Date(incident.opened_at).toISOString()}): ${text}`,
        });
      if (opened === undefined && !isQuiet) find('missed notice', 'nobody was told that it opened');
      // An answer that was cut off leaves the sender in the belief that nobody has heard.
      const wasBelieved = noticeOf.get(keys[0])?.state === 'sent';
      if (
        resolved === undefined &&
        incident.resolution !== null &&
        (isQuiet ? opened !== undefined && wasBelieved : true)
      ) {
        find('missed notice', `nobody was told that it ended (${incident.resolution})`);
      }
      if (resolved !== undefined && (opened === undefined || resolved.at < opened.at))
        find('wrong order', 'its end was told before its beginning');
      if (resolved !== undefined && incident.resolution === null)
        find('false alarm', 'an end was told and there is none');
      for (const telling of [opened, resolved]) {
        if (telling === undefined) continue;
        counts.told += 1;
        if (telling.deliveryIds.size > 1) find('doubled notice', `told by ${telling.deliveryIds.size} deliveries`);
        else counts.repeated += telling.times - 1;
      }
    }
  }
  for (const key of told.keys()) {
    if (!expected.has(key))
      findings.push({ kind: 'false alarm', monitor: null, text: `told, and not to be told: ${key}` });
  }
  findings.push(...auditRepetitions(simulated));
  return { findings, counts };
}

/** The same message twice is right only after an attempt of which the sender could not know how it ended. */
function auditRepetitions({ receivers, faults }: Simulated): Finding[] {
  const SLACK_MS = 60_000;
  return [...Map.groupBy(receivers.heard, (heard) => heard.deliveryId).values()].flatMap((all): Finding[] => {
    const unexplained = all
      .slice(0, -1)
      .filter(
        (heard) =>
          heard.wasAnswered &&
          !faults.log.some((fault) => heard.at >= fault.from - SLACK_MS && heard.at <= fault.to + SLACK_MS),
      );
    const [first] = unexplained;
    if (first === undefined) return [];
    return [
      {
        kind: 'doubled notice',
        monitor: null,
        text: `delivery ${first.deliveryId} was answered at ${new Date(first.at).toISOString()} and sent again`,
      },
    ];
  });
}
