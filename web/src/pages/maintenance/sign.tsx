import { useQuery } from '@tanstack/react-query';
import { maintenanceQuery } from '../../api/maintenance.ts';
import { maintenanceOf, nextMaintenanceOf } from '../../api/maintenance-facts.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { MonitorRow } from '../../api/types.ts';
import { useMaintenanceSignWords } from '../../language/maintenance-sign.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatShort } from '../../language/times.ts';
import { useNow } from '../../lib/clock.ts';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';

/** A coming maintenance is worth a word on its monitors' pages from a day before. */
const AHEAD_MS = 86_400_000;
const STEP_MS = 5_000;

function useMaintenances() {
  const { data: list } = useQuery(maintenanceQuery);
  const needsSites = list?.some(({ sites }) => sites.length > 0) === true;
  const { data: sites } = useQuery({ ...sitesQuery, enabled: needsSites });
  return { list: list ?? [], sites: sites ?? [], now: useNow(STEP_MS) };
}

/** In a row: the alarms of this monitor are held, and until when. */
export function MaintenanceSign({ monitor }: { readonly monitor: MonitorRow }) {
  const words = useMaintenanceSignWords();
  const { language } = useLanguage();
  const { list, sites, now } = useMaintenances();
  const one = maintenanceOf(monitor, list, sites, now);
  if (one === null || one.active_until === null) return null;
  const text = `${words.row(formatShort(Date.parse(one.active_until), language))} (${one.name})`;
  return (
    <span title={text} className="relative z-10 shrink-0 self-center text-late">
      <Icon name="maintenance" size={16} />
      <span className="sr-only">{text}</span>
    </span>
  );
}

/** On the page of a monitor: its maintenance, under way or soon to come. */
export function MaintenanceNote({ monitor }: { readonly monitor: MonitorRow }) {
  const words = useMaintenanceSignWords();
  const { list, sites, now } = useMaintenances();
  const active = maintenanceOf(monitor, list, sites, now);
  const one = active ?? nextMaintenanceOf(monitor, list, sites, now + AHEAD_MS);
  if (one === null) return null;
  return (
    <p className="flex items-start gap-3">
      <span className={`mt-0.5 ${active === null ? 'text-quiet' : 'text-late'}`}>
        <Icon name="maintenance" size={20} />
      </span>
      <span className="min-w-0 break-words">
        {active === null ? words.next : words.now}{' '}
        <Time at={active === null ? one.next_at : one.active_until} form="short" />
        {': '}
        <PageLink to={`/maintenance/${one.id}`}>{one.name}</PageLink>.
        {active !== null && <span className="text-quiet"> {words.held}</span>}
      </span>
    </p>
  );
}
