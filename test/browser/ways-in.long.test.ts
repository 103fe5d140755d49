/** The ways in that lead through somebody else, in a real browser: a link by mail, a new password, an OpenID provider. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { assertAccessible, noBrowser, useBrowser } from '../harness/browser.ts';
import { useDatabase } from '../harness/database.ts';
import { startTestNode, type TestNode } from '../harness/node.ts';
import { type OidcProvider, startOidcProvider } from '../harness/oidc-provider.ts';
import { type SmtpReceiver, startSmtpReceiver } from '../harness/receivers/smtp-receiver.ts';

const ANNA = { name: 'Anna', email: 'anna@example.com', password: 'correct horse battery' };

describe('ways in', { skip: noBrowser() }, () => {
  const db = useDatabase();
  const browser = useBrowser();
  let node: TestNode;
  let smtp: SmtpReceiver;
  let provider: OidcProvider;
  before(async () => {
    await db.made;
    [smtp, provider] = await Promise.all([startSmtpReceiver(), startOidcProvider()]);
    node = await startTestNode(db.connection, {
      SMTP_URL: smtp.url,
      ALLSWELL_MAIL_FROM: 'allswell@example.com',
      ALLSWELL_OIDC_ISSUER: provider.issuer,
      ALLSWELL_OIDC_NAME: 'Company',
      ALLSWELL_OIDC_CLIENT_ID: provider.clientId,
      ALLSWELL_OIDC_CLIENT_SECRET: provider.clientSecret,
    });
    const made = await fetch(`${node.url}/api/v1/setup`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: node.url },
      body: JSON.stringify({ token: node.firstStart?.setupToken, ...ANNA }),
    });
    assert.equal(made.status, 201);
  });
  after(async () => {
    await node.end();
    await Promise.all([smtp.close(), provider.close()]);
  });

  const visit = async (path: string): Promise<Page> => {
    const page = await browser.open();
    await page.goto(`${node.url}${path}`);
    return page;
  };
  const isIn = (page: Page) => page.getByRole('heading', { name: 'Nothing is watched yet' }).waitFor();

  /** The link in the mail that `cause` leads to. */
  async function linkAfter(cause: () => Promise<unknown>, page: string): Promise<string> {
    const known = smtp.mails.length;
    await cause();
    const mails = await smtp.waitForCount(known + 1);
    const [link] = new RegExp(`${node.url}/${page}/\\S+`).exec(mails.at(-1)?.mail.text ?? '') ?? [];
    assert.ok(link, `a link to /${page} in the mail`);
    return link;
  }

  test('a link by mail signs in by a press of its button', async () => {
    const page = await visit('/sign-in');
    await page.getByRole('link', { name: 'Mail me a link to sign in' }).click();
    await page.getByLabel('E-mail').fill(ANNA.email);
    const link = await linkAfter(() => page.getByRole('button', { name: 'Send the link' }).click(), 'sign-in-link');
    await page.getByRole('heading', { name: 'Look into your mail' }).waitFor();
    await page.goto(link);
    await assertAccessible(page, 'the link of a mail');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await isIn(page);
    const again = await visit(new URL(link).pathname);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await again.getByText('This link was used already').waitFor();
  });

  test('a forgotten password is set anew by mail', async () => {
    const page = await visit('/sign-in');
    await page.getByRole('link', { name: 'Forgot the password?' }).click();
    await page.getByLabel('E-mail').fill(ANNA.email);
    const link = await linkAfter(() => page.getByRole('button', { name: 'Send the link' }).click(), 'reset-password');
    await page.goto(link);
    await page.getByLabel('New password').fill('another horse battery');
    await page.getByRole('button', { name: 'Save the password' }).click();
    await page.getByRole('link', { name: 'To sign in' }).click();
    await page.getByLabel('E-mail').fill(ANNA.email);
    await page.getByLabel('Password', { exact: true }).fill('another horse battery');
    await page.keyboard.press('Enter');
    await isIn(page);
  });

  test('a provider lets in whom it vouches for, to the page that was wanted; others are told what to do', async () => {
    const come = async (person: OidcProvider['person'], path: string) => {
      provider.person = person;
      const page = await visit(path);
      await page.route(`${provider.issuer}/authorize**`, (route) =>
        route.fulfill({
          status: 302,
          headers: { location: `${node.url}${provider.authorize(route.request().url())}` },
        }),
      );
      await page.getByRole('button', { name: 'Sign in with Company' }).click();
      return page;
    };
    const somebody = { sub: 's', email: 'stranger@example.com', email_verified: true, name: 'Stranger' };
    const stranger = await come(somebody, '/sign-in');
    await stranger.getByRole('alert').filter({ hasText: 'Ask an admin of the team for an invitation' }).waitFor();
    await assertAccessible(stranger, 'sign-in after the provider refused');
    const anna = await come({ ...somebody, sub: 'a', email: ANNA.email }, '/channels');
    await anna.waitForURL('**/channels');
    await anna.getByRole('heading', { name: 'Channels' }).waitFor();
  });
});
