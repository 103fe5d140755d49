import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMayWrite } from '../../api/session.ts';
import { type Site, sitesQuery } from '../../api/sites.ts';
import { useSiteWords } from '../../language/sites.ts';
import { Button } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { SiteDialog } from './site-dialog.tsx';
import { shapeOf } from './state.tsx';

/** Places behind one gateway, dark ones first. */
export function SitesPage() {
  const words = useSiteWords();
  const mayWrite = useMayWrite();
  const { data: sites, error, refetch } = useQuery(sitesQuery);
  const [isAdding, setAdding] = useState(false);
  const add = mayWrite && (
    <Button look="primary" onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  const sorted = sites?.toSorted(
    (one, other) =>
      Number(other.dark_since !== null) - Number(one.dark_since !== null) || one.name.localeCompare(other.name),
  );
  return (
    <Page title={words.title} actions={sorted !== undefined && sorted.length > 0 ? add : undefined}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {sorted === undefined && error === null && <Skeleton lines={3} />}
      {sorted?.length === 0 && (
        <Empty title={words.empty.title} text={words.empty.text}>
          {add}
        </Empty>
      )}
      {sorted !== undefined && sorted.length > 0 && (
        <ul className="flex flex-col border-t border-line">
          {sorted.map((site) => (
            <Row key={site.id} site={site} />
          ))}
        </ul>
      )}
      {isAdding && <SiteDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}

function Row({ site }: { readonly site: Site }) {
  const words = useSiteWords();
  const { id, name, gateway_name: gateway, monitors, dark_since: darkSince, held } = site;
  return (
    <li className="border-b border-line">
      <PageLink
        to={`/sites/${id}`}
        className="grid grid-cols-[auto_minmax(0,1fr)] items-center gap-x-3 py-2.5 text-text no-underline hover:bg-hover md:grid-cols-[auto_minmax(0,1fr)_auto] md:px-2"
      >
        <StatusShape status={shapeOf(site)} isDecoration />
        <span className="min-w-0">
          <span className="block truncate font-medium" title={name}>
            {name}
          </span>
          <span className="block truncate text-quiet" title={gateway ?? ''}>
            {gateway === null ? words.state.noGateway : `${words.gateway}: ${gateway}`}
          </span>
        </span>
        <span className="col-start-2 text-xs text-quiet md:col-start-3 md:text-right">
          <span className="block">{words.members(monitors)}</span>
          {darkSince !== null && (
            <span className="block text-down">
              {words.state.darkSince} <Time at={darkSince} form="short" />
              {held > 0 && `, ${words.held(held)}`}
            </span>
          )}
        </span>
      </PageLink>
    </li>
  );
}
