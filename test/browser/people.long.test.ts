/** People in a real browser: the first one, signing in each way, invitations and roles, channels and their tests. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { systemClock } from '../../src/platform/clock.ts';
import { assertAccessible, assertFits, noBrowser, useBrowser } from '../harness/browser.ts';
import { useDatabase } from '../harness/database.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';

const PHONE = { width: 390, height: 844 };
const ANNA = { name: 'Anna Petrova', email: 'anna@example.com', password: 'correct horse battery' };
const BORIS = { name: 'Boris', email: 'boris@example.com', password: 'staple of the stables' };
const TOTP_STEP_MS = 30_000;

type State = Exclude<NonNullable<BrowserContextOptions['storageState']>, string>;

/** What an authenticator app shows (RFC 6238) `ahead` steps from now. */
function totp(secret: string, ahead: number): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes =
    bits
      .join('')
      .match(/.{8}/g)
      ?.map((byte) => Number.parseInt(byte, 2)) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(systemClock.now() / TOTP_STEP_MS) + ahead));
  const mac = createHmac('sha1', Buffer.from(bytes)).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

describe('people and the dashboard', { skip: noBrowser() }, () => {
  const db = useDatabase();
  const browser = useBrowser();
  let node: TestNode;
  let receiver: Server;
  let hook = '';
  /** Anna's cookies: a test goes on where the one before it ended. */
  let anna: State;

  before(async () => {
    await db.made;
    node = await startTestNode(db.connection);
    receiver = createServer((request, response) => {
      request.resume();
      response.statusCode = request.url === '/gone' ? 410 : 200;
      response.end(request.url === '/gone' ? 'nobody here' : 'thank you');
    });
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    const address = receiver.address();
    hook = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  });
  after(async () => {
    receiver.close();
    await node.end();
  });

  const visit = async (path: string, options: Parameters<typeof browser.open>[0] = {}): Promise<Page> => {
    const page = await browser.open(options);
    await page.goto(`${node.url}${path}`);
    return page;
  };
  const signIn = async (page: Page, person: typeof ANNA): Promise<void> => {
    await page.getByLabel('E-mail').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.keyboard.press('Enter');
  };
  const isIn = (page: Page) => page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();

  test('the one-time link makes its reader the owner, and says beside each field what is wrong', async () => {
    const page = await visit(`/setup/${node.firstStart?.setupToken}`);
    await page.getByRole('button', { name: 'Become the owner' }).click();
    assert.equal(await page.getByText('This is needed.').count(), 3);
    assert.equal(await page.evaluate('document.activeElement.name'), 'name');
    await page.getByLabel('Your name').fill(ANNA.name);
    await page.getByLabel('E-mail').fill('anna');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.keyboard.press('Enter');
    await page.getByText('An e-mail address has the form').waitFor();
    await page.getByText('A password has from 10 to 128 characters').waitFor();
    assert.equal(await page.getByLabel('Your name').inputValue(), ANNA.name, 'nothing is lost');
    await assertAccessible(page, 'the set-up');
    await signIn(page, ANNA);
    await isIn(page);
    anna = await page.context().storageState();
    const again = await visit(`/setup/${node.firstStart?.setupToken}`);
    await again.getByLabel('Your name').fill('Eve');
    await signIn(again, { ...ANNA, email: 'eve@example.com' });
    await again.getByRole('heading', { name: 'This link does not work any more' }).waitFor();
  });

  test('leads through sign-in back to the page that was wanted', async () => {
    const page = await visit('/team');
    await page.waitForURL('**/sign-in?next=%2Fteam');
    await signIn(page, { ...ANNA, password: 'something else' });
    await page.getByText('Address or password is wrong.').waitFor();
    await assertAccessible(page, 'sign-in');
    await signIn(page, ANNA);
    await page.getByRole('heading', { name: 'Team' }).waitFor();
    await page.getByText('anna@example.com').first().waitFor();
    await page.getByRole('button', { name: /My team/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL('**/sign-in');
  });

  test('signs in by a passkey of the device', async () => {
    const page = await visit('/account', { storageState: anna });
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    await page.getByLabel('What is this device called?').fill('work laptop');
    await page.keyboard.press('Enter');
    await page.getByText('The passkey “work laptop” is added.').waitFor();
    await page.context().clearCookies();
    await page.goto(`${node.url}/sign-in`);
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await isIn(page);
  });

  test('sets up a second factor, and asks for it', async () => {
    const page = await visit('/account', { storageState: anna });
    await page.getByRole('button', { name: 'Set it up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Current password').fill('wrong again');
    await page.keyboard.press('Enter');
    await dialog.getByText('This is not your current password.').waitFor();
    await dialog.getByLabel('Current password').fill(ANNA.password);
    await page.keyboard.press('Enter');
    await dialog.getByRole('img', { name: 'QR code with the secret' }).waitFor();
    await assertAccessible(page, 'the QR code');
    const secret = (await dialog.getByRole('region', { name: 'Copy' }).innerText()).trim();
    const codes = await dialog.getByRole('listitem').allInnerTexts();
    assert.equal(codes.length, 10);
    await dialog.getByRole('button', { name: 'I have kept them' }).click();
    await dialog.getByLabel('Code of the app').fill(totp(secret, 0));
    await page.keyboard.press('Enter');
    await page.getByText('The second factor is on.').waitFor();
    anna = await page.context().storageState();

    const other = await visit('/sign-in');
    await signIn(other, ANNA);
    await other.getByLabel('Code', { exact: true }).fill('000000');
    await other.keyboard.press('Enter');
    await other.getByText('This code is wrong or too old.').waitFor();
    await assertAccessible(other, 'the second step');
    await other.getByRole('button', { name: 'Use a recovery code' }).click();
    await other.getByLabel('Recovery code').fill(codes[0] ?? '');
    await other.keyboard.press('Enter');
    await isIn(other);
  });

  test('invites, and shows each role what it may do', async () => {
    const page = await visit('/team', { storageState: anna });
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('E-mail').fill('boris');
    await page.keyboard.press('Enter');
    await dialog.getByText('An e-mail address has the form').waitFor();
    await dialog.getByLabel('E-mail').fill(BORIS.email);
    await dialog.getByLabel('read-only').check();
    await assertAccessible(page, 'the invitation');
    await dialog.getByRole('button', { name: 'Invite' }).click();
    const link = (await dialog.getByRole('region', { name: 'Copy' }).innerText()).trim();
    anna = await page.context().storageState();

    const guest = await browser.open();
    await guest.goto(link);
    await guest.getByRole('heading', { name: 'Join My team' }).waitFor();
    await assertAccessible(guest, 'the invitation as its reader sees it');
    await guest.getByLabel('Your name').fill(BORIS.name);
    await guest.getByLabel('Password', { exact: true }).fill(BORIS.password);
    await guest.keyboard.press('Enter');
    await isIn(guest);
    const boris = await guest.context().storageState();
    await guest.goto(`${node.url}/channels`);
    await guest.getByRole('heading', { name: 'Nobody would be told yet' }).waitFor();
    assert.equal(await guest.getByRole('link', { name: 'Add a channel' }).count(), 0, 'who only looks adds nothing');
    await guest.goto(`${node.url}/team?tab=audit`);
    await guest.getByText('Only admins and owners of the team see this.').waitFor();

    const owner = await visit('/team', { storageState: anna });
    await owner.getByRole('combobox', { name: 'Role of Boris' }).selectOption('admin');
    await owner.getByText('Boris is admin now.').waitFor();
    await owner.getByRole('combobox', { name: 'Role of Anna Petrova' }).selectOption('admin');
    await owner.getByText('A team needs an owner, and this is its only one.').waitFor();
    await assertAccessible(owner, 'the people of the team');

    const admin = await visit('/team?tab=keys', { storageState: boris });
    await admin.getByRole('button', { name: 'Make a key' }).click();
    await admin.getByRole('dialog').getByLabel('Name').fill('deployment');
    await admin.keyboard.press('Enter');
    const key = (await admin.getByRole('dialog').getByRole('region', { name: 'Copy' }).innerText()).trim();
    assert.match(key, /^aw_\w{40}$/);
    await admin.getByRole('button', { name: 'I have kept it' }).click();
    await admin.getByRole('row', { name: /deployment/ }).waitFor();
    await admin.getByRole('tab', { name: 'Audit log' }).click();
    await admin.getByText('API key deployment: made').waitFor();
  });

  test('adds a channel, shows what its test answered and why it is broken', async () => {
    const page = await visit('/channels/new', { storageState: anna });
    await page.getByRole('link', { name: /^Webhook/ }).click();
    await page.getByRole('button', { name: 'Add the channel' }).click();
    await page.getByText('This is needed.').waitFor();
    await page.getByLabel('Address').fill('example.com/hook');
    await page.getByLabel('Headers').fill('nonsense');
    await page.getByRole('button', { name: 'Add the channel' }).click();
    await page.getByText('An address begins with https:// or http://.').waitFor();
    await page.getByText('Each line has the form').waitFor();
    await page.getByLabel('Headers').fill('');
    await page.getByLabel('Address').fill(`${hook}/hook`);
    await page.getByLabel('Name').fill('operations');
    await page.keyboard.press('Enter');
    assert.match(await page.getByRole('region', { name: 'Copy' }).innerText(), /^whsec_/);
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test arrived.').waitFor();
    await page.getByRole('link', { name: 'To the channel' }).click();
    await page.getByText('Works: the last message arrived').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByRole('dialog').getByLabel('Address').fill(`${hook}/gone`);
    await page.keyboard.press('Enter');
    await page.getByText('Saved.').waitFor();
    await page.getByRole('button', { name: 'Send a test' }).click();
    await page.getByText('The test did not arrive.').waitFor();
    await page.getByText('Broken since').waitFor();
    await page
      .getByText(/answered 410/)
      .first()
      .waitFor();
    await assertAccessible(page, 'a broken channel');
    await page.getByRole('button', { name: 'Delete the channel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete the channel' }).click();
    await page.getByRole('heading', { name: 'Nobody would be told yet' }).waitFor();
  });

  test('fits a phone, in Russian and in the dark, and nobody is kept out', async () => {
    const options = { language: 'ru', theme: 'dark', viewport: PHONE, hasTouch: true } as const;
    const page = await browser.open({ ...options, storageState: { ...anna, origins: [] } });
    const pages: readonly (readonly [string, RegExp])[] = [
      ['/team', /Пригласить/],
      ['/team?tab=keys', /Создать ключ/],
      ['/team?tab=audit', /создание/],
      ['/settings', /Часовой пояс/],
      ['/account', /этот браузер/],
      ['/channels', /Пока никто ничего не узнает/],
      ['/incidents', /Всё работает/],
      ['/sites', /Площадок пока нет/],
      ['/summaries', /Ежедневная/],
    ];
    for (const [path, text] of pages) {
      await page.goto(`${node.url}${path}`);
      await page.getByText(text).first().waitFor();
      await assertFits(page, path);
      await assertAccessible(page, `${path} on a phone, dark, in Russian`);
    }
    const guest = await visit('/sign-in', options);
    await guest.getByRole('button', { name: 'Войти', exact: true }).click();
    await guest.getByText('Это нужно заполнить.').first().waitFor();
    await guest.getByRole('button', { name: 'English' }).click();
    await guest.getByRole('heading', { name: 'Sign in' }).waitFor();
    await assertFits(guest, 'sign-in');
  });

  test('takes an incident on, and tells it as a story to its end', async () => {
    const page = await visit('/incidents', { storageState: anna });
    await page.getByText('Nothing is down.').waitFor();
    const made = await page.request.post(`${node.url}/api/v1/monitors`, {
      headers: { origin: node.url },
      data: { kind: 'heartbeat', name: 'nightly backup', schedule: { type: 'period', seconds: 86_400 } },
    });
    const { ping_url: pingUrl } = (await made.json()) as { readonly ping_url: string };
    await page.request.post(`${pingUrl}/3`, { data: 'disk full' });
    // By itself: the page learns of it.
    await page.getByRole('link', { name: /nightly backup/ }).click();
    await page.getByText('Nobody has taken it on yet.').waitFor();
    await page.getByText('disk full').waitFor();
    await page.getByRole('button', { name: 'Snooze' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Snooze' }).click();
    await page.getByText('No reminders until then.').waitFor();
    await page.getByRole('button', { name: 'Take it on' }).click();
    await page.getByLabel('Note').fill('freeing the disk');
    await page.getByRole('dialog').getByRole('button', { name: 'Take it on' }).click();
    await page.getByText('freeing the disk').first().waitFor();
    await page.getByText('Taken on by Anna Petrova').first().waitFor();
    await assertAccessible(page, 'an incident');
    await page.request.post(pingUrl);
    await page.getByText('Over:').waitFor();
  });
});
