import { type Ref, useEffect, useState } from 'react';
import { useCommonWords } from '../../language/common.ts';
import { useMonitorWords } from '../../language/monitors.ts';
import { useIsPhone } from '../../lib/use-media.ts';
import { IconButton } from '../../ui/button.tsx';
import { Input, Select } from '../../ui/field.tsx';
import { Icon } from '../../ui/icons.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { type Counts, type FilterName, type Filters, SORTS, type Sort, STATUSES } from './filters.ts';

/** Typing goes into the address when it rests for so long. */
const REST_MS = 150;
const MAX_TAGS_OFFERED = 500;

interface Props {
  readonly filters: Filters;
  readonly onFilter: (change: Filters | Partial<Record<FilterName, string | undefined>>) => void;
  readonly counts: Counts;
  readonly kinds: readonly string[];
  readonly tags: readonly string[];
  readonly sites: readonly { readonly id: string; readonly name: string }[];
  readonly searchRef: Ref<HTMLInputElement>;
}

export function FilterBar(props: Props) {
  const isPhone = useIsPhone();
  const [isOpen, setOpen] = useState(false);
  const showsLists = !isPhone || isOpen;
  const { filters, onFilter, counts, kinds, tags, sites, searchRef } = props;
  const words = useMonitorWords();
  const common = useCommonWords();
  const chosen = new Set((filters.status ?? '').split(','));
  const toggle = (status: string) => {
    const next = STATUSES.filter((each) => (each === status ? !chosen.has(each) : chosen.has(each)));
    onFilter({ status: next.length === 0 ? undefined : next.join(',') });
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Search
        value={filters.q ?? ''}
        onChange={(q) => onFilter({ q: q === '' ? undefined : q })}
        inputRef={searchRef}
      />
      {isPhone && (
        <IconButton label={words.filter.more} look="plain" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
          <Icon name="filter" />
        </IconButton>
      )}
      <fieldset className="flex min-w-0 max-w-full gap-1 overflow-x-auto">
        <legend className="sr-only">{words.filter.status}</legend>
        {STATUSES.filter((status) => counts[status] > 0 || chosen.has(status)).map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={chosen.has(status)}
            onClick={() => toggle(status)}
            className="flex h-9 items-center gap-1.5 whitespace-nowrap rounded-md border border-line bg-panel px-2.5 hover:bg-hover aria-pressed:border-accent aria-pressed:bg-hover"
          >
            <StatusShape status={status} isDecoration size={12} />
            {common.status[status]}
            <span className="text-quiet">{counts[status]}</span>
          </button>
        ))}
      </fieldset>
      {showsLists && kinds.length > 1 && (
        <Pick
          label={words.filter.kind}
          value={filters.kind}
          options={kinds.map((kind) => [kind, common.kind[kind] ?? kind])}
          onChange={(kind) => onFilter({ kind })}
        />
      )}
      {showsLists && tags.length > 0 && (
        <Pick
          label={words.filter.tag}
          value={filters.tag}
          options={tags.slice(0, MAX_TAGS_OFFERED).map((tag) => [tag, tag])}
          onChange={(tag) => onFilter({ tag })}
        />
      )}
      {showsLists && sites.length > 0 && (
        <Pick
          label={words.filter.site}
          value={filters.site}
          options={sites.map((site) => [site.id, site.name])}
          onChange={(site) => onFilter({ site })}
        />
      )}
    </div>
  );
}

/** In which order the rows stand. */
export function SortSelect({ sort, onSort }: { readonly sort: Sort; readonly onSort: (sort: Sort) => void }) {
  const words = useMonitorWords();
  return (
    <Select
      aria-label={words.filter.sort}
      className="h-8! w-auto! text-xs!"
      value={sort}
      onChange={(event) => onSort(SORTS.find((each) => each === event.target.value) ?? 'status')}
    >
      {SORTS.map((each) => (
        <option key={each} value={each}>
          {words.filter.sorts[each]}
        </option>
      ))}
    </Select>
  );
}

interface PickProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string | undefined) => void;
}

function Pick({ label, value = '', options, onChange }: PickProps) {
  const words = useMonitorWords();
  return (
    <Select
      aria-label={label}
      className="w-auto! max-w-40"
      value={value}
      onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
    >
      <option value="">
        {label}: {words.filter.any}
      </option>
      {options.map(([id, name]) => (
        <option key={id} value={id}>
          {label}: {name}
        </option>
      ))}
    </Select>
  );
}

interface SearchProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly inputRef: Ref<HTMLInputElement>;
}

function Search({ value, onChange, inputRef }: SearchProps) {
  const words = useMonitorWords();
  const [text, setText] = useState(value);
  const [said, setSaid] = useState(value);
  // The address changed by itself: back, or "clear the filters".
  if (value !== said) {
    setSaid(value);
    setText(value);
  }
  useEffect(() => {
    if (text === said) return;
    const timer = setTimeout(() => {
      setSaid(text);
      onChange(text);
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [text, said, onChange]);
  return (
    <div className="relative min-w-0 flex-1 sm:max-w-80 sm:min-w-48">
      <span className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-quiet">
        <Icon name="search" size={16} />
      </span>
      <Input
        ref={inputRef}
        type="search"
        aria-label={words.filter.search}
        placeholder={words.filter.search}
        className="pl-8"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
      />
    </div>
  );
}
