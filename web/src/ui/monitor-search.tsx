import { useQuery } from '@tanstack/react-query';
import { type KeyboardEvent, useId, useState } from 'react';
import { monitorsQuery } from '../api/monitors.ts';
import { shownStatus } from '../api/shown-status.ts';
import type { MonitorRow } from '../api/types.ts';
import { useChoosingWords } from '../language/choosing.ts';
import { Input } from './field.tsx';
import { StatusShape } from './status.tsx';

const MAX_SHOWN = 8;

interface Props {
  /** Those that are chosen already are not offered. */
  readonly chosen: readonly string[];
  readonly onPick: (monitor: MonitorRow) => void;
}

/** Picks one monitor after the other by a part of its name or a tag. */
export function MonitorSearch({ chosen, onPick }: Props) {
  const words = useChoosingWords();
  const listId = useId();
  const { data: monitors } = useQuery(monitorsQuery);
  const [text, setText] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [place, setPlace] = useState(0);
  const wanted = text.trim().toLowerCase();
  const found = (monitors ?? [])
    .filter(({ id, name, tags }) => {
      const isNamed = `${name} ${tags.join(' ')}`.toLowerCase().includes(wanted);
      return isNamed && !chosen.includes(id);
    })
    .slice(0, MAX_SHOWN);
  const marked = found[Math.min(place, found.length - 1)];
  const pick = (monitor: MonitorRow) => {
    onPick(monitor);
    setText('');
    setPlace(0);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) {
      setOpen(true);
      setPlace((at) => (Math.min(at, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === 'Enter' && isOpen && wanted !== '') {
      if (marked !== undefined) pick(marked);
    } else if (event.key === 'Escape' && isOpen) setOpen(false);
    else return;
    // Neither is the form to be saved nor a dialog to be closed by it.
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="relative">
      <Input
        role="combobox"
        aria-label={words.search}
        aria-expanded={isOpen}
        aria-controls={listId}
        aria-activedescendant={isOpen && marked !== undefined ? `${listId}-${marked.id}` : undefined}
        placeholder={words.search}
        autoComplete="off"
        spellCheck={false}
        value={text}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setText(event.target.value);
          setPlace(0);
          setOpen(true);
        }}
        onKeyDown={onKeyDown}
      />
      <div
        id={listId}
        role="listbox"
        aria-label={words.monitors}
        hidden={!isOpen}
        className="absolute inset-x-0 top-full z-30 mt-1 max-h-80 overflow-y-auto rounded-md border border-line bg-panel p-1 shadow-overlay"
      >
        {found.map((monitor) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
          <div
            key={monitor.id}
            id={`${listId}-${monitor.id}`}
            role="option"
            tabIndex={-1}
            aria-selected={monitor === marked}
            onPointerDown={(event) => event.preventDefault()}
            onClick={() => pick(monitor)}
            onPointerMove={() => setPlace(found.indexOf(monitor))}
            className="flex min-h-9 cursor-pointer items-center gap-2.5 rounded-[4px] px-2.5 aria-selected:bg-hover"
          >
            <StatusShape status={shownStatus(monitor)} isDecoration />
            <span className="min-w-0 truncate">{monitor.name}</span>
            <span className="min-w-0 shrink-[4] truncate text-xs text-quiet">{monitor.tags.join(' · ')}</span>
          </div>
        ))}
        {found.length === 0 && <p className="px-2.5 py-2 text-quiet">{words.nothing}</p>}
      </div>
    </div>
  );
}
