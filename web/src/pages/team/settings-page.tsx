import { useQuery } from '@tanstack/react-query';
import { request } from '../../api/client.ts';
import { isAtLeast, type OwnTeam } from '../../api/people.ts';
import { useMe } from '../../api/session.ts';
import { useTeamWords } from '../../language/team.ts';
import { ErrorNote } from '../../ui/error-note.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { NewTeam } from './new-team.tsx';
import { Reminders } from './reminders.tsx';
import { TeamForm } from './team-form.tsx';
import { DropIn, PingKey } from './team-secrets.tsx';

/** What holds for the whole team. */
export function SettingsPage() {
  const { settingsTitle } = useTeamWords();
  const { data: me } = useMe();
  const {
    data: team,
    error,
    refetch,
  } = useQuery({
    queryKey: ['team'],
    queryFn: ({ signal }) => request<OwnTeam>('GET', '/api/v1/team', { signal }),
  });
  const isAdmin = me === null || isAtLeast(me?.team?.role ?? 'readonly', 'admin');
  return (
    <Page title={settingsTitle} width="form">
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {team === undefined && error === null && <Skeleton lines={6} />}
      {team !== undefined && (
        <div className="flex flex-col gap-9">
          <TeamForm key={team.id} team={team} isReadOnly={!isAdmin} />
          <Reminders team={team} mayChange={isAdmin} />
          {team.ping_key !== undefined && <PingKey team={team} mayRotate={isAdmin} />}
          {team.drop_in_url !== undefined && <DropIn url={team.drop_in_url} mayRotate={isAdmin} />}
          {me !== null && me !== undefined && isAdmin && <NewTeam team={team} />}
        </div>
      )}
    </Page>
  );
}
