import { useQuery } from '@tanstack/react-query';
import { type Covering, isCovered } from '../../api/maintenance-facts.ts';
import { monitorsQuery } from '../../api/monitors.ts';
import { sitesQuery } from '../../api/sites.ts';
import type { MonitorRow } from '../../api/types.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';

/** The monitors that it is about at the moment, by name; undefined until they are known. */
export function useCovered(
  what: Covering,
): { readonly covered: readonly MonitorRow[]; readonly total: number } | undefined {
  const { data: monitors } = useQuery(monitorsQuery);
  const { data: sites } = useQuery({ ...sitesQuery, enabled: what.sites.length > 0 });
  if (monitors === undefined) return undefined;
  const covered = monitors.filter((monitor) => isCovered(what, monitor, sites ?? []));
  return {
    covered: covered.toSorted((one, other) => one.name.localeCompare(other.name)),
    total: monitors.length,
  };
}

/** "all monitors", or the tags, sites and the number of monitors that were chosen. */
export function Which({ what }: { readonly what: Covering }) {
  const words = useMaintenanceWords();
  const { data: sites } = useQuery({ ...sitesQuery, enabled: what.sites.length > 0 });
  if (what.all) return words.everything;
  const named = what.sites.flatMap((id) => sites?.find((site) => site.id === id)?.name ?? []);
  return [
    ...what.tags.map(words.tag),
    ...named.map(words.site),
    ...(what.monitors.length > 0 ? [words.monitors(what.monitors.length)] : []),
  ].join(', ');
}
