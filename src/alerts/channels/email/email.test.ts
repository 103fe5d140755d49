import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { runChannelContract, type Scene } from '../../../../test/contract/channel-contract.ts';
import { hostileMessage, sampleMessage, sampleRequest } from '../../../../test/contract/sample-message.ts';
import {
  type SmtpReceiverOptions,
  type SmtpReply,
  startOddSmtpServer,
  startSmtpReceiver,
} from '../../../../test/harness/receivers/smtp-receiver.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { SendOutcome, SendRequest } from '../contract.ts';
import { listHeaders, mailDomain, threadHeaders } from './headers.ts';
import { createEmailChannel, type EmailConfig, MAX_ADDRESSES } from './index.ts';
import { smtpFailure } from './outcome.ts';
import { renderMailHtml, renderMailText } from './render.ts';

const PASSWORD = 'sEcReT-lantern';
const TO = 'anna@example.com';
const FROM = 'allswell <watch@allswell.example>';
const PUBLIC_URL = 'https://allswell.example';

runChannelContract({
  name: 'email',
  secrets: () => [PASSWORD],
  notApplicable: {
    rate_limited: 'SMTP has no such word: a 4xx passes by itself',
    stalled: 'a reply is one line or none',
    unknown_name: 'the mail library looks names up by itself; what it says is tested below',
    blocked: "the address is the operator's own",
  },
  unendingIs: 'temporary',
  async arrange(situation, { clock }): Promise<Scene> {
    const build = (smtpUrl: string, close: () => Promise<void>) => ({
      channel: createEmailChannel({ clock, smtpUrl, mailFrom: FROM, publicUrl: PUBLIC_URL }),
      config: { to: TO },
      close,
    });
    if (situation === 'hanging' || situation === 'endless' || situation === 'cut') {
      const misbehaviour = situation === 'hanging' ? 'mute' : situation;
      const odd = await startOddSmtpServer(misbehaviour);
      return {
        ...build(odd.url.replace('://', `://watchman:${PASSWORD}@`), () => odd.close()),
        reached: odd.waitForConnection,
      };
    }
    const echo = `for smtp://watchman:${PASSWORD}@host`;
    const replies: Partial<Record<typeof situation, SmtpReply>> = {
      server_error: { code: 451, text: `4.3.0 try later ${echo}` },
      gone: { code: 550, text: `5.1.1 no such user ${echo}` },
    };
    const smtp = await startSmtpReceiver({ password: PASSWORD, onRecipient: () => replies[situation] ?? null });
    const scene = build(smtp.url, () => (situation === 'refused' ? Promise.resolve() : smtp.close()));
    if (situation === 'refused') await smtp.close();
    return { ...scene, repetitionKeys: () => smtp.mails.map((mail) => mail.header('message-id') ?? '') };
  },
});

describe('email', () => {
  const closing: (() => Promise<void>)[] = [];
  after(() => Promise.all(closing.map((close) => close())));

  async function setUp(
    options: SmtpReceiverOptions = {},
    settings: { mailFrom?: string | null; password?: string } = {},
  ) {
    const smtp = await startSmtpReceiver({ password: PASSWORD, ...options });
    const smtpUrl = smtp.url.replace(PASSWORD, settings.password ?? PASSWORD);
    const { mailFrom = FROM } = settings;
    const channel = createEmailChannel({ clock: systemClock, smtpUrl, mailFrom, publicUrl: PUBLIC_URL });
    closing.push(async () => {
      await channel.close?.();
      await smtp.close();
    });
    const send = (changes: Partial<SendRequest<EmailConfig>> = {}): Promise<SendOutcome> =>
      channel.send(sampleRequest<EmailConfig>({ to: TO }, changes));
    return { smtp, channel, send };
  }

  test('a mail reads as well in text as in HTML', async () => {
    const { smtp, send } = await setUp();
    const outcome = await send();
    assert.ok(outcome.ok);
    assert.equal(outcome.status, 250);
    const { mail, to, from } = await smtp.waitForMail();
    assert.deepEqual([from, to], ['watch@allswell.example', [TO]]);
    assert.equal(mail.subject, 'DOWN nightly backup: nothing since 02:03 yesterday');
    assert.deepEqual(mail.from, { name: 'allswell', address: 'watch@allswell.example' });
    for (const said of [
      'Expected 02:00, got nothing by 02:05',
      'nightly backup',
      '0 2 * * *',
      'done in 31 min',
      '/incidents/1?a=1',
    ]) {
      assert.ok(mail.text?.includes(said), `the text lacks ${said}`);
      assert.ok(mail.html?.includes(said), `the HTML lacks ${said}`);
    }
    assert.equal(new Date(mail.date ?? '').getTime(), sampleRequest({}).attemptAt);
  });

  test('a machine sent it, and a link to stop it stands beside the sender', async () => {
    const { smtp, send } = await setUp();
    await send({ unsubscribeUrl: 'https://allswell.example/u/abc' });
    const mail = await smtp.waitForMail();
    assert.equal(mail.header('auto-submitted'), 'auto-generated');
    assert.equal(mail.header('list-unsubscribe'), '<https://allswell.example/u/abc>');
    assert.equal(mail.header('list-unsubscribe-post'), 'List-Unsubscribe=One-Click');
    assert.match(mail.mail.text ?? '', /Stop these e-mails: https:\/\/allswell.example\/u\/abc/);
    assert.match(mail.mail.html ?? '', /href="https:\/\/allswell.example\/u\/abc"/);
    await send();
    const [, plain] = await smtp.waitForCount(2);
    assert.equal(plain?.header('list-unsubscribe'), undefined);
  });

  test('a recovery answers its opening, whose id follows from the thread alone', async () => {
    const { smtp, send } = await setUp();
    await send({ deliveryId: 'd1' });
    await send({
      deliveryId: 'd2',
      message: sampleMessage({ tone: 'up', thread: { key: 'incident-1', isOpening: false } }),
    });
    const [opening, recovery] = await smtp.waitForCount(2);
    assert.match(opening?.header('message-id') ?? '', /^<[0-9a-f]{32}@allswell\.example>$/);
    assert.equal(recovery?.header('in-reply-to'), opening?.header('message-id'));
    assert.equal(recovery?.header('references'), opening?.header('message-id'));
    assert.notEqual(recovery?.header('message-id'), opening?.header('message-id'));
  });

  test('no title, name or URL adds a header or a recipient', async () => {
    const { smtp, send } = await setUp();
    await send({ message: hostileMessage(), unsubscribeUrl: 'https://allswell.example/u\r\nBcc: victim@example.com' });
    const mail = await smtp.waitForMail();
    assert.equal(mail.header('bcc'), undefined);
    assert.deepEqual(mail.to, [TO]);
    assert.match(mail.mail.subject ?? '', /^DOWN .* Bcc: victim@example.com body$/);
    assert.doesNotMatch(mail.mail.html ?? '', /<script|javascript:/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding one would be the fault
    assert.doesNotMatch(mail.raw, /\u001b|\u0000/);
  });

  test('several people get one mail; who is refused is named, who has it is not asked again', async () => {
    const { smtp, send } = await setUp({
      onRecipient: (address) => (address.startsWith('gone') ? { code: 550, text: '5.1.1 unknown' } : null),
    });
    const outcome = await send({ config: { to: [TO, 'gone@example.com'] } });
    assert.ok(outcome.ok);
    assert.match(outcome.answer ?? '', /refused: gone@example\.com/);
    assert.deepEqual((await smtp.waitForMail()).to, [TO]);
  });

  const replies: readonly (readonly [string, SmtpReceiverOptions, string, string])[] = [
    [
      'an unknown mailbox',
      { onRecipient: () => ({ code: 550, text: '5.1.1 unknown' }) },
      'permanent_channel',
      'smtp_550',
    ],
    ['greylisting', { onRecipient: () => ({ code: 451, text: '4.7.1 greylisted' }) }, 'temporary', 'smtp_451'],
    ['a full mailbox', { onRecipient: () => ({ code: 552, text: '5.2.2 over quota' }) }, 'quota', 'smtp_552'],
    ['no route', { onRecipient: () => ({ code: 550, text: '5.4.4 no route' }) }, 'temporary', 'smtp_550'],
    ['no relaying', { onRecipient: () => ({ code: 554, text: '5.7.1 relay denied' }) }, 'operator', 'smtp_554'],
    ['a refused sender', { onSender: () => ({ code: 553, text: '5.1.8 sender unknown' }) }, 'operator', 'smtp_553'],
    [
      'refused content',
      { onMail: () => ({ code: 554, text: '5.6.0 looks like spam' }) },
      'permanent_message',
      'smtp_554',
    ],
    ['a full disk', { onMail: () => ({ code: 452, text: '4.3.1 no space' }) }, 'temporary', 'smtp_452'],
  ];
  for (const [name, options, kind, code] of replies) {
    test(`${name} is ${kind}`, async () => {
      const { send } = await setUp(options);
      const outcome = await send();
      assert.ok(!outcome.ok, JSON.stringify(outcome));
      assert.deepEqual([outcome.kind, outcome.code], [kind, code]);
    });
  }

  test("a wrong password is the operator's to mend", async () => {
    const { send } = await setUp({}, { password: 'wrong-password' });
    const outcome = await send();
    assert.ok(!outcome.ok);
    assert.deepEqual([outcome.kind, outcome.code], ['operator', 'smtp_535']);
    assert.doesNotMatch(outcome.safeText, /wrong-password/);
  });

  test('without SMTP_URL nothing is sent and the setting is named', async () => {
    const channel = createEmailChannel({ clock: systemClock, smtpUrl: null, mailFrom: null, publicUrl: PUBLIC_URL });
    const outcome = await channel.send(sampleRequest({ to: TO }));
    assert.ok(!outcome.ok);
    assert.deepEqual([outcome.kind, outcome.code], ['operator', 'not_configured']);
    assert.match(outcome.safeText, /SMTP_URL/);
  });

  test('a sender is made of our host where none is set', async () => {
    const { smtp, send } = await setUp({}, { mailFrom: null });
    await send();
    assert.equal((await smtp.waitForMail()).from, 'allswell@allswell.example');
  });

  test('connections are used again', async () => {
    const { smtp, send } = await setUp();
    for (const deliveryId of ['a', 'b', 'c']) assert.equal((await send({ deliveryId })).ok, true);
    assert.equal((await smtp.waitForCount(3)).length, 3);
  });

  test('the settings take one to ten addresses and nothing that only looks like one', async () => {
    const { channel } = await setUp();
    const accepts = (to: unknown) => channel.configSchema.safeParse({ to }).success;
    const many = (count: number) => Array.from({ length: count }, (_, index) => `a${index}@example.com`);
    assert.equal(accepts(TO), true);
    assert.equal(accepts(many(MAX_ADDRESSES)), true);
    for (const to of [
      many(MAX_ADDRESSES + 1),
      [],
      '',
      'anna',
      'a@b.c, d@e.f',
      'a@example.com\r\nBcc: b@example.com',
      `${'a'.repeat(250)}@example.com`,
    ]) {
      assert.equal(accepts(to), false, JSON.stringify(to));
    }
  });
});

describe('what the mail library says', () => {
  const failed = (fields: object) => smtpFailure(Object.assign(new Error('it failed'), fields), 'mail.test', []);
  for (const [code, word] of [
    ['EDNS', 'dns'],
    ['ETIMEDOUT', 'timeout'],
    ['ETLS', 'tls'],
    ['ESOCKET', 'connect'],
    ['ECONNECTION', 'connect'],
    ['EPROTOCOL', 'protocol'],
  ] as const) {
    test(`${code} is ${word} and passes by itself`, () => {
      const { kind, code: said } = failed({ code });
      assert.deepEqual([kind, said], ['temporary', word]);
    });
  }
  for (const code of ['EAUTH', 'ENOAUTH', 'ECONFIG']) {
    test(`${code} is the operator's`, () => assert.equal(failed({ code }).kind, 'operator'));
  }
  test('something that is no error is said as well', () => {
    assert.equal(smtpFailure('odd', 'mail.test', []).kind, 'temporary');
  });
});

describe('parts of a mail', () => {
  test('text and HTML leave out what is not there', () => {
    const bare = sampleMessage({ facts: [], lines: [], outputTail: null, links: [] });
    assert.equal(renderMailText(bare, null), `${bare.sentence}\n`);
    assert.doesNotMatch(renderMailHtml(bare, null), /<pre|<ul|<a /);
  });

  test('both speak the language of the message', () => {
    const russian = sampleMessage({ language: 'ru' });
    assert.match(renderMailText(russian, 'https://x.test/u'), /Конец вывода:[\s\S]*Не присылать эти письма/);
    assert.match(renderMailHtml(russian, 'https://x.test/u'), /lang="ru"[\s\S]*Не присылать эти письма/);
  });

  test('HTML is 600 px wide and keeps its colours readable on dark ground', () => {
    const html = renderMailHtml(sampleMessage(), null);
    assert.match(html, /max-width:600px/);
    assert.match(html, /<meta name="color-scheme" content="light dark">/);
    assert.match(html, /prefers-color-scheme: dark/);
    assert.match(html, /border-top:4px solid #B3261E/);
  });

  test('message ids have the host of our URL, or one that cannot exist', () => {
    assert.equal(mailDomain('https://watch.example:8080/x'), 'watch.example');
    assert.equal(mailDomain('http://[::1]:8080'), 'allswell.invalid');
    assert.equal(mailDomain('nonsense'), 'allswell.invalid');
  });

  test('a message of no thread has an id of its own', () => {
    const request = sampleRequest({}, { message: sampleMessage({ thread: null }) });
    assert.deepEqual(Object.keys(threadHeaders(request, 'x.test')), ['messageId']);
    assert.notEqual(
      threadHeaders(request, 'x.test').messageId,
      threadHeaders({ ...request, deliveryId: 'other' }, 'x.test').messageId,
    );
  });

  test('a link that is none makes no header', () => assert.deepEqual(listHeaders('nonsense'), {}));
});
