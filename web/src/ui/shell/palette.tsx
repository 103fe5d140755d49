import { useQuery } from '@tanstack/react-query';
import { Dialog as Radix } from 'radix-ui';
import { type KeyboardEvent, useId, useMemo, useState } from 'react';
import { monitorsQuery } from '../../api/monitors.ts';
import { shownStatus } from '../../api/shown-status.ts';
import { useCommonWords } from '../../language/common.ts';
import { useLanguage } from '../../language/provider.tsx';
import { useNav } from '../../pages/nav.ts';
import { Backdrop } from '../dialog.tsx';
import { Icon, type IconName } from '../icons.tsx';
import { useGo } from '../link.tsx';
import { type Shape, StatusShape } from '../status.tsx';
import { chooseTheme } from '../theme.ts';

interface Entry {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  readonly status?: Shape;
  readonly run: () => void;
}

const MAX_MONITORS = 8;

interface Props {
  readonly onClose: () => void;
  readonly onHelp: () => void;
}

/** ⌘K: a page, a monitor or a command by a part of its name. */
export function Palette({ onClose, onHelp }: Props) {
  const words = useCommonWords();
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const listId = useId();
  const entries = useEntries(text, onHelp);
  const chosen = entries[Math.min(place, entries.length - 1)];
  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (event.key === 'Enter') run(chosen);
    else if (step !== 0) setPlace((at) => (Math.min(at, entries.length - 1) + step + entries.length) % entries.length);
    else return;
    event.preventDefault();
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Backdrop />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed inset-x-3 top-[8dvh] z-50 mx-auto flex max-h-[70dvh] max-w-xl animate-appear flex-col overflow-hidden rounded-md border border-line bg-panel shadow-overlay"
        >
          <Radix.Title className="sr-only">{words.palette.title}</Radix.Title>
          <div className="flex items-center gap-3 border-b border-line px-4">
            <Icon name="search" />
            <input
              role="combobox"
              aria-expanded
              aria-controls={listId}
              aria-activedescendant={chosen === undefined ? undefined : `${listId}-${chosen.id}`}
              aria-label={words.palette.placeholder}
              placeholder={words.palette.placeholder}
              value={text}
              onChange={(event) => {
                setText(event.target.value);
                setPlace(0);
              }}
              onKeyDown={onKeyDown}
              className="h-12 flex-1 bg-transparent text-base outline-none placeholder:text-quiet"
            />
          </div>
          <div id={listId} role="listbox" aria-label={words.palette.title} className="overflow-y-auto p-1.5">
            {entries.map((entry) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are those of the field above
              <div
                key={entry.id}
                id={`${listId}-${entry.id}`}
                role="option"
                tabIndex={-1}
                aria-selected={entry === chosen}
                onClick={() => run(entry)}
                onPointerMove={() => setPlace(entries.indexOf(entry))}
                className="flex min-h-10 cursor-pointer items-center gap-3 rounded-[4px] px-3 aria-selected:bg-hover"
              >
                <span className="flex w-4.5 shrink-0 justify-center">
                  {entry.status !== undefined && <StatusShape status={entry.status} />}
                  {entry.icon !== undefined && <Icon name={entry.icon} />}
                </span>
                <span
                  title={entry.label}
                  className={`block truncate ${entry.status === undefined ? 'first-letter:uppercase' : ''}`}
                >
                  {entry.label}
                </span>
              </div>
            ))}
          </div>
          {entries.length === 0 && <p className="px-4 pb-4 text-quiet">{words.palette.nothing}</p>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

function useEntries(text: string, onHelp: () => void): readonly Entry[] {
  const words = useCommonWords();
  const { language, choose } = useLanguage();
  const nav = useNav();
  const go = useGo();
  const { data: monitors } = useQuery(monitorsQuery);
  return useMemo(() => {
    const wanted = text.trim().toLowerCase();
    const matches = (label: string) => label.toLowerCase().includes(wanted);
    const pages = nav.map(
      (entry): Entry => ({
        id: `page-${entry.order}`,
        label: entry.label[language],
        icon: entry.icon,
        run: () => go(entry.path),
      }),
    );
    const commands: readonly Entry[] = [
      { id: 'new', label: words.shortcuts.newMonitor, icon: 'add', run: () => go('/monitors/new') },
      { id: 'help', label: words.shortcuts.title, icon: 'more', run: onHelp },
      { id: 'dark', label: `${words.theme.label}: ${words.theme.dark}`, icon: 'moon', run: () => chooseTheme('dark') },
      {
        id: 'light',
        label: `${words.theme.label}: ${words.theme.light}`,
        icon: 'moon',
        run: () => chooseTheme('light'),
      },
      language === 'en'
        ? { id: 'ru', label: words.language.ru, icon: 'settings', run: () => choose('ru') }
        : { id: 'en', label: words.language.en, icon: 'settings', run: () => choose('en') },
    ];
    const found =
      wanted === ''
        ? []
        : (monitors ?? [])
            .filter(({ name, tags }) => matches(name) || tags.some(matches))
            .slice(0, MAX_MONITORS)
            .map(
              (monitor): Entry => ({
                id: monitor.id,
                label: monitor.name,
                status: shownStatus(monitor),
                run: () => go(`/monitors/${monitor.id}`),
              }),
            );
    return [...found, ...[...pages, ...commands].filter(({ label }) => matches(label))];
  }, [text, words, language, choose, nav, go, monitors, onHelp]);
}
