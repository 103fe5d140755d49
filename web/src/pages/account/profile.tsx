import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request } from '../../api/client.ts';
import type { Me } from '../../api/types.ts';
import { useAccountWords } from '../../language/account.ts';
import { useCommonWords } from '../../language/common.ts';
import { LANGUAGES } from '../../language/languages.ts';
import { useLanguage } from '../../language/provider.tsx';
import { needed, onlyErrors } from '../../lib/checks.ts';
import { useSubmit } from '../../lib/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Choice, Field, Input } from '../../ui/field.tsx';
import { FormFailure } from '../../ui/form-failure.tsx';
import { Section } from '../../ui/page.tsx';
import { chooseTheme, chosenTheme, THEMES } from '../../ui/theme.ts';
import { useToast } from '../../ui/toast.tsx';

export function Profile({ me }: { readonly me: Me }) {
  const { profile: words } = useAccountWords();
  const common = useCommonWords();
  const toast = useToast();
  const queries = useQueryClient();
  const { language, choose } = useLanguage();
  const [theme, setTheme] = useState(chosenTheme);
  const [name, setName] = useState(me.user.name);
  const { isBusy, onSubmit, errorOf, failure } = useSubmit<'name'>({
    fields: ['name'],
    check: () => onlyErrors({ name: needed(name, common.field) }),
    work: async () => {
      queries.setQueryData(['me'], await request<Me>('PATCH', '/api/v1/me', { body: { name: name.trim() } }));
      toast({ text: words.saved });
    },
  });
  return (
    <Section title={words.title}>
      <form onSubmit={onSubmit} noValidate className="flex flex-col gap-4">
        <Field label={words.name} error={errorOf('name')}>
          <Input
            name="name"
            autoComplete="name"
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={words.email} help={words.emailHelp}>
          <Input
            readOnly
            value={me.user.email_verified ? me.user.email : `${me.user.email} (${words.unconfirmed})`}
            className="text-quiet!"
          />
        </Field>
        <FormFailure failure={failure} />
        <div>
          <Button type="submit" isBusy={isBusy} disabled={name.trim() === me.user.name}>
            {common.action.save}
          </Button>
        </div>
      </form>
      <div className="mt-3 flex flex-col gap-4">
        <div>
          <Choice
            label={words.language}
            value={language}
            options={LANGUAGES.map((each) => ({ value: each, label: common.language[each] }))}
            onChange={choose}
          />
          <p className="mt-1.5 text-xs text-quiet">{words.languageHelp}</p>
        </div>
        <Choice
          label={words.look}
          value={theme}
          options={THEMES.map((each) => ({ value: each, label: common.theme[each] }))}
          onChange={(next) => {
            chooseTheme(next);
            setTheme(next);
          }}
        />
      </div>
    </Section>
  );
}
