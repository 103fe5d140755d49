import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { ApiError, request } from '../../api/client.ts';
import { useEntryWords } from '../../language/entry.ts';
import { useLanguage } from '../../language/provider.tsx';
import { viewerZone } from '../../language/times.ts';
import { buttonClass } from '../../ui/button.tsx';
import { PageLink } from '../../ui/link.tsx';
import { EntryFrame } from './frame.tsx';
import { useNext } from './next.ts';
import { type NewPerson, PersonForm } from './person-form.tsx';

/** The one-time link of the first start: whoever fills it in owns the install. */
export function SetupPage() {
  const { setup: words, toSignIn } = useEntryWords();
  const { token } = useParams({ strict: false }) as { token: string };
  const { language } = useLanguage();
  const { enter } = useNext();
  const [isUsed, setUsed] = useState(false);

  const becomeOwner = async (person: NewPerson) => {
    try {
      await request('POST', '/api/v1/setup', { body: { token, ...person }, open: true });
    } catch (error) {
      if (!(error instanceof ApiError && error.code === 'link_used')) throw error;
      setUsed(true);
      return;
    }
    // The team speaks as its first owner does and lives where they live; both can be changed.
    await request('PATCH', '/api/v1/team', { body: { language, timezone: viewerZone() } }).catch(() => undefined);
    enter('/');
  };

  if (isUsed) {
    return (
      <EntryFrame title={words.used} text={words.usedText}>
        <div>
          <PageLink to="/sign-in" className={buttonClass({ look: 'primary' })}>
            {toSignIn}
          </PageLink>
        </div>
      </EntryFrame>
    );
  }
  return (
    <EntryFrame title={words.title} text={words.text}>
      <PersonForm
        button={words.make}
        work={becomeOwner}
        explain={(error) => (error.code === 'email_taken' ? { email: error.message } : null)}
      />
    </EntryFrame>
  );
}
