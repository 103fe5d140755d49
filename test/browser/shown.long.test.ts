/** What is planned and what is shown to everybody, in a real browser: maintenance, quiet hours, status pages. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { systemClock } from '../../src/platform/clock.ts';
import { randomBase62, systemRandom } from '../../src/platform/random.ts';
import { hashApiKey, insertApiKey } from '../../src/store/api-keys.ts';
import { assertAccessible, assertFits, noBrowser, useBrowser } from '../harness/browser.ts';
import { useDatabase } from '../harness/database.ts';
import { createFixtures } from '../harness/fixtures.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';

const PHONE = { width: 390, height: 844 };
const HOUR_MS = 3_600_000;
const ANNA = { name: 'Anna', email: 'anna@example.com', password: 'correct horse battery' };
const BORIS = { name: 'Boris', email: 'boris@example.com', password: 'staple of the stables' };
/** A picture of one pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Runs in the page: the width of a picture, once it is there. */
const LOADED = (image: unknown) => {
  const picture = image as { decode(): Promise<void>; readonly naturalWidth: number };
  return picture.decode().then(() => picture.naturalWidth);
};

describe('what is planned and shown', { skip: noBrowser() }, () => {
  const db = useDatabase();
  const make = createFixtures(() => db.database, systemClock);
  const browser = useBrowser();
  let node: TestNode;
  before(async () => {
    await db.made;
    node = await startTestNode(db.connection);
  });
  after(() => node.end());

  async function teamWithKey(): Promise<string> {
    const team = await make.team();
    const key = `aw_${randomBase62(systemRandom, 40)}`;
    const row = { id: make.newId(), teamId: team.id, name: 'pages', createdAt: systemClock.now(), expiresAt: null };
    await insertApiKey(db.database, { ...row, scope: 'write' }, hashApiKey(key));
    return key;
  }

  async function call(key: string, method: string, path: string, body?: unknown) {
    const response = await fetch(`${node.base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, text);
    return (text === '' ? {} : JSON.parse(text)) as { readonly id: string; readonly ping_url: string };
  }

  const daily = (key: string, name: string, tags: readonly string[] = []) =>
    call(key, 'POST', '/monitors', { kind: 'heartbeat', name, tags, schedule: { type: 'period', seconds: 86_400 } });
  const main = (page: Page) => page.getByRole('main');

  test('plans a maintenance that begins at once, shows what it holds, and ends it', async () => {
    const key = await teamWithKey();
    const { ping_url: url } = await daily(key, 'log rotation', ['linux']);
    await daily(key, 'reports', ['office']);
    const page = await browser.open({ key, timezoneId: 'Europe/Berlin' });
    await page.goto(`${node.base}/maintenance`);
    await page.getByRole('heading', { name: 'No maintenance is planned' }).waitFor();
    await assertAccessible(page, 'no maintenance yet');
    await page.getByRole('link', { name: 'Plan a maintenance' }).click();
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByText('This is needed.').waitFor();
    await page.getByText('Choose a tag, a site or a monitor, or everything.').waitFor();
    await page.getByLabel('Name', { exact: true }).fill('kernel updates');
    await page.getByLabel('Ends').fill('2020-01-01T00:00');
    await page.keyboard.press('Enter');
    await page.getByText('It ends at least a minute after it begins.').waitFor();
    await page.getByRole('button', { name: 'Begin now' }).click();
    await page.getByRole('button', { name: '2 h' }).click();
    await page.getByText('2 h · is under way at once').waitFor();
    await page.getByRole('checkbox', { name: 'linux' }).check();
    await page.getByText('Holds the alarms of 1 of 2 monitors.').waitFor();
    await assertAccessible(page, 'the form of a maintenance');
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByText('Under way until').waitFor();
    await page.getByText('Alarms of 1 monitor are held').waitFor();

    await fetch(`${url}/fail`);
    await page.reload();
    await page.getByRole('heading', { name: 'Held now' }).waitFor();
    await assertAccessible(page, 'a maintenance under way');
    await page.getByRole('link', { name: 'log rotation' }).first().click();
    await page.getByText('The alarm is held for a maintenance, until').waitFor();
    await page.goto(node.base);
    const row = page.getByRole('listitem').filter({ hasText: 'log rotation' });
    await row.getByText('Maintenance until').waitFor({ state: 'attached' });
    assert.equal(await page.getByText('Maintenance until').count(), 1, 'the other one is not held');
    await row.getByRole('link').click();
    await main(page).getByRole('link', { name: 'kernel updates' }).click();
    await page.getByRole('button', { name: 'End it now' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End it now' }).click();
    await page.getByText('Over since').waitFor();
    await page.getByText('It was ended before its time').waitFor();
  });

  test('plans one that repeats, in words, and says its next times in both zones', async () => {
    const key = await teamWithKey();
    await daily(key, 'log rotation');
    const page = await browser.open({ key, timezoneId: 'UTC' });
    await page.goto(`${node.base}/maintenance/new`);
    await page.getByLabel('Name', { exact: true }).fill('patch night');
    await page.getByRole('radio', { name: 'Again and again' }).check();
    await page.getByLabel('Begins').fill('every 5 minutes');
    await page.getByText('A maintenance begins at times of the calendar').waitFor();
    await page.getByLabel('Begins').fill('every saturday at 2');
    await page.getByLabel('Time zone').fill('Europe/Moscow');
    await page.getByText('at 02:00 on Saturday, Europe/Moscow, for 2 h').waitFor();
    assert.equal(await page.locator('ol > li').count(), 5);
    assert.match(await page.locator('ol > li').first().innerText(), /02:00.*04:00[\s\S]*23:00.*01:00.*UTC/);
    await page.getByRole('radio', { name: 'Everything' }).check();
    await assertAccessible(page, 'the form of one that repeats');
    await page.getByRole('button', { name: 'Plan it' }).click();
    await page.getByRole('heading', { name: 'patch night' }).waitFor();
    await page.getByRole('link', { name: 'Edit' }).click();
    await page.getByLabel('Lasts').fill('a while');
    await page.keyboard.press('Enter');
    await page.getByText('Lengths are such as').waitFor();
    await page.getByLabel('Lasts').fill('3 h');
    await page.keyboard.press('Enter');
    await main(page).getByText('for 3 h').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('heading', { name: 'No maintenance is planned' }).waitFor();
  });

  test('sets quiet hours of a channel and takes them away, and reminders of the team', async () => {
    const key = await teamWithKey();
    const config = { url: 'http://127.0.0.1:9/' };
    const { id } = await call(key, 'POST', '/channels', { kind: 'webhook', name: 'ops', config });
    const page = await browser.open({ key });
    await page.goto(`${node.base}/channels/${id}`);
    await page.getByText('whatever happens is sent here at once').waitFor();
    await page.getByRole('button', { name: 'Set quiet hours' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To').fill('22:00');
    await page.keyboard.press('Enter');
    await dialog.getByText('It has to end at another time than it begins.').waitFor();
    await dialog.getByLabel('To').fill('07:30');
    await dialog.getByText('9 h 30 min every day.').waitFor();
    await dialog.getByLabel('Time zone').fill('Europe/Moscow');
    await dialog.getByLabel('Tell at once that something went down').check();
    await assertAccessible(page, 'quiet hours');
    await page.keyboard.press('Enter');
    await page.getByText('Every day from 22:00 to 07:30, Europe/Moscow.').waitFor();
    await page.getByText('News of incidents wait, and come at 07:30 as one message.').waitFor();
    await page.getByRole('button', { name: 'Change' }).click();
    await dialog.getByRole('button', { name: 'No quiet hours' }).click();
    await page.getByText('whatever happens is sent here at once').waitFor();

    await page.goto(`${node.base}/settings`);
    await page.getByLabel('Tell again').selectOption({ label: 'every 1 h' });
    await main(page).getByRole('button', { name: 'Save' }).nth(1).click();
    await page.getByText('Saved.').waitFor();
    await page.reload();
    await page.getByLabel('Tell again').waitFor();
    assert.equal(await page.getByLabel('Tell again').inputValue(), '3600');
    await assertAccessible(page, 'the settings');
  });

  test('makes a status page, announces something, and gives badges to copy that work', async () => {
    const key = await teamWithKey();
    const { ping_url: url } = await daily(key, 'shop-db-01');
    await daily(key, 'secret job', ['internal']);
    await daily(key, 'mail', ['web']);
    await fetch(url);
    const page = await browser.open({ key });
    await page.goto(`${node.base}/status-pages`);
    await page.getByRole('heading', { name: 'No status page yet' }).waitFor();
    await assertAccessible(page, 'no status page yet');
    await page.getByRole('link', { name: 'Make a status page' }).click();
    await page.getByRole('button', { name: 'Make the page' }).click();
    await page.getByText('This is needed.').first().waitFor();
    await page.getByLabel('Title').fill('Acme & Co');
    assert.equal(await page.getByLabel('Address').inputValue(), 'acme-co');
    await page.getByRole('textbox', { name: 'Heading' }).fill('Services');
    await page.getByRole('combobox', { name: 'Add a monitor' }).fill('shop');
    await page.keyboard.press('Enter');
    await page.getByLabel('Shown name of shop-db-01').fill('Shop');
    await page.getByRole('checkbox', { name: 'web' }).check();
    await page.getByLabel('Own domain').fill('https://status.example.com');
    const picture = page.locator('input[type=file]');
    await picture.setInputFiles({ name: 'logo.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('<svg/>') });
    await page.getByText('This is no PNG, JPEG or WebP.').waitFor();
    await picture.setInputFiles({ name: 'logo.png', mimeType: 'image/png', buffer: PNG });
    await page.getByRole('img', { name: 'Logo' }).waitFor();
    await assertAccessible(page, 'the form of a status page');
    await page.getByRole('button', { name: 'Make the page' }).click();
    await page.getByText('without https:// and without a path').waitFor();
    await page.getByLabel('Own domain').fill('');
    await page.getByRole('button', { name: 'Make the page' }).click();
    await page.getByRole('heading', { name: 'Acme & Co' }).waitFor();

    await page.getByRole('button', { name: 'Announce something' }).click();
    await page.getByRole('dialog').getByLabel('Heading').fill('We move on Saturday');
    await page.keyboard.press('Enter');
    await main(page).getByText('We move on Saturday').waitFor();
    await page.getByLabel('Of', { exact: true }).selectOption('Shop');
    const markdown = await page.getByRole('region', { name: 'Markdown' }).innerText();
    assert.match(markdown, /^\[!\[Shop\]\(\S+\/status\/acme-co\/badge\.svg\?name=Shop\)\]\(\S+\/status\/acme-co\)$/);
    const badge = page.getByRole('img', { name: 'Badge: Shop' });
    await badge.waitFor();
    const width = await badge.evaluate(LOADED);
    assert.ok(width > 20, 'the badge is loaded');
    await assertAccessible(page, 'a status page as its team sees it');

    const visitor = await browser.open();
    await visitor.goto(`${node.base}/status/acme-co`);
    await visitor.getByText('Everything works.').waitFor();
    for (const text of ['Services', 'Shop', 'mail']) await visitor.getByText(text).first().waitFor();
    for (const leak of ['shop-db-01', 'secret job']) assert.ok(!(await visitor.content()).includes(leak), leak);
    assert.equal(await visitor.locator('header img').evaluate(LOADED), 1, 'the logo is loaded');
    await assertAccessible(visitor, 'the public page');
  });

  test('the public page fits a phone, in Russian and in the dark, with every state on it', async () => {
    const key = await teamWithKey();
    const long = 'Отправка отчётов в бухгалтерию каждое утро по всем филиалам'.padEnd(100, 'ы');
    const [down, up, fresh] = [await daily(key, long), await daily(key, 'Заказы'), await daily(key, 'Почта')];
    await fetch(`${down.ping_url}/fail`);
    await fetch(up.ping_url);
    await call(key, 'POST', `/monitors/${(await daily(key, 'Склад')).id}/pause`, { mode: 'by_hand' });
    const groups = [{ title: 'Сервисы', monitors: [{ id: fresh.id, name: null }], all: true }];
    const announcements = [{ title: 'Переезд', text: 'Ночью' }];
    const page = { slug: 'akme', title: 'Акме', language: 'ru', timezone: 'Europe/Moscow', groups, announcements };
    await call(key, 'POST', '/status-pages', page);
    const visitor = await browser.open({ viewport: PHONE, colorScheme: 'dark' });
    await visitor.goto(`${node.base}/status/akme`);
    await visitor.getByText('Не работает: 1 из 4.').waitFor();
    await visitor.getByText('на паузе').waitFor();
    await assertFits(visitor, 'the public page');
    await assertAccessible(visitor, 'the public page on a phone, dark, in Russian');
    const text = await visitor.locator('svg title').first().textContent();
    assert.match(text ?? '', /: не работало /);
  });

  test('fits a phone, in Russian and in the dark, and nobody is kept out', async () => {
    const key = await teamWithKey();
    const long = 'сверка платежей с банком и отправка расхождений бухгалтерии'.padEnd(100, 'ы');
    const monitor = await daily(key, long, ['бухгалтерия']);
    const times = [0, 2].map((hours) => new Date(systemClock.now() + hours * HOUR_MS).toISOString());
    const once = { from: times[0], to: times[1] };
    const planned = await call(key, 'POST', '/maintenance', { name: long, once, tags: ['бухгалтерия'] });
    await fetch(`${monitor.ping_url}/fail`);
    const groups = [{ title: long, monitors: [{ id: monitor.id, name: long }], tags: ['бухгалтерия'] }];
    const made = await call(key, 'POST', '/status-pages', { slug: 'dolgo', title: long, groups });
    const page = await browser.open({ key, language: 'ru', theme: 'dark', viewport: PHONE, hasTouch: true });
    const pages: readonly (readonly [string, RegExp])[] = [
      ['/maintenance', /Идёт сейчас/],
      [`/maintenance/${planned.id}`, /Придержано сейчас/],
      [`/maintenance/${planned.id}/edit`, /Придержит тревоги/],
      ['/status-pages', /открыта всем/],
      [`/status-pages/${made.id}`, /Значки и лента/],
      [`/status-pages/${made.id}/edit`, /Добавить группу/],
      [`/monitors/${monitor.id}`, /Обслуживание до/],
      ['/settings', /Напоминания/],
    ];
    for (const [path, text] of pages) {
      await page.goto(`${node.base}${path}`);
      await main(page).getByText(text).first().waitFor();
      await assertFits(page, path);
      await assertAccessible(page, `${path} on a phone, dark, in Russian`);
    }
  });

  test('the palette leads to them', async () => {
    const page = await browser.open({ key: await teamWithKey() });
    await page.goto(node.base);
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
    for (const [typed, heading] of [
      ['mainten', 'No maintenance is planned'],
      ['status pa', 'No status page yet'],
    ] as const) {
      await page.keyboard.press('ControlOrMeta+k');
      await page.getByRole('dialog').getByRole('combobox').fill(typed);
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: heading }).waitFor();
    }
  });

  test('who may only look sees everything and no buttons', async () => {
    const owner = await browser.open();
    await owner.goto(`${node.url}/setup/${node.firstStart?.setupToken}`);
    await owner.getByLabel('Your name').fill(ANNA.name);
    await owner.getByLabel('E-mail').fill(ANNA.email);
    await owner.getByLabel('Password', { exact: true }).fill(ANNA.password);
    await owner.keyboard.press('Enter');
    await owner.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
    const post = async (path: string, data: object) => {
      const response = await owner.request.post(`${node.url}/api/v1${path}`, {
        data,
        headers: { origin: node.url },
      });
      assert.ok(response.ok(), await response.text());
      return (await response.json()) as { readonly id: string; readonly url: string };
    };
    const times = [0, 2].map((hours) => new Date(systemClock.now() + hours * HOUR_MS).toISOString());
    const planned = await post('/maintenance', { name: 'updates', once: { from: times[0], to: times[1] }, all: true });
    const shown = await post('/status-pages', { slug: 'looked-at', title: 'Looked at' });
    const config = { url: 'http://127.0.0.1:9/' };
    const channel = await post('/channels', { kind: 'webhook', name: 'ops', config });
    const { url } = await post('/invitations', { email: BORIS.email, role: 'readonly' });

    const page = await browser.open();
    await page.goto(url);
    await page.getByLabel('Your name').fill(BORIS.name);
    await page.getByLabel('Password', { exact: true }).fill(BORIS.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();
    for (const [path, text] of [
      ['/maintenance', 'updates'],
      [`/maintenance/${planned.id}`, 'Under way until'],
      ['/status-pages', 'Looked at'],
      [`/status-pages/${shown.id}`, 'Badges and feed'],
      [`/channels/${channel.id}`, 'Quiet hours'],
      ['/settings', 'Tell again'],
    ] as const) {
      await page.goto(`${node.url}${path}`);
      await main(page).getByText(text).first().waitFor();
      const offered = /^(Plan|Make|Edit|Delete|End|Announce|Remove|Set|Change|Save|Send)/;
      assert.equal(await main(page).getByRole('button', { name: offered }).count(), 0, path);
      assert.equal(await main(page).getByRole('link', { name: offered }).count(), 0, path);
    }
  });
});
