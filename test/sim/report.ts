import type { Audited } from './audit/audit.ts';
import type { Finding } from './audit/finding.ts';
import type { Story } from './oracle/story.ts';
import type { Simulated } from './simulation.ts';

const iso = (at: number) => new Date(at).toISOString().replace('T', ' ').slice(0, 23);
/** Findings shown in words; the rest is counted. */
const MAX_SHOWN = 12;

function percentile(values: readonly number[], part: number): string {
  const sorted = [...values].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)];
  return value === undefined ? '–' : `${value} ms`;
}

const spread = (values: readonly number[]) =>
  `p50 ${percentile(values, 0.5)}, p99 ${percentile(values, 0.99)}, max ${percentile(values, 1)} (of ${values.length})`;

const count = (findings: readonly Finding[], ...kinds: readonly Finding['kind'][]) =>
  findings.filter(({ kind }) => kinds.includes(kind)).length;

/** What happened in words, and the command that tells the same story again. */
export function reportOf(simulated: Simulated, audited: Audited, seconds: number): string {
  const { seed, days, monitors, nodes } = simulated.options;
  const { findings } = audited;
  const lines = [
    `seed ${seed}: ${days} days, ${monitors} monitors, ${nodes} nodes (${simulated.cluster.slots.map(({ roles }) => roles.join('+')).join(', ')}), from ${iso(simulated.startAt)}; took ${seconds.toFixed(1)} s`,
    `  ${audited.signals} signals, ${audited.incidents} incidents, ${audited.notices.told} notices told (${audited.notices.repeated} repeated after a lost answer), ${simulated.faults.log.length} faults, ${audited.excusedSlots} slots excused, ${audited.undecided} orders open`,
    `  missed alarms ${count(findings, 'missed alarm', 'missed notice')}, false alarms ${count(findings, 'false alarm')}, wrong alarms ${count(findings, 'wrong alarm', 'wrong order')}, doubled notices ${count(findings, 'doubled notice')}, pings lost or doubled ${count(findings, 'lost ping', 'counted twice')}, other ${count(findings, 'gap', 'late detection', 'impossible')}`,
    `  detection ${spread(audited.lags.detection)}; first attempt to tell ${spread(audited.lags.firstAttempt)}`,
    `  the jobs themselves: ${simulated.unheard.length} words never heard, ${simulated.cluster.sent.filter(({ result }) => result === 'unavailable').length} requests refused, ${simulated.cluster.sent.filter(({ result }) => result === 'none' || result === 'lost').length} without an answer`,
  ];
  for (const { kind, monitor, text } of findings.slice(0, MAX_SHOWN)) {
    lines.push(`  ✗ ${kind}${monitor === null ? '' : `, monitor ${monitor}`}: ${text}`);
  }
  if (findings.length > MAX_SHOWN) lines.push(`  … and ${findings.length - MAX_SHOWN} more`);
  if (findings.length > 0) {
    const shown = findings.find(({ monitor }) => monitor !== null)?.monitor;
    const timeline = shown === undefined || shown === null ? '' : ` --timeline ${shown}`;
    lines.push(
      `  again: npm run sim -- --seed ${seed} --days ${days} --monitors ${monitors} --nodes ${nodes}${timeline}`,
    );
  }
  return lines.join('\n');
}

/** Everything that happened to one monitor, in order. */
export function timelineOf(simulated: Simulated, story: Story, monitor: number, incidents: readonly string[]): string {
  const lines: [number, string][] = [];
  for (const happening of story.happenings) {
    const { type, at, ...rest } = happening;
    if (happening.type === 'ping') {
      const { kind, runId, receivedAt, reportedAt, blind } = happening;
      const late = reportedAt === null ? '' : `, says ${iso(reportedAt)}`;
      lines.push([
        at,
        `${kind} ${runId ?? ''} received ${iso(receivedAt)}${late}${blind === null ? '' : `, blind ${iso(blind.from)} – ${iso(blind.to)}`}`,
      ]);
    } else lines.push([at, `${type} ${JSON.stringify(rest)}`]);
  }
  for (const { name, from, to } of simulated.faults.log) lines.push([from, `FAULT ${name}, until ${iso(to)}`]);
  for (const { kind, from, to, knownFrom } of simulated.sight.gaps) {
    lines.push([knownFrom, `GAP ${kind} ${iso(from)} – ${iso(to)} is recorded`]);
  }
  lines.sort(([one], [other]) => one - other);
  const { name, firstTerms, createdAt, isArmedAtCreation } = simulated.monitors[monitor] ?? {};
  return [
    `${name}, created ${iso(createdAt ?? 0)}${isArmedAtCreation === true ? ', armed' : ''}: ${JSON.stringify(firstTerms)}`,
    ...incidents.map((line) => `  ${line}`),
    ...lines.map(([at, line]) => `  ${iso(at)}  ${line}`),
  ].join('\n');
}
