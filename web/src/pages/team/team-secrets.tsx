import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { OwnTeam } from '../../api/people.ts';
import { useTeamWords } from '../../language/team.ts';
import { Button } from '../../ui/button.tsx';
import { Confirm } from '../../ui/confirm.tsx';
import { CopyLine } from '../../ui/copy.tsx';
import { Section } from '../../ui/page.tsx';
import { useToast } from '../../ui/toast.tsx';

interface PingKeyProps {
  readonly team: OwnTeam;
  readonly mayRotate: boolean;
}

export function PingKey({ team, mayRotate }: PingKeyProps) {
  const { settings: words } = useTeamWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title={words.pingKey}>
      <p className="text-quiet">{words.pingKeyText}</p>
      <CopyLine text={`${team.ping_url}/SLUG`} />
      {mayRotate && (
        <div>
          <Button onClick={() => setAsking(true)}>{words.rotatePing}</Button>
        </div>
      )}
      {isAsking && (
        <Confirm
          title={words.rotatePingTitle}
          text={words.rotatePingText}
          button={words.rotatePing}
          onClose={() => setAsking(false)}
          work={async () => {
            queries.setQueryData(['team'], await request<OwnTeam>('POST', '/api/v1/team/rotate-ping-key'));
            toast({ text: words.rotatedPing });
          }}
        />
      )}
    </Section>
  );
}

interface DropInProps {
  readonly url: string | null;
  readonly mayRotate: boolean;
}

/** The base address for clients of other systems: a secret, shown when asked for. */
export function DropIn({ url, mayRotate }: DropInProps) {
  const { settings: words } = useTeamWords();
  const toast = useToast();
  const queries = useQueryClient();
  const [isShown, setShown] = useState(false);
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title={words.dropIn}>
      <p className="text-quiet">{url === null ? words.dropInLost : words.dropInText}</p>
      {isShown && url !== null && <CopyLine text={url} />}
      <div className="flex flex-wrap gap-2">
        {url !== null && (
          <Button aria-expanded={isShown} onClick={() => setShown(!isShown)}>
            {isShown ? words.hide : words.show}
          </Button>
        )}
        {mayRotate && <Button onClick={() => setAsking(true)}>{words.rotateDropIn}</Button>}
      </div>
      {isAsking && (
        <Confirm
          title={words.rotateDropInTitle}
          text={words.rotateDropInText}
          button={words.rotateDropIn}
          onClose={() => setAsking(false)}
          work={async () => {
            queries.setQueryData(['team'], await request<OwnTeam>('POST', '/api/v1/team/rotate-drop-in-secret'));
            toast({ text: words.rotatedDropIn });
            setShown(true);
          }}
        />
      )}
    </Section>
  );
}
