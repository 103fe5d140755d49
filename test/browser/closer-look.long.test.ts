/** A closer look at one monitor: its bars by keyboard, its past by day to quarter, its incidents; and below a path. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
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
const BELOW = '/ops/watch';

describe('a closer look', { skip: noBrowser() }, () => {
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

  async function daily(key: string, name: string) {
    const response = await fetch(`${node.base}/api/v1/monitors`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'heartbeat', name, schedule: { type: 'period', seconds: 86_400 } }),
    });
    assert.equal(response.status, 201);
    return (await response.json()) as { readonly id: string; readonly ping_url: string };
  }

  test('the arrow keys read the bars of the row that has the focus', async () => {
    const key = await teamWithKey();
    const { ping_url: url } = await daily(key, 'mirror');
    await run('curl', ['-fsS', url]);
    await run('curl', ['-fsS', '-d', 'no space left', `${url}/7`]);
    const page = await browser.open({ key });
    await page.goto(node.base);
    await page.getByRole('img', { name: 'mirror: last 2 results, 1 bad' }).waitFor();
    await page.keyboard.press('j');
    await page.locator('a:focus').filter({ hasText: 'mirror' }).waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByText(/^failed · .+ · exit 7$/).waitFor();
    await page.getByText('no space left').waitFor();
    await page.keyboard.press('ArrowLeft');
    await page.getByText(/^success · /).waitFor();
  });

  test('a monitor is looked at from a quarter down to a day, by pointer and by keyboard', async () => {
    const key = await teamWithKey();
    const { id, ping_url: url } = await daily(key, 'mirror');
    await run('curl', ['-fsS', url]);
    await run('curl', ['-fsS', `${url}/fail`]);
    const page = await browser.open({ key });
    await page.goto(`${node.base}/monitors/${id}`);
    await page.getByRole('slider', { name: 'mirror: last 2 results, 1 bad' }).waitFor();
    await page.getByText('Quarter', { exact: true }).click();
    const strip = page.getByRole('slider', { name: 'mirror, quarter: 1 good, 1 bad' });
    await strip.focus();
    await page.keyboard.press('ArrowLeft');
    await waitFor('the bar of today is read out', async () =>
      /1 good, 1 failed/.test((await strip.getAttribute('aria-valuetext')) ?? ''),
    );
    await assertAccessible(page, 'a quarter');
    await page.keyboard.press('Enter');
    await page.getByRole('radio', { name: 'Month' }).and(page.locator(':checked')).waitFor();
    // By pointer: the last bar is now.
    const month = page.getByRole('slider', { name: 'mirror, month: 1 good, 1 bad' });
    const box = await month.boundingBox();
    assert.ok(box);
    await page.mouse.click(box.x + box.width - 2, box.y + box.height / 2);
    await page.getByRole('slider', { name: 'mirror, week: 1 good, 1 bad' }).waitFor();
    await page.getByRole('button', { name: 'Earlier' }).click();
    await page.getByRole('slider', { name: 'mirror, week: 0 good, none bad' }).waitFor();
    await page.getByRole('button', { name: 'Later' }).click();
    await page.getByRole('slider', { name: 'mirror, week: 1 good, 1 bad' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Later' }).isDisabled(), true);
    // It is remembered.
    await page.reload();
    await page.getByRole('slider', { name: 'mirror, week: 1 good, 1 bad' }).waitFor();
  });

  test('its strip fits a phone in every view', async () => {
    const key = await teamWithKey();
    const { id, ping_url: url } = await daily(key, 'зеркало');
    await run('curl', ['-fsS', url]);
    const page = await browser.open({ key, language: 'ru', theme: 'dark', viewport: PHONE, hasTouch: true });
    await page.goto(`${node.base}/monitors/${id}`);
    for (const view of ['Последние', 'Сутки', 'Неделя', 'Месяц', 'Квартал']) {
      await page.getByText(view, { exact: true }).click();
      await page.getByRole('slider').waitFor();
      await assertFits(page, view);
    }
    await assertAccessible(page, 'the strip on a phone');
  });

  test('an incident is taken on where it is read, and after its end says who was told', async () => {
    const key = await teamWithKey();
    const { id, ping_url: url } = await daily(key, 'mirror');
    await run('curl', ['-fsS', `${url}/fail`]);
    const page = await browser.open({ key });
    await page.goto(`${node.base}/monitors/${id}`);
    await page.getByRole('button', { name: 'Take it on' }).click();
    await page.getByRole('dialog').getByLabel('Note').fill('the disk is full');
    await page.getByRole('dialog').getByRole('button', { name: 'Take it on' }).click();
    await page.getByText('the disk is full').waitFor();
    await run('curl', ['-fsS', url]);
    await page.getByText('came back after').waitFor();
    await page.getByText('Who was told').click();
    await page.getByText('Nobody: there was no channel.').waitFor();
  });

  test('a period shows its next times too, and a foreign zone the reader’s time beside', async () => {
    const page = await browser.open({ key: await teamWithKey(), timezoneId: 'Europe/Berlin' });
    await page.goto(`${node.base}/monitors/new`);
    const schedule = page.getByRole('textbox', { name: 'Schedule' });
    await schedule.fill('every 20 minutes');
    await page.getByText('If the job called now, the next calls would be expected at, Europe/Berlin').waitFor();
    assert.equal(await page.locator('ol > li').count(), 5);
    await schedule.fill('0 2 * * *');
    await page.getByLabel('Time zone').fill('Asia/Tokyo');
    await page.getByText('at 02:00 every day, Asia/Tokyo').waitFor();
    assert.match(await page.locator('ol > li').first().innerText(), /02:00\s*· .+(18|19):00 with you/);
  });

  test('a page that hears nothing from the server says so, and not that all is well', async () => {
    const key = await teamWithKey();
    await run('curl', ['-fsS', (await daily(key, 'mirror')).ping_url]);
    const page = await browser.open({ key });
    await page.clock.install();
    await page.goto(node.base);
    await page.getByRole('heading', { name: 'All’s well' }).waitFor();
    await page.context().setOffline(true);
    await page.clock.fastForward(60_000);
    await page.getByRole('heading', { name: 'Not known: the server has not been heard since' }).waitFor();
    assert.equal(await page.getByText('All’s well').count(), 0);
    await waitFor('the tab says it', async () => (await page.title()).startsWith('no answer'));
    await assertAccessible(page, 'a page without its server');
    await page.context().setOffline(false);
    await page.clock.fastForward(31_000);
    await page.getByRole('heading', { name: 'All’s well' }).waitFor();
  });

  test('a press on a shape selects on a phone', async () => {
    const key = await teamWithKey();
    await daily(key, 'one');
    await daily(key, 'two');
    const page = await browser.open({ key, viewport: PHONE, hasTouch: true });
    await page.goto(node.base);
    await page.getByLabel('Select one').locator('..').tap();
    await page.getByText('1 selected').waitFor();
    await assertFits(page, 'the list with something selected');
    await assertAccessible(page, 'the list with something selected');
    await page.getByRole('button', { name: 'Pause' }).tap();
    await page.getByText('1 monitor paused.').waitFor();
  });

  test('below a path everything is found there', async () => {
    const below = await startTestNode(db.connection, { ALLSWELL_URL: `http://allswell.test${BELOW}` });
    try {
      const key = await teamWithKey();
      const { ping_url: url } = await daily(key, 'mirror');
      await run('curl', ['-fsS', url]);
      const page = await browser.open({ key });
      const elsewhere: string[] = [];
      page.on('request', (request) => {
        const { pathname, protocol } = new URL(request.url());
        if (protocol === 'http:' && !pathname.startsWith(`${BELOW}/`)) elsewhere.push(pathname);
      });
      await page.goto(`${below.base}${BELOW}/`);
      await page.getByRole('link', { name: 'mirror' }).click();
      await page.waitForURL(`**${BELOW}/monitors/*`);
      await page.reload();
      await page.getByRole('heading', { name: 'mirror' }).waitFor();
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.waitForURL(`**${BELOW}/channels`);
      await page.getByRole('link', { name: 'Add a channel' }).waitFor();
      assert.deepEqual(elsewhere, []);
    } finally {
      await below.end();
    }
  });
});
