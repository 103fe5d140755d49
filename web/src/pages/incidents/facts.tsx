import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { FullIncident } from '../../api/incidents.ts';
import { monitorQuery } from '../../api/monitors.ts';
import { useIncidentWords } from '../../language/incidents.ts';
import { useLanguage } from '../../language/provider.tsx';
import { formatDuration } from '../../language/times.ts';
import { PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/page.tsx';
import { Duration, Time } from '../../ui/time.tsx';
import { There } from '../monitors/story.tsx';
import { zoneOf } from '../overview/row.tsx';

export function Facts({ incident }: { readonly incident: FullIncident }) {
  const { facts: words } = useIncidentWords();
  const { language } = useLanguage();
  const { monitor, opened_at: openedAt, detected_at: detectedAt, duration_seconds: seconds } = incident;
  const good = incident.evidence.last_good_run;
  // Of a monitor that is gone no zone is known any more.
  const { data: known } = useQuery(monitorQuery(monitor.id));
  const zone = known === undefined ? null : zoneOf(known);
  return (
    <Section title={words.title}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-6 gap-y-2">
        <Fact label={words.monitor}>
          <PageLink to={`/monitors/${monitor.id}`} className="break-words">
            {monitor.name}
          </PageLink>
        </Fact>
        <Fact label={words.opened}>
          <Time at={openedAt} form="exact" zone={zone} />
          <There at={openedAt} zone={zone} />
        </Fact>
        <Fact label={words.detected}>
          <Time at={detectedAt} form="exact" zone={zone} />
        </Fact>
        <Fact label={words.lasted}>
          <Duration seconds={seconds} />
        </Fact>
        <Fact label={words.lastGood}>
          {good === null ? (
            <span className="text-quiet">{words.never}</span>
          ) : (
            <>
              <Time at={good.ended_at} form="exact" zone={zone} />
              {good.duration_seconds !== null &&
                `, ${words.took(formatDuration(good.duration_seconds * 1_000, language))}`}
            </>
          )}
        </Fact>
        {incident.missed_slots > 0 && <Fact label={words.missed}>{incident.missed_slots}</Fact>}
        {incident.reminders !== undefined && incident.reminders > 0 && (
          <Fact label={words.reminders}>{incident.reminders}</Fact>
        )}
      </dl>
    </Section>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="contents">
      <dt className="max-w-28 text-quiet sm:max-w-none">{label}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  );
}
