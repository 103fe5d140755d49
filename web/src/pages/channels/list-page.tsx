import { useQuery } from '@tanstack/react-query';
import { type FullChannel, fullChannelsQuery } from '../../api/channels.ts';
import { useMayWrite } from '../../api/session.ts';
import { useChannelWords } from '../../language/channels.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Time } from '../../ui/time.tsx';
import { ChannelState } from './state.tsx';

/** Where alarms go, those that are broken first. */
export function ChannelsPage() {
  const words = useChannelWords();
  const mayWrite = useMayWrite();
  const { data: channels, error, refetch } = useQuery(fullChannelsQuery);
  const add = mayWrite && (
    <PageLink to="/channels/new" className={buttonClass({ look: 'primary' })}>
      {words.add}
    </PageLink>
  );
  const sorted = channels?.toSorted(
    (one, other) =>
      Number(other.state === 'broken') - Number(one.state === 'broken') || one.name.localeCompare(other.name),
  );
  return (
    <Page title={words.title} actions={sorted !== undefined && sorted.length > 0 ? add : undefined}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {sorted === undefined && error === null && <Skeleton lines={4} />}
      {sorted?.length === 0 && (
        <Empty title={words.empty.title} text={words.empty.text}>
          {add}
        </Empty>
      )}
      {sorted !== undefined && sorted.length > 0 && (
        <ul className="flex flex-col border-t border-line">
          {sorted.map((channel) => (
            <Row key={channel.id} channel={channel} />
          ))}
        </ul>
      )}
    </Page>
  );
}

function Row({ channel }: { readonly channel: FullChannel }) {
  const words = useChannelWords();
  const { id, kind, name, last_delivery: last } = channel;
  return (
    <li className="border-b border-line">
      <PageLink
        to={`/channels/${id}`}
        className="grid min-h-11 grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 gap-y-0.5 py-2 text-text no-underline hover:bg-hover md:grid-cols-[minmax(0,2fr)_110px_minmax(0,1.5fr)_110px] md:px-2"
      >
        <span className="truncate font-medium" title={name}>
          {name}
        </span>
        <span className="text-quiet">{words.kinds[kind] ?? kind}</span>
        <ChannelState channel={channel} />
        <span className="text-right text-xs text-quiet">{last !== null && <Time at={last.at} />}</span>
      </PageLink>
    </li>
  );
}
