import { z } from 'zod';
import { STATUSES } from '../../core/monitor.ts';
import { countChannels } from '../../store/channels.ts';
import { countOpenIncidents } from '../../store/incident-log.ts';
import { countMonitors } from '../../store/monitors.ts';
import { DASHBOARD_HEADERS } from '../dashboard.ts';
import { PAGE_HEADERS, pageHtml, paragraph } from '../page.ts';
import type { Metric } from '../services.ts';
import { named } from './common.ts';
import { type ApiContext, type Route, route } from './route.ts';

const tag = 'Service';

const healthz = route({
  method: 'GET',
  path: '/healthz',
  scope: 'open',
  tag,
  summary: 'Whether this process lives',
  answer: named('Health', z.strictObject({ status: z.literal('ok') })),
  handle: async () => ({ body: { status: 'ok' as const } }),
});

const readyz = route({
  method: 'GET',
  path: '/readyz',
  scope: 'open',
  tag,
  summary: 'Whether this node does its work',
  alsoStatus: { 503: 'Not ready; `reason` says what is missing.' },
  answer: named('Readiness', z.strictObject({ status: z.enum(['ready', 'not_ready']), reason: z.string().nullable() })),
  async handle(_request, { health }) {
    const reason = health.notReady();
    if (reason === null) return { body: { status: 'ready' as const, reason } };
    return { status: 503, headers: { 'retry-after': '2' }, body: { status: 'not_ready' as const, reason } };
  },
});

async function teamMetrics(teamId: string, { database }: ApiContext): Promise<Metric[]> {
  const [monitors, incidents, channels] = await Promise.all([
    countMonitors(database, teamId),
    countOpenIncidents(database, teamId),
    countChannels(database, teamId),
  ]);
  const gauge = (name: string, help: string, value: number, labels?: Metric['labels']): Metric => ({
    name,
    type: 'gauge',
    help,
    value,
    ...(labels === undefined ? {} : { labels }),
  });
  return [
    ...STATUSES.map((status) =>
      gauge('allswell_team_monitors', 'Monitors of the team of this key, by status.', monitors[status], { status }),
    ),
    gauge('allswell_team_incidents_open', 'Open incidents of the team of this key.', incidents),
    ...(['ok', 'broken'] as const).map((state) =>
      gauge('allswell_team_channels', 'Channels of the team of this key, by state.', channels[state], { state }),
    ),
  ];
}

const LABEL_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function sample({ name, labels, value }: Metric): string {
  const pairs = Object.entries(labels ?? {}).map(
    ([label, text]) => `${label}="${text.replaceAll(/[\\"\n]/g, (character) => LABEL_ESCAPES[character] ?? '')}"`,
  );
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

/** Prometheus' text format: the samples of one name stand together under its help and type. */
export function metricsText(metrics: readonly Metric[]): string {
  const families = Map.groupBy(metrics, (metric) => metric.name);
  const lines = [...families].flatMap(([name, samples]) => [
    `# HELP ${name} ${samples[0]?.help ?? ''}`,
    `# TYPE ${name} ${samples[0]?.type ?? 'gauge'}`,
    ...samples.map(sample),
  ]);
  return `${lines.join('\n')}\n`;
}

const metrics = route({
  method: 'GET',
  path: '/metrics',
  scope: 'read',
  tag,
  summary: 'Numbers for Prometheus',
  description: 'Of this node, of the install, and of the team of the key.',
  media: 'text/plain; version=0.0.4; charset=utf-8',
  async handle({ key }, context) {
    const all = await Promise.all([context.health.metrics(), teamMetrics(key.teamId, context)]);
    return { body: metricsText(all.flat()) };
  },
});

const HOME = pageHtml({
  language: 'en',
  title: 'allswell',
  body: `${paragraph('The watchman for scheduled work.')}<p><a href="/docs">The API, to read and to try</a></p>`,
});

const home = route({
  method: 'GET',
  path: '/',
  scope: 'open',
  tag,
  summary: 'Where to begin',
  description: 'A page for browsers, JSON for everybody else.',
  // The filters of the page's list stand in its address.
  query: z.looseObject({}),
  media: 'application/json; charset=utf-8',
  async handle({ headers }, { publicUrl, dashboard }) {
    if (String(headers.accept ?? '').includes('text/html')) {
      const type = { 'content-type': 'text/html; charset=utf-8', vary: 'accept' };
      if (dashboard !== null) return { body: dashboard.page, headers: { ...DASHBOARD_HEADERS, ...type } };
      return { body: HOME, headers: { ...PAGE_HEADERS, ...type } };
    }
    const message = 'This is allswell, the watchman for scheduled work. The API is described at /docs.';
    return { body: JSON.stringify({ message, docs: `${publicUrl}/docs` }), headers: { vary: 'accept' } };
  },
});

export const serviceRoutes: readonly Route[] = [healthz, readyz, metrics, home];
