import assert from 'node:assert/strict';
import { createHash, createSign, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, test } from 'node:test';
import { PUBLIC_URL, useApi } from '../../test/harness/api.ts';
import { type Browser, makePerson, openBrowser } from '../../test/harness/people.ts';

const api = useApi();
const { origin, hostname } = new URL(PUBLIC_URL);
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest();

function cborText(text: string): Buffer {
  return Buffer.concat([Buffer.of(0x60 + text.length), Buffer.from(text)]);
}

function cborBytes(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0x59, bytes.length >> 8, bytes.length & 255), bytes]);
}

/** An authenticator as a browser has it, with one key (WebAuthn, ES256, no attestation). */
function makeAuthenticator() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const id = randomBytes(16);
  const clientData = (type: string, challenge: string, from = origin) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  const head = (flags: number, counter: number) =>
    Buffer.concat([sha256(hostname), Buffer.of(flags, 0, 0, 0, counter)]);
  const named = (response: object) => ({
    response: {
      id: id.toString('base64url'),
      rawId: id.toString('base64url'),
      type: 'public-key',
      clientExtensionResults: {},
      response,
    },
  });
  return {
    register(challenge: string) {
      const key = Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        Buffer.from(x, 'base64url'),
        Buffer.from('225820', 'hex'),
        Buffer.from(y, 'base64url'),
      ]);
      const authData = Buffer.concat([head(0x45, 0), Buffer.alloc(16), Buffer.of(0, id.length), id, key]);
      const attestation = Buffer.concat([
        Buffer.of(0xa3),
        cborText('fmt'),
        cborText('none'),
        cborText('attStmt'),
        Buffer.of(0xa0),
        cborText('authData'),
        cborBytes(authData),
      ]);
      return named({
        clientDataJSON: clientData('webauthn.create', challenge).toString('base64url'),
        attestationObject: attestation.toString('base64url'),
        transports: ['internal'],
      });
    },
    signIn(challenge: string, counter: number, from?: string) {
      const data = clientData('webauthn.get', challenge, from);
      const authenticatorData = head(0x05, counter);
      const signed = Buffer.concat([authenticatorData, sha256(data)]);
      return named({
        clientDataJSON: data.toString('base64url'),
        authenticatorData: authenticatorData.toString('base64url'),
        signature: createSign('SHA256').update(signed).sign(privateKey).toString('base64url'),
      });
    },
  };
}

const call = (browser: Browser, method: string, path: string, body?: unknown) =>
  browser.call(method, `/api/auth/passkey/${path}`, body);

describe('a passkey', () => {
  test('signs in where it was registered, and nobody by another page or a second time', async () => {
    const person = await makePerson(api);
    const authenticator = makeAuthenticator();
    const { json: options } = await call(person, 'GET', 'generate-register-options');
    assert.deepEqual([options.rp.id, options.rp.name], [hostname, 'allswell']);
    const garbage = await call(person, 'POST', 'verify-registration', { response: { id: 'x' } });
    assert.equal(garbage.json.code, 'wrong_credentials', garbage.text);
    const { json: again } = await call(person, 'GET', 'generate-register-options');
    const made = await call(person, 'POST', 'verify-registration', {
      ...authenticator.register(again.challenge),
      name: 'laptop',
    });
    assert.equal(made.status, 200, made.text);
    const { json: keys } = await call(person, 'GET', 'list-user-passkeys');
    assert.deepEqual(
      keys.map((key: { name: string }) => key.name),
      ['laptop'],
    );

    const attempt = async (counter: number, from?: string, replay?: object) => {
      const browser = openBrowser(api);
      const { json } = await call(browser, 'GET', 'generate-authenticate-options');
      const body = replay ?? authenticator.signIn(json.challenge, counter, from);
      const { status } = await call(browser, 'POST', 'verify-authentication', body);
      return { status, body, me: await browser.call('GET', '/api/v1/me') };
    };
    const right = await attempt(1);
    assert.equal(right.status, 200);
    assert.equal(right.me.json.user.email, person.email);
    for (const wrong of [await attempt(2, 'https://evil.example'), await attempt(3, undefined, right.body)]) {
      assert.ok(wrong.status >= 400 && wrong.status < 500, String(wrong.status));
      assert.equal(wrong.me.status, 401);
    }
    assert.equal((await call(person, 'POST', 'delete-passkey', { id: keys[0].id })).status, 200);
    assert.notEqual((await attempt(4)).status, 200);
  });
});
