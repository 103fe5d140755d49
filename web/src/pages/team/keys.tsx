import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { type ApiKey, keysQuery } from '../../api/people.ts';
import { useTeamWords } from '../../language/team.ts';
import { serverNow } from '../../lib/clock.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Table } from '../../ui/table.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { NewKeyDialog } from './new-key-dialog.tsx';

export function Keys() {
  const { keys: words } = useTeamWords();
  const { data: keys, error, refetch } = useQuery(keysQuery);
  const [isMaking, setMaking] = useState(false);
  const [doomed, setDoomed] = useState<ApiKey | null>(null);
  const make = (
    <Button look="primary" onClick={() => setMaking(true)}>
      {words.make}
    </Button>
  );
  return (
    <div className="flex flex-col gap-4">
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {keys === undefined && error === null && <Skeleton lines={3} />}
      {keys?.length === 0 && (
        <Empty title={words.none} text={words.noneText}>
          {make}
        </Empty>
      )}
      {keys !== undefined && keys.length > 0 && (
        <>
          <div className="flex flex-wrap items-center justify-between gap-3">
            <p className="max-w-prose text-quiet">{words.text}</p>
            {make}
          </div>
          <KeyTable keys={keys} onDelete={setDoomed} />
        </>
      )}
      {isMaking && <NewKeyDialog onClose={() => setMaking(false)} />}
      {doomed !== null && <DeleteKey apiKey={doomed} onClose={() => setDoomed(null)} />}
    </div>
  );
}

interface TableProps {
  readonly keys: readonly ApiKey[];
  readonly onDelete: (key: ApiKey) => void;
}

function KeyTable({ keys, onDelete }: TableProps) {
  const { keys: words, tabs } = useTeamWords();
  return (
    <Table
      label={tabs.keys}
      rows={keys}
      keyOf={({ id }) => id}
      columns={[
        {
          id: 'name',
          head: words.name,
          cell: ({ name }) => (
            <span className="block max-w-40 min-w-24 truncate font-medium sm:max-w-80" title={name}>
              {name}
            </span>
          ),
        },
        { id: 'scope', head: words.scope, className: 'whitespace-nowrap', cell: ({ scope }) => words.scopes[scope] },
        {
          id: 'used',
          head: words.lastUsed,
          className: 'whitespace-nowrap',
          cell: ({ last_used_at: at }) =>
            at === null ? <span className="text-quiet">{words.unused}</span> : <Time at={at} />,
        },
        { id: 'expires', head: words.expires, isSecondary: true, cell: (key) => <Expiry at={key.expires_at} /> },
        {
          id: 'by',
          head: words.madeBy,
          isSecondary: true,
          cell: ({ created_by: by, created_at: at }) => (
            <>
              {by ?? words.install}, <Time at={at} />
            </>
          ),
        },
        {
          id: 'actions',
          head: <span className="sr-only">…</span>,
          align: 'right',
          cell: (key) => (
            <Button size="small" look="danger" aria-label={words.deleteTitle(key.name)} onClick={() => onDelete(key)}>
              {words.delete}
            </Button>
          ),
        },
      ]}
    />
  );
}

function Expiry({ at }: { readonly at: string | null }) {
  const { keys: words } = useTeamWords();
  if (at === null) return <span className="text-quiet">{words.never}</span>;
  return Date.parse(at) <= serverNow() ? <span className="text-down">{words.expired}</span> : <Time at={at} />;
}

function DeleteKey({ apiKey, onClose }: { readonly apiKey: ApiKey; readonly onClose: () => void }) {
  const { keys: words } = useTeamWords();
  const toast = useToast();
  const queries = useQueryClient();
  return (
    <Confirm
      title={words.deleteTitle(apiKey.name)}
      text={words.deleteText}
      button={words.delete}
      explain={(error) => (error instanceof ApiError && error.code === 'last_write_key' ? words.last : null)}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/keys/${apiKey.id}`);
        toast({ text: words.deleted(apiKey.name) });
        await queries.invalidateQueries({ queryKey: ['keys'] });
      }}
    />
  );
}
