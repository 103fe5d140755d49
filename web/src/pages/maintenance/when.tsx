import type { Maintenance } from '../../api/maintenance-facts.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatSetting, formatSpan, viewerZone } from '../../language/times.ts';
import { exactTitle } from '../../ui/time.tsx';

/** The zone that its times are said in: its own where it repeats, else the reader's. */
export function zoneOf({ repeat }: Pick<Maintenance, 'repeat'>): string {
  return repeat !== null && repeat.schedule.type !== 'period' ? repeat.schedule.timezone : viewerZone();
}

/** "Sat 6 Dec, 02:00 – 04:00", or its schedule in words and how long each one lasts. */
export function When({ one }: { readonly one: Pick<Maintenance, 'once' | 'repeat'> }) {
  const words = useMaintenanceWords();
  const { language } = useLanguage();
  const { once, repeat } = one;
  if (once !== null) {
    const [from, to] = [Date.parse(once.from), Date.parse(once.to)];
    return (
      <time dateTime={once.from} title={exactTitle(from, language)}>
        {formatSpan(from, to, language)}
      </time>
    );
  }
  if (repeat === null) return null;
  const length = words.lasts(formatSetting(repeat.duration_seconds, language));
  return (
    <>
      {repeat.schedule.description}, {length}
    </>
  );
}
