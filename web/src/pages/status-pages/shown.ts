import { useQuery } from '@tanstack/react-query';
import { monitorsQuery } from '../../api/monitors.ts';
import { type StatusPage, shownNames } from '../../api/status-page-facts.ts';

/** The names that each group of a page shows at the moment; undefined until they are known. */
export function useShownNames({ groups }: Pick<StatusPage, 'groups'>): readonly (readonly string[])[] | undefined {
  const { data: monitors } = useQuery(monitorsQuery);
  return monitors === undefined ? undefined : groups.map((group) => shownNames(group, groups, monitors));
}
