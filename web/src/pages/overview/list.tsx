import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState } from 'react';
import type { Channel, MonitorRow } from '../../api/types.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useGo } from '../../ui/link.tsx';
import { useShortcuts } from '../../ui/shortcuts.ts';
import { Row } from './row.tsx';

export const ROW_HEIGHT = 44;
const PHONE_ROW_HEIGHT = 64;
const OVERSCAN = 8;

interface Props {
  readonly monitors: readonly MonitorRow[];
  readonly isPhone: boolean;
  readonly mayWrite: boolean;
  readonly selected: ReadonlySet<string>;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly onSelect: (id: string) => void;
  readonly onPause: (monitor: MonitorRow) => void;
}

/** The rows; only those in sight exist. */
export function MonitorRows({ monitors, isPhone, mayWrite, selected, channels, onSelect, onPause }: Props) {
  const words = useMonitorWords();
  const go = useGo();
  const box = useRef<HTMLUListElement>(null);
  const [top, setTop] = useState(0);
  const [current, setCurrent] = useState<string | null>(null);
  useLayoutEffect(() => {
    const at = box.current === null ? 0 : box.current.getBoundingClientRect().top + window.scrollY;
    setTop((known) => (Math.abs(known - at) > 1 ? at : known));
  });
  const height = isPhone ? PHONE_ROW_HEIGHT : ROW_HEIGHT;
  const rows = useWindowVirtualizer({
    count: monitors.length,
    estimateSize: () => height,
    overscan: OVERSCAN,
    scrollMargin: top,
    getItemKey: (index) => monitors[index]?.id ?? index,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height, and every place has to be measured anew
  useLayoutEffect(() => rows.measure(), [rows, height]);

  const step = (by: number) => {
    const at = monitors.findIndex(({ id }) => id === current);
    const next = Math.min(Math.max(at === -1 ? (by > 0 ? 0 : monitors.length - 1) : at + by, 0), monitors.length - 1);
    const monitor = monitors[next];
    if (monitor === undefined) return;
    setCurrent(monitor.id);
    rows.scrollToIndex(next, { align: 'auto' });
    requestAnimationFrame(() =>
      document.querySelector<HTMLElement>(`[data-row="${monitor.id}"]`)?.focus({ preventScroll: true }),
    );
  };
  const onCurrent = (work: (monitor: MonitorRow) => void) => {
    const monitor = monitors.find(({ id }) => id === current);
    if (monitor !== undefined) work(monitor);
  };
  useShortcuts({
    j: () => step(1),
    k: () => step(-1),
    x: () => mayWrite && onCurrent(({ id }) => onSelect(id)),
    p: () => mayWrite && onCurrent(onPause),
    Enter: (event) => {
      // A link or button that has the focus is pressed by the browser itself.
      if (event.target instanceof HTMLElement && event.target.closest('a, button') !== null) {
        event.target.closest<HTMLElement>('a, button')?.click();
      } else onCurrent(({ id }) => go(`/monitors/${id}`));
    },
  });

  return (
    <ul
      ref={box}
      aria-label={words.title}
      className="relative border-t border-line"
      style={{ height: rows.getTotalSize() }}
    >
      {rows.getVirtualItems().map((item) => {
        const monitor = monitors[item.index];
        if (monitor === undefined) return null;
        return (
          <li
            key={item.key}
            aria-setsize={monitors.length}
            aria-posinset={item.index + 1}
            className="absolute inset-x-0 top-0"
            style={{ height, transform: `translateY(${item.start - top}px)` }}
          >
            <Row
              monitor={monitor}
              isPhone={isPhone}
              isCurrent={monitor.id === current}
              isSelected={selected.has(monitor.id)}
              mayWrite={mayWrite}
              channels={channels}
              onSelect={onSelect}
            />
          </li>
        );
      })}
    </ul>
  );
}
