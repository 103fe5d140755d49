import { useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { apiKey, request, setApiKey } from '../../api/client.ts';
import { signOut, useMe } from '../../api/session.ts';
import { useCommonWords } from '../../language/common.ts';
import { LANGUAGES } from '../../language/languages.ts';
import { useLanguage } from '../../language/provider.tsx';
import { errorText } from '../error-note.tsx';
import { Menu, type MenuItem } from '../menu.tsx';
import { chooseTheme, chosenTheme, THEMES } from '../theme.ts';
import { useToast } from '../toast.tsx';

/** Whose page this is: their teams, language, look, and the way out. */
export function OwnMenu({
  trigger,
  extra = [],
}: {
  readonly trigger: ReactNode;
  readonly extra?: readonly MenuItem[];
}) {
  const words = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { data: me } = useMe();
  const { language, choose } = useLanguage();

  const chooseTeam = async (id: string) => {
    try {
      await request('POST', `/api/v1/teams/${id}/choose`);
      // Everything shown was the other team's.
      location.assign(document.baseURI);
    } catch (error) {
      toast({ text: errorText(error, words), tone: 'bad' });
    }
  };

  const leave = async () => {
    try {
      if (apiKey() === null) await signOut();
      setApiKey(null);
      queries.clear();
      location.assign(new URL('sign-in', document.baseURI));
    } catch (error) {
      toast({ text: errorText(error, words), tone: 'bad' });
    }
  };

  const teams = (me?.teams ?? []).length < 2 ? [] : (me?.teams ?? []);
  return (
    <Menu
      trigger={trigger}
      align="start"
      groups={[
        extra,
        teams.map((team) => ({
          label: team.name,
          isChecked: team.id === me?.team?.id,
          onSelect: () => void chooseTeam(team.id),
        })),
        THEMES.map((theme) => ({
          label: words.theme[theme],
          isChecked: chosenTheme() === theme,
          onSelect: () => chooseTheme(theme),
        })),
        LANGUAGES.map((each) => ({
          label: words.language[each],
          isChecked: each === language,
          onSelect: () => choose(each),
        })),
        [{ label: words.signOut, icon: 'signOut', onSelect: () => void leave() }],
      ]}
    />
  );
}
