import { useState } from 'react';
import { address } from '../../api/client.ts';
import type { StatusPage } from '../../api/status-page-facts.ts';
import { useStatusPageWords } from '../../language/status-pages.ts';
import { CopyLine } from '../../ui/copy.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Section } from '../../ui/page.tsx';
import { useShownNames } from './shown.ts';
import { badgePath, badgeSnippets, feedUrl } from './snippets.ts';

const LINES = ['markdown', 'html', 'svg', 'json'] as const;

/** Pictures of the state, of the page or of one thing on it, with what is copied to show them; and the feed. */
export function Badges({ page }: { readonly page: StatusPage }) {
  const { badges: words } = useStatusPageWords();
  const names = useShownNames(page);
  const [chosen, setChosen] = useState('');
  if (!page.public) {
    return (
      <Section title={words.title}>
        <p className="text-quiet">{words.draft}</p>
      </Section>
    );
  }
  const name = chosen === '' ? null : chosen;
  const snippets = badgeSnippets(page.url, page.title, name);
  return (
    <Section title={words.title}>
      <p className="text-quiet">{words.text}</p>
      <div className="flex flex-wrap items-end gap-4">
        <Field label={words.of}>
          <Select className="w-72! max-w-full" value={chosen} onChange={(event) => setChosen(event.target.value)}>
            <option value="">{words.whole}</option>
            {[...new Set(names?.flat())].map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </Select>
        </Field>
        <img
          key={chosen}
          src={address(`/status/${page.slug}/${badgePath('svg', name)}`)}
          alt={`${words.preview}: ${name ?? page.title}`}
          className="mb-2 h-5 max-w-full"
        />
      </div>
      <dl className="grid gap-3 lg:grid-cols-2">
        {LINES.map((kind) => (
          <div key={kind} className="min-w-0">
            <dt className="mb-1 text-xs text-quiet">{words[kind]}</dt>
            <dd>
              <CopyLine text={snippets[kind]} label={words[kind]} />
            </dd>
          </div>
        ))}
        <div className="min-w-0">
          <dt className="mb-1 text-xs text-quiet">{words.feed}</dt>
          <dd>
            <CopyLine text={feedUrl(page.url)} label={words.feed} />
            <p className="mt-1 text-xs text-quiet">{words.feedText}</p>
          </dd>
        </div>
      </dl>
    </Section>
  );
}
