import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { monitorsQuery, shownStatus } from '../../api/monitors.ts';
import { useCommonWords } from '../../language/common.ts';
import { setTabState } from '../tab.ts';

/** The browser's tab says what is down on every page. */
export function TabWatch() {
  const words = useCommonWords();
  const { data } = useQuery(monitorsQuery);
  useEffect(() => {
    if (data === undefined) return;
    const down = data.filter(({ status }) => status === 'down').length;
    const isLate = data.some((monitor) => shownStatus(monitor) === 'late');
    const isUp = data.some(({ status }) => status === 'up');
    setTabState({
      alarm: down > 0 ? words.tab.down(down) : '',
      shape: down > 0 ? 'down' : isLate ? 'late' : isUp ? 'up' : 'new',
    });
  }, [data, words]);
  return null;
}
