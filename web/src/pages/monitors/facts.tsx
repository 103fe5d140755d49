import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { channelsQuery } from '../../api/monitors.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { Monitor } from '../../api/types.ts';
import { useMonitorPageWords } from '../../language/monitor.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDuration, formatExact, formatSetting } from '../../language/times.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { zoneOf } from '../overview/row.tsx';

const MS = 1_000;

/** Its settings as facts, with numbers. */
export function Facts({ monitor }: { readonly monitor: Monitor }) {
  const { facts } = useMonitorPageWords();
  const { language } = useLanguage();
  const { data: sites = [] } = useQuery(sitesQuery);
  const zone = zoneOf(monitor);
  const setting = (seconds: number) => formatSetting(seconds, language);
  const rows: (readonly [string, ReactNode])[] = [[facts.schedule, monitor.schedule?.description ?? facts.byHand]];
  const { next_expected_at: next, due_at: due, learned_limit: learned } = monitor;
  if (next !== null) rows.push([facts.next, <TwoZones key="next" at={next} zone={zone} />]);
  if (due !== null) rows.push([facts.due, <TwoZones key="due" at={due} zone={zone} />]);
  rows.push([facts.last, <Time key="last" at={monitor.last_signal_at} zone={zone} />]);
  if (monitor.last_success_at !== monitor.last_signal_at)
    rows.push([facts.lastSuccess, <Time key="success" at={monitor.last_success_at} zone={zone} />]);
  if (monitor.grace_seconds !== undefined) rows.push([facts.grace, setting(monitor.grace_seconds)]);
  if (monitor.start_grace_seconds !== undefined && monitor.schedule !== null)
    rows.push([facts.startGrace, setting(monitor.start_grace_seconds)]);
  if (monitor.max_run_seconds !== undefined)
    rows.push([facts.maxRun, monitor.max_run_seconds === null ? facts.noLimit : setting(monitor.max_run_seconds)]);
  if (learned !== null)
    rows.push([
      facts.usual,
      facts.usualText(
        formatDuration(learned.usual_seconds * MS, language),
        formatDuration(learned.limit_seconds * MS, language),
      ),
    ]);
  if (monitor.fail_after > 1) rows.push([facts.failAfter, facts.fails(monitor.fail_after)]);
  rows.push([facts.channels, <Channels key="channels" monitor={monitor} />]);
  const site = sites.find(({ id }) => id === monitor.site_id);
  if (site !== undefined)
    rows.push([
      facts.site,
      <PageLink key="site" to={`/sites/${site.id}`}>
        {site.name}
      </PageLink>,
    ]);
  if (monitor.tags.length > 0) rows.push([facts.tags, <Tags key="tags" tags={monitor.tags} />]);
  rows.push([facts.created, <Time key="created" at={monitor.created_at} />]);
  return (
    <>
      <dl className="grid gap-x-8 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
        {rows.map(([name, value]) => (
          <div key={name} className="min-w-0">
            <dt className="text-xs text-quiet">{name}</dt>
            <dd className="break-words">{value}</dd>
          </div>
        ))}
      </dl>
      {monitor.ping_url !== undefined && (
        <div className="flex flex-col gap-1.5">
          <span className="text-xs text-quiet">{facts.pingUrl}</span>
          <CopyLine text={monitor.ping_url} label={facts.pingUrl} />
          {monitor.weak_key === true && <p className="text-late">{facts.weakKey}</p>}
        </div>
      )}
    </>
  );
}

/** Relative and exact, and in the monitor's zone as well where that differs from the reader's. */
function TwoZones({ at, zone }: { readonly at: string; readonly zone: string | null }) {
  const { language } = useLanguage();
  const instant = Date.parse(at);
  const own = formatExact(instant, language);
  const there = zone === null ? own : formatExact(instant, language, zone);
  return (
    <>
      <Time at={at} zone={zone} /> <span className="text-quiet">· {own}</span>
      {there !== own && (
        <span className="block text-quiet">
          {there} {zone}
        </span>
      )}
    </>
  );
}

function Channels({ monitor }: { readonly monitor: Monitor }) {
  const { facts } = useMonitorPageWords();
  const { data = [] } = useQuery(channelsQuery);
  if (monitor.channels === 'all') return <PageLink to="/channels">{facts.allChannels}</PageLink>;
  const chosen = new Set(monitor.channels);
  const names = data.filter(({ id }) => chosen.has(id)).map(({ name }) => name);
  return <>{names.length === 0 ? facts.noChannels : names.join(', ')}</>;
}

function Tags({ tags }: { readonly tags: readonly string[] }) {
  return (
    <>
      {tags.map((tag, index) => (
        <span key={tag}>
          {index > 0 && ', '}
          <PageLink to={`/?tag=${encodeURIComponent(tag)}`}>{tag}</PageLink>
        </span>
      ))}
    </>
  );
}
