import { useQuery } from '@tanstack/react-query';
import { maintenanceQuery } from '../../api/maintenance.ts';
import { type Maintenance, type MaintenanceState, stateOf } from '../../api/maintenance-facts.ts';
import { useMayWrite } from '../../api/session.ts';
import { useMaintenanceWords } from '../../language/maintenance.ts';
import { useNow } from '../../lib/clock.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Icon } from '../../ui/icons.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { When, zoneOf } from './when.tsx';
import { Which } from './which.tsx';

const STATES: readonly MaintenanceState[] = ['active', 'planned', 'over'];

/** What is first ends first, comes first, or was last. */
function compare(state: MaintenanceState): (one: Maintenance, other: Maintenance) => number {
  const keyOf = ({ active_until: end, next_at: next, once, ended_at: ended }: Maintenance): string =>
    (state === 'active' ? end : state === 'planned' ? next : (ended ?? once?.to)) ?? '';
  const sign = state === 'over' ? -1 : 1;
  return (one, other) => (keyOf(one) < keyOf(other) ? -sign : sign);
}

/** Times in which alarms are held: those under way, those to come, those that are over. */
export function MaintenanceListPage() {
  const words = useMaintenanceWords();
  const mayWrite = useMayWrite();
  const now = useNow();
  const { data: all, error, refetch } = useQuery(maintenanceQuery);
  const add = mayWrite && (
    <PageLink to="/maintenance/new" className={buttonClass({ look: 'primary' })}>
      {words.add}
    </PageLink>
  );
  const isEmpty = all?.length === 0;
  return (
    <Page title={words.title} actions={isEmpty ? undefined : add}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {all === undefined && error === null && <Skeleton lines={3} />}
      {isEmpty && (
        <Empty title={words.empty.title} text={words.empty.text}>
          {add}
        </Empty>
      )}
      {all !== undefined && !isEmpty && (
        <>
          <p className="max-w-prose text-quiet">{words.text}</p>
          {STATES.map((state) => {
            const rows = all.filter((one) => stateOf(one, now) === state).toSorted(compare(state));
            return rows.length === 0 ? null : (
              <Section key={state} title={words.sections[state]}>
                <ul className="flex flex-col border-t border-line">
                  {rows.map((one) => (
                    <Row key={one.id} one={one} state={state} />
                  ))}
                </ul>
              </Section>
            );
          })}
        </>
      )}
    </Page>
  );
}

interface RowProps {
  readonly one: Maintenance;
  readonly state: MaintenanceState;
}

function Row({ one, state }: RowProps) {
  return (
    <li className="border-b border-line">
      <PageLink
        to={`/maintenance/${one.id}`}
        className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 py-2.5 text-text no-underline hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto] md:px-2"
      >
        <span className={state === 'active' ? 'text-late' : 'text-quiet'}>
          <Icon name="maintenance" />
        </span>
        <span className="min-w-0">
          <span className="block truncate font-medium" title={one.name}>
            {one.name}
          </span>
          <span className="block text-quiet">
            <When one={one} />
          </span>
        </span>
        <span className="col-start-2 min-w-0 text-xs text-quiet md:col-start-3 md:max-w-80 md:text-right">
          <span className={`block ${state === 'active' ? 'text-late' : ''}`}>
            <Turn one={one} state={state} />
          </span>
          <span className="block truncate">
            <Which what={one} />
          </span>
        </span>
      </PageLink>
    </li>
  );
}

function Turn({ one, state }: RowProps) {
  const words = useMaintenanceWords();
  const zone = zoneOf(one);
  if (state === 'active') {
    return (
      <>
        {words.until} <Time at={one.active_until} zone={zone} form="short" />
      </>
    );
  }
  if (state === 'planned') {
    return (
      <>
        {one.once === null ? words.next : words.begins} <Time at={one.next_at} zone={zone} />
      </>
    );
  }
  if (one.ended_at !== null) {
    return (
      <>
        {words.ended} <Time at={one.ended_at} form="short" />
      </>
    );
  }
  return one.once === null ? words.neverAgain : words.over;
}
