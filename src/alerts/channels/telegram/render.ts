import type { Message } from '../../message.ts';
import { cutText, escapeHtml, fitLines, joinWithin, oneLine, plainOutput } from '../shared/text.ts';
import { CHANNEL_WORDS, outputLabel } from '../shared/words.ts';

/** What Telegram takes, counted after its entities were parsed, in UTF-16 units. */
export const MAX_TEXT_LENGTH = 4_096;
/** No part alone may fill the message: the facts and the links have to find room as well. */
const MAX_SENTENCE_LENGTH = 1_500;
const MAX_FACTS_LENGTH = 1_000;
const MAX_FACT_LENGTH = 300;
const MAX_LINKS_LENGTH = 200;
const MAX_LINKS = 5;
/** Below this the end of an output says nothing any more. */
const MIN_OUTPUT_LENGTH = 40;

/** A piece of the message: what a reader sees (that is what counts), and how it is written. */
interface Part {
  readonly plain: string;
  readonly html: string;
}

/** The message as HTML for Telegram: when it is too long the output goes first, then the lines. */
export function renderTelegramHtml(message: Message): string {
  return parts(message)
    .map((part) => part.html)
    .join('\n');
}

/** The same without mark-up, links written out; for when the mark-up was refused. */
export function renderTelegramPlain(message: Message): string {
  const links = message.links.slice(0, MAX_LINKS).map(({ url }) => url);
  const whole = [...parts(message).map((part) => part.plain), ...links].join('\n');
  return cutText(whole, MAX_TEXT_LENGTH);
}

function parts(message: Message): Part[] {
  const title = bold(oneLine(message.title));
  const sentence = text(cutText(message.sentence, MAX_SENTENCE_LENGTH));
  const facts = joinWithin(
    message.facts.map(({ label, value }) => cutText(`${oneLine(label)}: ${oneLine(value)}`, MAX_FACT_LENGTH)),
    '\n',
    MAX_FACTS_LENGTH,
  );
  const links = renderLinks(message);
  const fixed = [title, sentence, text(facts), links];
  let left = MAX_TEXT_LENGTH - fixed.reduce((sum, part) => sum + part.plain.length + 1, 0);
  const lines = fitLines(
    message.lines.map((line) => `• ${oneLine(line)}`),
    left - 1,
    CHANNEL_WORDS[message.language].more,
  );
  left -= lines.length + 1;
  const output = renderOutput(message, left);
  return [title, sentence, text(facts), text(lines), output, links].filter((part) => part.plain !== '');
}

function text(plain: string): Part {
  return { plain, html: escapeHtml(plain) };
}

function bold(plain: string): Part {
  return { plain, html: `<b>${escapeHtml(plain)}</b>` };
}

function renderOutput(message: Message, room: number): Part {
  const output = plainOutput(message.outputTail ?? '');
  if (output === '' || room < MIN_OUTPUT_LENGTH) return text('');
  // Under an alarm it needs no words; under a recovery it would look like the output of the run that went well.
  const label = message.outputOf !== undefined ? `${outputLabel(message)}:\n` : '';
  const plain = cutText(output, room - 1 - label.length, 'tail');
  return { plain: `${label}${plain}`, html: `${label}<pre>${escapeHtml(plain)}</pre>` };
}

function renderLinks(message: Message): Part {
  const links = message.links.slice(0, MAX_LINKS).map(({ label, url }) => ({ label: oneLine(label), url }));
  const plain = joinWithin(
    links.map(({ label }) => label),
    ' · ',
    MAX_LINKS_LENGTH,
  );
  if (plain.length < links.map(({ label }) => label).join(' · ').length) return text('');
  return {
    plain,
    html: links.map(({ label, url }) => `<a href="${escapeHtml(url)}">${escapeHtml(label)}</a>`).join(' · '),
  };
}
