import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type AuditEntry, auditQuery } from '../../api/people.ts';
import { useCommonWords } from '../../language/common.ts';
import { useTeamWords } from '../../language/team.ts';
import { shortAddress } from '../../lib/browser-name.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';

const FILTERS = ['', 'monitor', 'channel', 'site', 'summary', 'team', 'member', 'invitation', 'key'] as const;

/** Who changed what, newest first. */
export function Audit() {
  const { audit: words } = useTeamWords();
  const common = useCommonWords();
  const [action, setAction] = useState('');
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery(auditQuery(action));
  const entries = data?.pages.flatMap((page) => page.entries);
  if (entries?.length === 0 && action === '') return <Empty title={words.none} text={words.noneText} />;
  return (
    <div className="flex flex-col gap-4">
      <div className="w-52">
        <Field label={words.filter}>
          <Select value={action} onChange={(event) => setAction(event.target.value)}>
            {FILTERS.map((each) => (
              <option key={each} value={each}>
                {each === '' ? words.all : (words.kinds[each] ?? each)}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {entries === undefined && error === null && <Skeleton lines={6} />}
      {entries?.length === 0 && <p className="text-quiet">{words.nothing}</p>}
      <ol className="flex flex-col">
        {entries?.map((entry) => (
          <Row key={entry.id} entry={entry} />
        ))}
      </ol>
      {hasNextPage && (
        <div>
          <Button isBusy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {common.action.showMore}
          </Button>
        </div>
      )}
    </div>
  );
}

function Row({ entry }: { readonly entry: AuditEntry }) {
  const { audit: words } = useTeamWords();
  const { actor, target, address, changes } = entry;
  const [, verb = ''] = entry.action.split('.');
  const kind = words.kinds[target.kind] ?? target.kind.replaceAll('_', ' ');
  const done = words.verbs[verb] ?? verb.replaceAll('_', ' ');
  const who = actor.kind === 'operator' ? words.operator : actor.kind === 'key' ? words.key(actor.name) : actor.name;
  const fields = Object.entries(changes);
  return (
    <li className="flex flex-col gap-1 border-b border-line py-2.5 last:border-0">
      <p className="break-words">
        {kind}
        {target.name !== null && target.name !== '' && <b className="font-medium"> {target.name}</b>}: {done}
      </p>
      <p className="text-xs break-words text-quiet">
        <Time at={entry.at} /> · {who}
        {address !== null && ` · ${shortAddress(address)}`}
      </p>
      {fields.length > 0 && (
        <details>
          <summary className="cursor-pointer text-xs text-accent">{words.show(fields.length)}</summary>
          <dl className="mt-1.5 grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 font-mono text-xs">
            {fields.map(([name, { before, after }]) => (
              <div key={name} className="contents">
                <dt className="text-quiet">{name}</dt>
                <dd className="break-words">
                  <Value value={before} /> → <Value value={after} />
                </dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </li>
  );
}

function Value({ value }: { readonly value: unknown }) {
  const { audit: words } = useTeamWords();
  if (value === null || value === '' || value === undefined) return <i className="text-quiet">{words.empty}</i>;
  return <>{typeof value === 'string' ? value : JSON.stringify(value)}</>;
}
