import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Config, describeConfig, readConfig, SETTINGS } from './config.ts';

const HERE = '/srv/allswell';

function good(env: Record<string, string>): Config {
  const result = readConfig(env, HERE);
  assert.ok(result.ok, result.ok ? '' : result.message);
  return result.config;
}

function refused(env: Record<string, string>): string {
  const result = readConfig(env, HERE);
  assert.equal(result.ok, false, JSON.stringify(env));
  return result.ok ? '' : result.message;
}

describe('the configuration', () => {
  test('of an empty environment is the documented defaults', () => {
    assert.deepEqual(
      { ...good({}) },
      {
        port: 8080,
        host: '::',
        url: 'http://localhost:8080',
        pingUrl: 'http://localhost:8080',
        dataDir: `${HERE}/data`,
        dataDirGiven: false,
        databaseUrl: null,
        pooler: false,
        pgBin: null,
        apiKey: null,
        secretKey: null,
        roles: ['web', 'watch', 'deliver'],
        openDialects: [],
        trustedProxies: [],
        privateTargets: true,
        signup: 'invite',
        passkeys: true,
        oidcIssuer: null,
        oidcClientId: null,
        oidcClientSecret: null,
        oidcName: 'Single sign-on',
        retentionDays: 90,
        smtpUrl: null,
        mailFrom: 'allswell <allswell@localhost>',
        telegramToken: null,
        telegramApiBase: 'https://api.telegram.org',
        telegramProxyUrl: null,
        slackWebhookUrl: null,
        logLevel: 'info',
        logFormat: 'text',
      },
    );
  });

  test('takes every setting; an empty one counts as not set', () => {
    const config = good({
      PORT: ' 9000 ',
      HOST: '127.0.0.1',
      ALLSWELL_URL: 'https://watch.example/base/',
      ALLSWELL_DATA: '/var/lib/x',
      DATABASE_URL: 'postgres://u:p@db/allswell?sslmode=require',
      ALLSWELL_ROLES: 'deliver, web,web',
      ALLSWELL_OPEN_DIALECTS: 'gocron,cronflow',
      ALLSWELL_TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1,fd00::/8,::1,',
      ALLSWELL_PRIVATE_TARGETS: 'NO',
      ALLSWELL_SIGNUP: 'open',
      ALLSWELL_RETENTION_DAYS: '7',
      ALLSWELL_MAIL_FROM: 'watch@example.com',
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      SMTP_URL: '',
      TELEGRAM_BOT_TOKEN: '  ',
    });
    assert.equal(config.port, 9_000);
    assert.deepEqual([config.url, config.pingUrl], ['https://watch.example/base', 'https://watch.example/base']);
    assert.deepEqual([config.dataDir, config.dataDirGiven], ['/var/lib/x', true]);
    assert.deepEqual(config.roles, ['deliver', 'web']);
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '127.0.0.1', 'fd00::/8', '::1']);
    assert.deepEqual(config.openDialects, ['gocron', 'cronflow']);
    assert.equal(config.privateTargets, false);
    assert.deepEqual([config.smtpUrl, config.telegramToken], [null, null]);
    assert.equal(good({ PORT: '0' }).url, null);
    assert.equal(good({ ALLSWELL_DATA: 'x/y' }).dataDir, `${HERE}/x/y`);
    assert.equal(good({ ALLSWELL_PING_URL: 'https://p.example' }).pingUrl, 'https://p.example');
  });

  const wrong: readonly (readonly [string, string])[] = [
    ['PORT', 'eighty'],
    ['PORT', '-1'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '0x50'],
    ['HOST', 'a\nb'],
    ['ALLSWELL_URL', 'watch.example'],
    ['ALLSWELL_URL', 'ftp://watch.example'],
    ['ALLSWELL_URL', 'http:watch.example'],
    ['ALLSWELL_URL', 'https://watch.example/?a=b'],
    ['ALLSWELL_PING_URL', 'https://watch.example/#top'],
    ['ALLSWELL_PING_URL', 'http://'],
    ['DATABASE_URL', 'mysql://db/x'],
    ['DATABASE_URL', 'db.example:5432'],
    ['ALLSWELL_API_KEY', 'short'],
    ['ALLSWELL_API_KEY', 'words with spaces between'],
    ['ALLSWELL_API_KEY', 'длинный-ключ-не-для-заголовка'],
    ['ALLSWELL_SECRET_KEY', 'short'],
    ['ALLSWELL_ROLES', 'web,boss'],
    ['ALLSWELL_OPEN_DIALECTS', 'esperanto'],
    ['ALLSWELL_TRUSTED_PROXIES', '10.0.0.0/33'],
    ['ALLSWELL_TRUSTED_PROXIES', '10.0.0.0/8/8'],
    ['ALLSWELL_TRUSTED_PROXIES', '10.0.0/8'],
    ['ALLSWELL_TRUSTED_PROXIES', '10'],
    ['ALLSWELL_TRUSTED_PROXIES', '999.0.0.1'],
    ['ALLSWELL_TRUSTED_PROXIES', '127.0.0.1,:::'],
    ['ALLSWELL_TRUSTED_PROXIES', 'fd00::/129'],
    ['ALLSWELL_TRUSTED_PROXIES', 'proxy.example'],
    ['ALLSWELL_PRIVATE_TARGETS', 'maybe'],
    ['ALLSWELL_SIGNUP', 'everyone'],
    ['ALLSWELL_RETENTION_DAYS', '0'],
    ['ALLSWELL_RETENTION_DAYS', '4000'],
    ['SMTP_URL', 'mail.example:25'],
    ['SMTP_URL', 'smtp://'],
    ['SMTP_URL', 'smtp:mail.example'],
    ['ALLSWELL_MAIL_FROM', 'allswell'],
    ['ALLSWELL_MAIL_FROM', 'allswell <allswell@host'],
    ['ALLSWELL_MAIL_FROM', 'a@b, c@d'],
    ['ALLSWELL_MAIL_FROM', 'x@y>\r\nBcc: z@z'],
    ['TELEGRAM_BOT_TOKEN', 'https://t.me/bot'],
    ['TELEGRAM_BOT_TOKEN', 'my_bot'],
    ['TELEGRAM_API_BASE', 'api.telegram.org'],
    ['TELEGRAM_PROXY_URL', 'proxy:1080'],
    ['TELEGRAM_PROXY_URL', 'socks5://'],
    ['SLACK_WEBHOOK_URL', 'hooks.slack.com/x'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
  ];

  test('refuses a wrong value in one line that names the setting and what is allowed, and quotes no secret', () => {
    for (const [name, value] of wrong) {
      const message = refused({ [name]: value });
      assert.ok(message.startsWith(`${name}: `), message);
      assert.match(message, / is not allowed; it must be \S/);
      assert.doesNotMatch(message, /[\r\n]/);
      assert.ok(message.length < 250, message);
      const isSecret = Object.values(SETTINGS).some((setting) => setting.env === name && setting.secret);
      if (isSecret) assert.ok(!message.includes(value), message);
    }
    const withPassword = refused({ ALLSWELL_URL: 'ftp://me:hunter2@watch.example' });
    assert.ok(!withPassword.includes('hunter2'), withPassword);
    assert.match(refused({ PORT: 'x'.repeat(5_000) }), /^PORT: "x{40}…" is not allowed/);
  });

  test('refuses half an OpenID provider, and names what is missing', () => {
    const issuer = { ALLSWELL_OIDC_ISSUER: 'https://id.example' };
    assert.match(refused(issuer), /^ALLSWELL_OIDC_CLIENT_ID: .* together with ALLSWELL_OIDC_ISSUER$/);
    const client = { ALLSWELL_OIDC_CLIENT_ID: 'allswell', ALLSWELL_OIDC_CLIENT_SECRET: 'hunter2' };
    assert.match(refused(client), /^ALLSWELL_OIDC_ISSUER: .* together with ALLSWELL_OIDC_CLIENT_ID$/);
    assert.equal(good({ ...issuer, ...client }).oidcIssuer, 'https://id.example');
  });

  test('is frozen, its lists too', () => {
    const config = good({ ALLSWELL_TRUSTED_PROXIES: '10.0.0.1' }) as unknown as {
      port: number;
      trustedProxies: string[];
    };
    assert.throws(() => {
      config.port = 1;
    }, TypeError);
    assert.throws(() => config.trustedProxies.push('0.0.0.0/0'), TypeError);
  });

  test('is shown without secrets and without the passwords in addresses', () => {
    const secret = 'hunter2-and-more-of-it';
    const shown = describeConfig(
      good({
        ALLSWELL_URL: `https://me:${secret}@watch.example/`,
        TELEGRAM_API_BASE: `http://bot:${secret}@api.example`,
        DATABASE_URL: `postgres://u:${secret}@db/x`,
        SMTP_URL: `smtp://u:${secret}@mail`,
        ALLSWELL_API_KEY: secret,
        ALLSWELL_SECRET_KEY: secret,
        TELEGRAM_BOT_TOKEN: `1:${secret}`,
        TELEGRAM_PROXY_URL: `socks5://u:${secret}@proxy`,
        SLACK_WEBHOOK_URL: `https://hooks.slack.com/${secret}`,
      }),
    );
    assert.ok(!JSON.stringify(shown).includes('hunter2'));
    const value = (name: string) => shown.find((setting) => setting.name === name)?.value;
    assert.equal(value('ALLSWELL_URL'), 'https://***@watch.example');
    assert.equal(value('DATABASE_URL'), '(set)');
    assert.equal(value('SMTP_URL'), '(set)');
    assert.equal(value('PORT'), '8080');
    assert.equal(value('ALLSWELL_PG_BIN'), '');
    assert.deepEqual(
      shown.map(({ name }) => name),
      Object.values(SETTINGS).map(({ env }) => env),
    );
  });
});
