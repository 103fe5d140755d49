import { useState } from 'react';
import {
  type Covering,
  type MaintenanceDetail,
  type MaintenanceIncident,
  stateOf,
} from '../../api/maintenance-facts.ts';
import { shownStatus } from '../../api/shown-status.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useNow } from '../../lib/clock.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Section } from '../../ui/page.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { zoneOf } from './when.tsx';
import { useCovered } from './which.tsx';

const FIRST_SHOWN = 12;

/** How it stands, in a sentence with the numbers in it. */
export function MaintenanceStory({ one }: { readonly one: MaintenanceDetail }) {
  const { story } = useMaintenanceWords();
  const state = stateOf(one, useNow());
  const known = useCovered(one);
  const count = known?.covered.length;
  const zone = zoneOf(one);
  const over = one.ended_at ?? one.once?.to ?? null;
  return (
    <div className="flex items-start gap-3">
      <span className={`mt-1 ${state === 'active' ? 'text-late' : 'text-quiet'}`}>
        <Icon name="maintenance" size={20} />
      </span>
      <div className="min-w-0">
        <p className="text-base">
          {state === 'active' && (
            <>
              <strong className="font-semibold">
                {story.active} <Time at={one.active_until} zone={zone} form="short" />
              </strong>
              , <Time at={one.active_until} zone={zone} />.
            </>
          )}
          {state === 'planned' && (
            <>
              <strong className="font-semibold">
                {story.planned} <Time at={one.next_at} zone={zone} />
              </strong>
              , <Time at={one.next_at} zone={zone} form="short" />.
            </>
          )}
          {state === 'over' &&
            (over === null ? (
              story.overForGood
            ) : (
              <>
                {story.over} <Time at={over} form="short" />.
              </>
            ))}
        </p>
        {state !== 'over' && count !== undefined && (
          <p className="text-quiet">{state === 'active' ? story.activeText(count) : story.plannedText(count)}</p>
        )}
        {one.ended_at !== null && state !== 'active' && (
          <p className="text-quiet">
            {story.endedEarly}, <Time at={one.ended_at} form="short" />.
          </p>
        )}
      </div>
    </div>
  );
}

/** The incidents whose alarms it holds, and those that it held. */
export function Held({ one }: { readonly one: MaintenanceDetail }) {
  const { held: words } = useMaintenanceWords();
  const now = one.incidents.filter(({ outcome }) => outcome === null);
  const before = one.incidents.filter(({ outcome }) => outcome !== null);
  return (
    <>
      {now.length > 0 && (
        <Section title={words.titleNow}>
          <Incidents incidents={now} />
        </Section>
      )}
      {before.length > 0 && (
        <Section title={words.title}>
          <Incidents incidents={before} />
        </Section>
      )}
    </>
  );
}

function Incidents({ incidents }: { readonly incidents: readonly MaintenanceIncident[] }) {
  const { held: words } = useMaintenanceWords();
  return (
    <ul className="flex flex-col">
      {incidents.map(({ incident_id: id, monitor, opened_at: opened, outcome }) => (
        <li key={id} className="flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line py-1.5 last:border-0">
          <StatusShape
            status={outcome === 'recovered' ? 'up' : outcome === 'closed' ? 'paused' : 'down'}
            isDecoration
          />
          <PageLink to={`/incidents/${id}`} className="min-w-40 flex-1 truncate" title={monitor.name}>
            {monitor.name}
          </PageLink>
          <span className="text-xs text-quiet">
            {words.since} <Time at={opened} form="short" />
            {outcome !== null && `, ${words.outcome[outcome]}`}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** The monitors that it is about, with how they stand. */
export function CoveredList({ what }: { readonly what: Covering }) {
  const words = useMaintenanceWords();
  const known = useCovered(what);
  const [showsAll, setShowsAll] = useState(false);
  if (known === undefined) return null;
  const { covered } = known;
  if (covered.length === 0) return <p className="text-quiet">{words.nothingCovered}</p>;
  const shown = showsAll ? covered : covered.slice(0, FIRST_SHOWN);
  return (
    <>
      <ul className="grid gap-x-8 sm:grid-cols-2 lg:grid-cols-3">
        {shown.map((monitor) => (
          <li key={monitor.id} className="min-w-0 border-b border-line">
            <PageLink
              to={`/monitors/${monitor.id}`}
              className="flex min-h-9 items-center gap-2.5 text-text no-underline hover:bg-hover"
            >
              <StatusShape status={shownStatus(monitor)} />
              <span className="min-w-0 truncate" title={monitor.name}>
                {monitor.name}
              </span>
            </PageLink>
          </li>
        ))}
      </ul>
      {covered.length > shown.length && (
        <div>
          <Button size="small" onClick={() => setShowsAll(true)}>
            {words.showAll(covered.length)}
          </Button>
        </div>
      )}
    </>
  );
}
