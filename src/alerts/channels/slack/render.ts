import type { Link, Message } from '../../message.ts';
import { cutText, escapeAmpLtGt, fitEscaped, fitLines, joinWithin, oneLine, plainOutput } from '../shared/text.ts';
import { CHANNEL_WORDS, outputLabel } from '../shared/words.ts';

export const MAX_HEADER_LENGTH = 150;
export const MAX_SECTION_LENGTH = 3_000;
export const MAX_FIELD_LENGTH = 2_000;
export const MAX_FIELDS_PER_SECTION = 10;
export const MAX_BLOCKS = 50;
/** What a phone shows of `text` is far less. */
const MAX_TEXT_LENGTH = 3_000;
/** A label this long would leave no room for its value. */
const MAX_LABEL_LENGTH = 200;
/** More facts than this make no message clearer, and leave room for the other blocks. */
const MAX_FACTS = 100;
const MAX_LINKS = 10;

export interface SlackPayload {
  readonly text: string;
  readonly blocks?: readonly unknown[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

/** The message as Slack takes it: `text` for the push preview, blocks for the eye. */
export function renderSlack(message: Message): SlackPayload {
  const blocks = [
    {
      type: 'header',
      text: { type: 'plain_text', text: cutText(oneLine(message.title), MAX_HEADER_LENGTH), emoji: false },
    },
    section(fitEscaped(message.sentence, escapeAmpLtGt, MAX_SECTION_LENGTH)),
    ...factSections(message),
    ...lineSection(message),
    ...outputSections(message),
    ...linkSection(message.links),
  ];
  return { ...renderSlackPlain(message), blocks: blocks.slice(0, MAX_BLOCKS) };
}

/** The same without blocks, for a receiver that refused those. */
export function renderSlackPlain(message: Message): SlackPayload {
  const text = fitEscaped(`${oneLine(message.title)}\n${message.sentence}`, escapeAmpLtGt, MAX_TEXT_LENGTH);
  return { text, unfurl_links: false, unfurl_media: false };
}

function section(text: string) {
  // `verbatim` keeps Slack from making links and mentions of a job's own words.
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } };
}

function factSections(message: Message) {
  const fields = message.facts.slice(0, MAX_FACTS).map((fact) => {
    const label = fitEscaped(oneLine(fact.label), escapeAmpLtGt, MAX_LABEL_LENGTH);
    const value = fitEscaped(fact.value, escapeAmpLtGt, MAX_FIELD_LENGTH - label.length - 3);
    return { type: 'mrkdwn', text: `*${label}*\n${value}`, verbatim: true };
  });
  const count = Math.ceil(fields.length / MAX_FIELDS_PER_SECTION);
  return Array.from({ length: count }, (_, index) => ({
    type: 'section',
    fields: fields.slice(index * MAX_FIELDS_PER_SECTION, (index + 1) * MAX_FIELDS_PER_SECTION),
  }));
}

function lineSection(message: Message) {
  if (message.lines.length === 0) return [];
  const lines = message.lines.map((line) => `• ${fitEscaped(oneLine(line), escapeAmpLtGt, MAX_FIELD_LENGTH)}`);
  return [section(fitLines(lines, MAX_SECTION_LENGTH, CHANNEL_WORDS[message.language].more))];
}

function outputSections(message: Message) {
  const output = plainOutput(message.outputTail ?? '');
  if (output === '') return [];
  const label = outputLabel(message);
  const fence = '```';
  // Three backquotes in the output would end the block early; a zero-width space keeps them apart.
  const body = fitEscaped(
    output.replaceAll('`', '`\u200b'),
    escapeAmpLtGt,
    MAX_SECTION_LENGTH - 2 * fence.length - 2,
    'tail',
  );
  return [section(`*${label}*`), section(`${fence}\n${body}\n${fence}`)];
}

function linkSection(links: readonly Link[]) {
  if (links.length === 0) return [];
  const parts = links.slice(0, MAX_LINKS).map(({ label, url }) => {
    const words = fitEscaped(oneLine(label).replaceAll('|', '¦'), escapeAmpLtGt, MAX_LABEL_LENGTH);
    return `<${escapeAmpLtGt(url.replaceAll('|', '%7C'))}|${words}>`;
  });
  return [section(joinWithin(parts, ' · ', MAX_SECTION_LENGTH))];
}
