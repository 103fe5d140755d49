/** What the dashboard's form of a status page makes of what people type, and what it gives them to copy. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type PageGroup, type StatusPage, shownNames } from '../../web/src/api/status-page-facts.ts';
import { en } from '../../web/src/language/en/status-pages.ts';
import {
  besideFields,
  bodyOf,
  checkDraft,
  draftOf,
  emptyDraft,
  logoFault,
  moved,
  newGroup,
  type StatusPageDraft,
  slugOf,
} from '../../web/src/pages/status-pages/draft.ts';
import { badgeSnippets, feedUrl } from '../../web/src/pages/status-pages/snippets.ts';

const words = en.form;
const filled = (more: Partial<StatusPageDraft> = {}): StatusPageDraft => ({
  ...emptyDraft('en', 'UTC'),
  title: ' Acme ',
  slug: 'acme',
  ...more,
});

describe('the form of a status page', () => {
  test('makes an address of a title in either language', () => {
    const made = ['Acme & Co', 'Акме: Щи и Ёж', '  ', 'Café №5', `${'long '.repeat(20)}`].map(slugOf);
    assert.deepEqual(made.slice(0, 4), ['acme-co', 'akme-schi-i-ezh', '', 'cafe-5']);
    assert.ok((made[4] ?? '').length <= 64 && !(made[4] ?? '').endsWith('-'));
  });

  test('sends empty names as the monitor’s own, and a logo only where one was chosen or taken away', () => {
    const group = {
      ...newGroup(),
      monitors: [
        { id: 'a', name: ' ' },
        { id: 'b', name: ' Shop ' },
      ],
      tags: ['web'],
    };
    const body = bodyOf(filled({ groups: [group], host: ' Status.Example.com ' }));
    assert.deepEqual(body, {
      title: 'Acme',
      slug: 'acme',
      intro: '',
      language: 'en',
      timezone: 'UTC',
      host: 'status.example.com',
      public: true,
      groups: [
        {
          title: '',
          monitors: [
            { id: 'a', name: null },
            { id: 'b', name: 'Shop' },
          ],
          tags: ['web'],
          all: false,
        },
      ],
    });
    assert.equal(bodyOf(filled({ logo: null })).logo, null);
    assert.equal(bodyOf(filled({ logo: 'data:image/png;base64,AAAA' })).logo, 'AAAA');
    assert.equal(bodyOf(filled()).host, null);
  });

  test('shows a page so that it means the same when it is saved again', () => {
    const groups = [{ title: 'Shop', monitors: [{ id: 'a', name: null }], tags: ['web'], all: true }];
    const { id, url, has_logo: hasLogo, announcements, ...rest } = { ...PAGE, groups };
    assert.deepEqual(bodyOf(draftOf({ id, url, has_logo: hasLogo, announcements, ...rest })), rest);
  });

  test('says beside each field what is wrong with it', () => {
    const wrong: readonly (readonly [Partial<StatusPageDraft>, string])[] = [
      [{ title: '' }, 'title'],
      [{ slug: '' }, 'slug'],
      [{ slug: 'Acme' }, 'slug'],
      [{ slug: 'acme-' }, 'slug'],
      [{ slug: 'a'.repeat(65) }, 'slug'],
      [{ host: 'https://status.example.com' }, 'host'],
      [{ host: 'localhost' }, 'host'],
      [{ timezone: 'Moscow' }, 'timezone'],
    ];
    assert.deepEqual(checkDraft(filled(), words, 'needed'), {});
    for (const [part, field] of wrong)
      assert.deepEqual(Object.keys(checkDraft(filled(part), words, 'needed')), [field], JSON.stringify(part));
    assert.deepEqual(
      besideFields([{ field: 'slug', message: 'is taken by another status page of this server' }], words),
      { slug: words.slugTaken },
    );
    assert.deepEqual(besideFields([{ field: 'groups', message: 'there is no monitor with the id x' }], words), {
      groups: words.groupsWrong,
    });
    assert.equal(besideFields([{ field: '', message: 'a team has at most 50 status pages' }], words), null);
  });

  test('takes only small pictures for a logo', () => {
    assert.equal(logoFault({ size: 64 * 1024, type: 'image/png' }, words), null);
    assert.equal(logoFault({ size: 64 * 1024 + 1, type: 'image/png' }, words), words.logoLarge);
    assert.equal(logoFault({ size: 10, type: 'image/svg+xml' }, words), words.logoWrong);
  });

  test('moves one of a list, and nothing past its ends', () => {
    assert.deepEqual(moved(['a', 'b', 'c'], 1, -1), ['b', 'a', 'c']);
    assert.deepEqual(moved(['a', 'b', 'c'], 1, 1), ['a', 'c', 'b']);
    assert.deepEqual(moved(['a', 'b'], 0, -1), ['a', 'b']);
    assert.deepEqual(moved(['a', 'b'], 1, 1), ['a', 'b']);
  });
});

const PAGE: StatusPage = {
  id: 'page',
  url: 'https://watch.example/status/acme',
  slug: 'acme',
  title: 'Acme',
  intro: 'Hello',
  language: 'ru',
  timezone: 'Europe/Moscow',
  host: 'status.example.com',
  public: false,
  groups: [],
  announcements: [],
  has_logo: true,
};

test('the names that a group shows are those of the page: as given, then by tag, then all others', () => {
  const monitors = [
    { id: '1', name: 'db-01', tags: ['web'] },
    { id: '2', name: 'mail', tags: ['web'] },
    { id: '3', name: 'other', tags: [] },
    { id: '4', name: 'job', tags: [] },
  ];
  const shop: PageGroup = { title: 'Shop', monitors: [{ id: '1', name: 'Shop' }], tags: ['web'], all: false };
  const rest: PageGroup = { title: 'Rest', monitors: [{ id: 'gone', name: 'x' }], tags: [], all: true };
  const groups = [shop, rest];
  assert.deepEqual(
    groups.map((group) => shownNames(group, groups, monitors)),
    [
      ['Shop', 'mail'],
      ['job', 'other'],
    ],
  );
});

test('what is copied for a badge holds any name', () => {
  const url = 'https://watch.example/status/acme';
  assert.equal(feedUrl(url), `${url}/feed.xml`);
  const whole = badgeSnippets(url, 'Acme & "Co" [x]', null);
  assert.equal(whole.markdown, `[![Acme & "Co" \\[x\\]](${url}/badge.svg)](${url})`);
  assert.equal(whole.html, `<a href="${url}"><img src="${url}/badge.svg" alt="Acme &amp; &quot;Co&quot; [x]"></a>`);
  const one = badgeSnippets(url, 'Acme', 'Заказы (новые) & <b>');
  const query = new URL(one.svg).searchParams;
  assert.equal(query.get('name'), 'Заказы (новые) & <b>');
  assert.equal(new URL(one.json).pathname, '/status/acme/badge.json');
  const [, address = ''] = /\]\((\S+?)\)\]/.exec(one.markdown) ?? [];
  assert.equal(new URL(address).searchParams.get('name'), 'Заказы (новые) & <b>');
  assert.ok(!one.html.includes('<b>'));
});
