/** The dashboard in a real browser, against a real node: its list, a new monitor and its first ping, its story. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { systemClock } from '../../src/platform/clock.ts';
import { randomBase62, systemRandom } from '../../src/platform/random.ts';
import { hashApiKey, insertApiKey } from '../../src/store/api-keys.ts';
import { assertAccessible, assertFits, noBrowser, useBrowser } from '../harness/browser.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures } from '../harness/fixtures.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';
import { waitFor } from '../harness/wait-for.ts';

const run = promisify(execFile);
const PHONE = { width: 390, height: 844 };

describe('the dashboard', { skip: noBrowser() }, () => {
  const db = useDatabase();
  const make = createFixtures(() => db.database, systemClock);
  const browser = useBrowser();
  let node: TestNode;
  before(async () => {
    await db.made;
    node = await startTestNode(db.connection);
  });
  after(() => node.end());

  async function teamWithKey(): Promise<{ readonly id: string; readonly key: string }> {
    const team = await make.team();
    const key = `aw_${randomBase62(systemRandom, 40)}`;
    const row = { id: make.newId(), teamId: team.id, name: 'pages', createdAt: systemClock.now(), expiresAt: null };
    await insertApiKey(db.database, { ...row, scope: 'write' }, hashApiKey(key));
    return { id: team.id, key };
  }

  async function call(key: string, method: string, path: string, body?: unknown) {
    const response = await fetch(`${node.base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const json = await response.json();
    assert.ok(response.ok, JSON.stringify(json));
    return json as { readonly id: string; readonly ping_url: string; readonly grace_seconds: number };
  }

  const daily = (key: string, name: string, more: object = {}) =>
    call(key, 'POST', '/monitors', { kind: 'heartbeat', name, schedule: { type: 'period', seconds: 86_400 }, ...more });

  const row = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name });

  test('leads through sign-in, and an empty list teaches the first step', async () => {
    const { key } = await teamWithKey();
    const page = await browser.open();
    await page.goto(`${node.base}/monitors/new`);
    await page.waitForURL('**/sign-in?next=%2Fmonitors%2Fnew');
    await page.getByLabel('API key').fill('aw_nonsense');
    await page.keyboard.press('Enter');
    await page.getByText('This key is not known here').waitFor();
    await page.getByLabel('API key').fill(key);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'New monitor' }).waitFor();
    await page.goto(node.base);
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
    await assertAccessible(page, 'the empty list');
    await page.getByRole('link', { name: 'Make the first monitor' }).click();
    await page.waitForURL('**/monitors/new');
  });

  test('makes a monitor of a name and a schedule in words, and sees its first ping', async () => {
    const { key } = await teamWithKey();
    const page = await browser.open({ key, timezoneId: 'Europe/Berlin' });
    await page.goto(`${node.base}/monitors/new`);
    await page.getByRole('button', { name: 'Create the monitor' }).click();
    await page.getByText('Give it a name').waitFor();
    await page.getByText('Say when it runs').waitFor();
    // The first field has the focus.
    await page.getByLabel('Name').fill('nightly export');
    const schedule = page.getByRole('textbox', { name: 'Schedule' });
    await schedule.fill('every blue moon');
    await page.getByText('This is no schedule').waitFor();
    await schedule.fill('weekdays at 9');
    await page.getByText('at 09:00 from Monday to Friday, Europe/Berlin').waitFor();
    assert.equal(await page.locator('ol > li').count(), 5);
    await assertAccessible(page, 'the form');
    await page.getByRole('button', { name: 'Create the monitor' }).click();
    await page.getByText('Waiting for the first call…').waitFor();
    const crontab = await page.getByRole('tabpanel').innerText();
    assert.match(crontab, /^0 9 \* \* 1-5 \/path\/to\/job; curl -fsS -m 10 --retry 5 -o \/dev\/null http\S+\/\$\?/);
    const line = await page.getByRole('region', { name: 'curl' }).innerText();
    await run('sh', ['-c', line.trim()]);
    await page.getByText('Received!').waitFor();
    await page.getByText('last heard from').waitFor();
  });

  test('says first what is down, in the title and in the list, and filters by the address', async () => {
    const { key } = await teamWithKey();
    const bad = await daily(key, 'nightly backup', { tags: ['prod'] });
    const good = await daily(key, 'reports', { tags: ['prod', 'office'] });
    await call(key, 'POST', '/channels', { kind: 'webhook', name: 'hook', config: { url: 'http://127.0.0.1:9/' } });
    await run('curl', ['-fsS', good.ping_url]);
    const page = await browser.open({ key });
    await page.goto(node.base);
    await page.getByRole('heading', { name: 'All’s well: 2 monitors, last signal' }).waitFor();
    const calm = await page.locator('#favicon').getAttribute('href');
    await run('curl', ['-fsS', '-d', 'disk full', `${bad.ping_url}/3`]);
    await page.getByRole('heading', { name: '1 down: nightly backup (failed' }).waitFor();
    await waitFor('the title says it', async () => (await page.title()).startsWith('1 down: nightly backup'));
    assert.notEqual(await page.locator('#favicon').getAttribute('href'), calm);
    assert.match((await page.getByRole('listitem').first().innerText()) ?? '', /nightly backup/);
    await assertAccessible(page, 'the list');

    await page.getByRole('button', { name: /^up/ }).click();
    await page.waitForURL('**/?status=up');
    await page.getByText('1 of 2 monitors').waitFor();
    await page.goto(`${node.base}/?tag=prod&q=back`);
    await page.getByText('1 of 2 monitors').waitFor();
    await page.getByRole('button', { name: 'Clear the filters' }).click();
    await page.getByText('2 of 2 monitors').waitFor();

    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'nightly backup' }).waitFor();
    await page.getByText('with exit status 3').first().waitFor();
    await page.getByText('disk full').waitFor();
    await assertAccessible(page, 'the page of one that is down');
    await run('curl', ['-fsS', bad.ping_url]);
    await page.getByText('Up:').waitFor();
    await page.getByRole('button', { name: '9 bytes' }).click();
    await page.getByRole('dialog').getByText('disk full').waitFor();
  });

  test('edits with a look at what changes, pauses until the next success, and takes a deletion back', async () => {
    const { key } = await teamWithKey();
    const { id, ping_url } = await daily(key, 'rates', { grace_seconds: 600 });
    await run('curl', ['-fsS', ping_url]);
    const page = await browser.open({ key });
    await page.goto(`${node.base}/monitors/${id}/edit`);
    await page.getByText('Nothing would change.').waitFor();
    await page.getByLabel('Grace').fill('20 min');
    await page.getByText('10 min → 20 min').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'rates', exact: true }).waitFor();
    assert.equal((await call(key, 'GET', `/monitors/${id}`)).grace_seconds, 1_200);

    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Until the next success').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause', exact: true }).click();
    await page.getByText('Paused: until the next success.').waitFor();

    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await row(page, 'rates').waitFor();
  });

  test('does the same to several by keyboard, and takes it back', async () => {
    const { key } = await teamWithKey();
    for (const name of ['one', 'three', 'two']) await run('curl', ['-fsS', (await daily(key, name)).ping_url]);
    const page = await browser.open({ key });
    await page.goto(node.base);
    await row(page, 'one').getByRole('img', { name: 'one: last 1 results, all good' }).waitFor();
    for (const pressed of ['j', 'x', 'j', 'x']) await page.keyboard.press(pressed);
    await page.getByText('2 selected').waitFor();
    await page.getByRole('button', { name: 'Tag', exact: true }).click();
    await page.getByRole('dialog').getByLabel('Tag').fill('night');
    await page.keyboard.press('Enter');
    await page.getByText('“night” added to 2 monitors.').waitFor();
    await row(page, 'three').getByText('night').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('1 of 1 monitor').waitFor();
    await page.getByText('2 monitors deleted').locator('..').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('3 of 3 monitors').waitFor();
  });

  test('fits a phone, in Russian and in the dark, and nobody is kept out', async () => {
    const { key } = await teamWithKey();
    const long = 'сверка платежей с банком и отправка расхождений бухгалтерии'.padEnd(100, 'ы');
    const { id, ping_url } = await daily(key, long, { tags: ['бухгалтерия', 'банк'] });
    await run('curl', ['-fsS', `${ping_url}/fail`]);
    const page = await browser.open({ key, language: 'ru', theme: 'dark', viewport: PHONE, hasTouch: true });
    const pages: readonly (readonly [string, RegExp])[] = [
      ['/', /1 монитор не работает/],
      [`/monitors/${id}`, /Инциденты/],
      ['/monitors/new', /Новый монитор/],
    ];
    for (const [path, text] of pages) {
      await page.goto(`${node.base}${path}`);
      await page.getByText(text).first().waitFor();
      await assertFits(page, path);
      await assertAccessible(page, `${path} on a phone, dark, in Russian`);
    }
    assert.equal(await page.getAttribute('html', 'lang'), 'ru');
    await page.getByRole('navigation').getByRole('button', { name: 'Ещё' }).click();
    await page.getByRole('menuitemcheckbox', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'New monitor' }).waitFor();
  });

  test('goes anywhere by the palette and says its keys', async () => {
    const { key } = await teamWithKey();
    await daily(key, 'mirror sync');
    const page = await browser.open({ key });
    await page.goto(node.base);
    await row(page, 'mirror sync').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await assertAccessible(page, 'the shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('ControlOrMeta+k');
    await page.getByRole('dialog').getByRole('combobox').fill('mirr');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'mirror sync' }).waitFor();
  });
});
