import { useMe } from '../../api/session.ts';
import { useAccountWords } from '../../language/account.ts';
import { useEntryWords } from '../../language/entry.ts';
import { buttonClass } from '../../ui/button.tsx';
import { Empty } from '../../ui/empty.tsx';
import { ErrorNote } from '../../ui/error-note.tsx';
import { PageLink } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { Skeleton } from '../../ui/skeleton.tsx';
import { Passkeys } from './passkeys.tsx';
import { PasswordSection } from './password.tsx';
import { Profile } from './profile.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';

/** Whoever is signed in: name, password, second factor, passkeys, sessions. */
export function AccountPage() {
  const words = useAccountWords();
  const { toSignIn } = useEntryWords();
  const { data: me, error, refetch } = useMe();
  if (error !== null) {
    return (
      <Page title={words.title} width="form">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (me === undefined) {
    return (
      <Page title={words.title} width="form">
        <Skeleton lines={6} />
      </Page>
    );
  }
  if (me === null) {
    return (
      <Page title={words.title} width="form">
        <Empty title={words.withKey} text={words.withKeyText}>
          <PageLink to="/sign-in?next=/account" className={buttonClass()}>
            {toSignIn}
          </PageLink>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={words.title} width="form">
      <div className="flex flex-col gap-9">
        <Profile me={me} />
        <PasswordSection />
        <SecondFactor isOn={me.user.two_factor} />
        <Passkeys />
        <Sessions />
      </div>
    </Page>
  );
}
