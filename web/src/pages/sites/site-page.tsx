import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import { monitorsQuery, shownStatus } from '../../api/monitors.ts';
import { useMayWrite } from '../../api/session.ts';
import { type HeldIncident, type SiteDetail, siteQuery } from '../../api/sites.ts';
import { useSiteWords } from '../../language/sites.ts';
import { BackLink } from '../../ui/back-link.tsx';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink, useGo } from '../../ui/link.tsx';
import { Page, Section } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { StatusShape } from '../../ui/status.tsx';
import { Time } from '../../ui/time.tsx';
import { useToast } from '../../ui/toast.tsx';
import { SiteDialog } from './site-dialog.tsx';
import { SiteStory } from './state.tsx';

/** A site: is it dark, what stands behind it, what is held for it. */
export function SitePage() {
  const words = useSiteWords();
  const { id } = useParams({ strict: false }) as { id: string };
  const { data: site, error, refetch } = useQuery(siteQuery(id));
  const mayWrite = useMayWrite();
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const close = () => setDialog(null);
  return (
    <Page
      title={site?.name ?? words.title}
      above={<BackLink to="/sites">{words.title}</BackLink>}
      actions={
        mayWrite &&
        site !== undefined && (
          <>
            <Button onClick={() => setDialog('edit')}>{words.edit}</Button>
            <Button look="danger" onClick={() => setDialog('delete')}>
              {words.remove.button}
            </Button>
          </>
        )
      }
    >
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {site === undefined && error === null && <Skeleton lines={4} />}
      {site !== undefined && (
        <div className="flex flex-col gap-8">
          <div className="flex flex-col gap-2">
            <SiteStory site={site} />
            {site.gateway_monitor_id !== null && (
              <p>
                {words.gateway}: <PageLink to={`/monitors/${site.gateway_monitor_id}`}>{site.gateway_name}</PageLink>
              </p>
            )}
          </div>
          {(site.dark_since !== null || site.held_incidents.length > 0) && <Held incidents={site.held_incidents} />}
          <Behind siteId={site.id} />
        </div>
      )}
      {site !== undefined && dialog === 'edit' && <SiteDialog site={site} onClose={close} />}
      {site !== undefined && dialog === 'delete' && <Remove site={site} onClose={close} />}
    </Page>
  );
}

function Held({ incidents }: { readonly incidents: readonly HeldIncident[] }) {
  const { heldNow: words } = useSiteWords();
  return (
    <Section title={words.title}>
      {incidents.length === 0 && <p className="text-quiet">{words.none}</p>}
      <ul className="flex flex-col">
        {incidents.map((incident) => (
          <li
            key={incident.incident_id}
            className="flex min-h-11 flex-wrap items-center gap-x-3 border-b border-line py-1.5 last:border-0"
          >
            <StatusShape status="down" isDecoration />
            <PageLink to={`/incidents/${incident.incident_id}`} className="min-w-0 flex-1 truncate">
              {incident.monitor.name}
            </PageLink>
            <span className="text-xs text-quiet">
              {words.reasons[incident.reason]}
              {incident.until !== null && (
                <>
                  , {words.until} <Time at={incident.until} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Behind({ siteId }: { readonly siteId: string }) {
  const { behind: words } = useSiteWords();
  const { data: monitors, error, refetch } = useQuery(monitorsQuery);
  const behind = monitors
    ?.filter((monitor) => monitor.site_id === siteId)
    .toSorted((one, other) => one.name.localeCompare(other.name));
  return (
    <Section title={words.title}>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {behind === undefined && error === null && <Skeleton />}
      {behind?.length === 0 && <p className="text-quiet">{words.none}</p>}
      <ul className="flex flex-col">
        {behind?.map((monitor) => (
          <li key={monitor.id} className="border-b border-line last:border-0">
            <PageLink
              to={`/monitors/${monitor.id}`}
              className="flex min-h-11 items-center gap-3 text-text no-underline hover:bg-hover"
            >
              <StatusShape status={shownStatus(monitor)} />
              <span className="min-w-0 flex-1 truncate" title={monitor.name}>
                {monitor.name}
              </span>
              <span className="text-xs text-quiet">
                <Time at={monitor.last_signal_at} />
              </span>
            </PageLink>
          </li>
        ))}
      </ul>
    </Section>
  );
}

interface RemoveProps {
  readonly site: SiteDetail;
  readonly onClose: () => void;
}

function Remove({ site, onClose }: RemoveProps) {
  const { remove: words } = useSiteWords();
  const toast = useToast();
  const queries = useQueryClient();
  const go = useGo();
  return (
    <Confirm
      title={words.title(site.name)}
      text={words.text}
      button={words.button}
      onClose={onClose}
      work={async () => {
        await request('DELETE', `/api/v1/sites/${site.id}`);
        go('/sites', { replace: true });
        toast({ text: words.done(site.name) });
        await queries.invalidateQueries({ queryKey: ['sites'], exact: true });
      }}
    />
  );
}
