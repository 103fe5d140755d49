import { useSearch } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isAtLeast } from '../../api/people.ts';
import { useMe } from '../../api/session.ts';
import { useTeamWords } from '../../language/team.ts';
import { useGo } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Tabs } from '../../ui/tabs.tsx';
import { Audit } from './audit.tsx';
import { Keys } from './keys.tsx';
import { People } from './people.tsx';

/** Who belongs to the team, its keys, and who changed what. */
export function TeamPage() {
  const words = useTeamWords();
  const go = useGo();
  const { tab = 'people' } = useSearch({ strict: false }) as { tab?: string };
  const { data: me } = useMe();
  const isAdmin = me === null || isAtLeast(me?.team?.role ?? 'readonly', 'admin');
  const admins = (content: ReactNode) => (isAdmin ? content : <p className="text-quiet">{words.onlyAdmins}</p>);
  return (
    <Page title={words.title}>
      <Tabs
        label={words.tabs.label}
        value={tab}
        onChange={(next) => go(next === 'people' ? '/team' : `/team?tab=${next}`, { replace: true })}
        tabs={[
          { id: 'people', label: words.tabs.people, content: <People me={me ?? null} /> },
          { id: 'keys', label: words.tabs.keys, content: admins(<Keys />) },
          { id: 'audit', label: words.tabs.audit, content: admins(<Audit />) },
        ]}
      />
    </Page>
  );
}
