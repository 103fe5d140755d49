import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useLostSince } from '../../api/live.tsx';
import { monitorsQuery } from '../../api/monitors.ts';
import { shownStatus } from '../../api/shown-status.ts';

import { useCommonWords } from '../../language/common.ts';
import { setTabState } from '../tab.ts';

/** A tab shows a few words; whoever points at it reads these. */
const MAX_NAMED = 3;
const MAX_NAME_CHARACTERS = 40;

interface Fallen {
  readonly name: string;
  readonly incident: { readonly opened_at: string } | null;
}

/** What is down, the last that fell first; more than can be named are an ellipsis. */
export function namesOf(monitors: readonly Fallen[]): string {
  const names = monitors
    .toSorted((one, other) => ((one.incident?.opened_at ?? '') > (other.incident?.opened_at ?? '') ? -1 : 1))
    .slice(0, MAX_NAMED)
    .map(({ name }) => (name.length > MAX_NAME_CHARACTERS ? `${name.slice(0, MAX_NAME_CHARACTERS)}…` : name));
  return [...names, ...(monitors.length > MAX_NAMED ? ['…'] : [])].join(', ');
}

/** The browser's tab says what is down on every page. */
export function TabWatch() {
  const words = useCommonWords();
  const { data } = useQuery(monitorsQuery);
  const lostSince = useLostSince();
  useEffect(() => {
    if (lostSince !== null) return setTabState({ alarm: words.tab.lost, shape: 'unknown' });
    if (data === undefined) return;
    const fallen = data.filter(({ status }) => status === 'down');
    const down = fallen.length;
    const isLate = data.some((monitor) => shownStatus(monitor) === 'late');
    const isUp = data.some(({ status }) => status === 'up');
    setTabState({
      alarm: down > 0 ? words.tab.down(down, namesOf(fallen)) : '',
      shape: down > 0 ? 'down' : isLate ? 'late' : isUp ? 'up' : 'new',
    });
  }, [data, words, lostSince]);
  return null;
}
