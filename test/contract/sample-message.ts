import type { SendRequest } from '../../src/alerts/channels/contract.ts';
import type { Message } from '../../src/alerts/message.ts';

/** 2026-01-05 12:00:00 UTC. */
export const SAMPLE_ATTEMPT_AT = Date.UTC(2026, 0, 5, 12, 0, 0);

/** The message of a job that did not come. */
export function sampleMessage(changes: Partial<Message> = {}): Message {
  return {
    language: 'en',
    tone: 'down',
    title: 'DOWN nightly backup: nothing since 02:03 yesterday',
    sentence: 'Expected 02:00, got nothing by 02:05; the last run took 31 min and ended 02:03 yesterday.',
    facts: [
      { label: 'Monitor', value: 'nightly backup' },
      { label: 'Schedule', value: '0 2 * * * (Europe/Moscow)' },
    ],
    lines: [],
    outputTail: 'dumping shop\ndone in 31 min\n',
    links: [{ label: 'Open', url: 'https://allswell.example/incidents/1?a=1&b=2' }],
    events: [
      {
        type: 'incident.opened',
        timestamp: '2026-01-05T12:00:00Z',
        data: { incident: { id: '01', cause: { code: 'missed' } } },
      },
    ],
    thread: { key: 'incident-1', isOpening: true },
    ...changes,
  };
}

const MARKUP =
  '<script>alert("x")</script> &amp; <b>*bold* _it_ `code` ``` ~~~ [l](http://x.test) | @everyone <!channel> <@1> # - >';

/** Everything that a job or a person could put into a name or an output to break a channel's form. */
export function hostileMessage(): Message {
  return sampleMessage({
    title: `DOWN ${MARKUP}\r\nBcc: victim@example.com\r\n\r\nbody`,
    sentence: `${MARKUP}\r\n.\r\nQUIT\u0000\u001b[31mred\u001b[0m \u2028 \ud800 lone`,
    facts: [
      { label: MARKUP, value: MARKUP },
      { label: '', value: '' },
    ],
    lines: [MARKUP, ''],
    outputTail: `${MARKUP}\n\u001b[2J\u0007\r\n.\r\n`,
    links: [
      { label: MARKUP, url: 'https://allswell.example/?q="><script>alert(1)</script>|x)' },
      { label: 'bad', url: 'javascript:alert(1)' },
    ],
  });
}

/** Each part as long as the contract of `Message` allows, or longer, of characters that grow when escaped. */
export function hugeMessage(): Message {
  return sampleMessage({
    title: '&'.repeat(200),
    sentence: '<&>"'.repeat(1_500),
    facts: Array.from({ length: 60 }, (_, index) => ({
      label: `fact ${index} ${'<'.repeat(300)}`,
      value: '&'.repeat(3_000),
    })),
    lines: Array.from({ length: 500 }, (_, index) => `monitor ${index} is down & <out>`),
    outputTail: '🏮<&`'.repeat(1_000),
    links: Array.from({ length: 12 }, (_, index) => ({
      label: `link ${index} ${'x'.repeat(100)}`,
      url: `https://allswell.example/${'p'.repeat(300)}`,
    })),
  });
}

/** A request around a message; `config` is the channel's. */
export function sampleRequest<Config>(config: Config, changes: Partial<SendRequest<Config>> = {}): SendRequest<Config> {
  return {
    message: sampleMessage(),
    config,
    deliveryId: '01890a5d-ac96-774b-bcce-b302099a8057',
    attemptAt: SAMPLE_ATTEMPT_AT,
    openingProviderId: null,
    unsubscribeUrl: null,
    signal: new AbortController().signal,
    ...changes,
  };
}
