import type { Link, Message } from '../../message.ts';
import { cutText, fitEscaped, fitLines, joinWithin, oneLine, plainOutput } from '../shared/text.ts';
import { CHANNEL_WORDS, outputLabel } from '../shared/words.ts';

export const MAX_CONTENT_LENGTH = 2_000;
export const MAX_DESCRIPTION_LENGTH = 4_096;
export const MAX_FIELDS = 25;
export const MAX_FIELD_NAME_LENGTH = 256;
export const MAX_FIELD_VALUE_LENGTH = 1_024;
/** All texts of all embeds together. */
export const MAX_EMBED_LENGTH = 6_000;
/** Room that facts may take of the whole; the rest is the story's. */
const MAX_FACTS_LENGTH = 3_000;
const MAX_LINKS = 10;
/** Below this the end of an output says nothing any more. */
const MIN_OUTPUT_LENGTH = 40;

const COLOURS: Readonly<Record<Message['tone'], number>> = {
  down: 0xb3261e,
  up: 0x2e7d4f,
  warning: 0xa86a00,
  info: 0x2f5d8a,
};

interface Field {
  readonly name: string;
  readonly value: string;
  readonly inline: boolean;
}

export interface DiscordPayload {
  readonly content: string;
  readonly embeds?: readonly { description: string; color: number; fields: readonly Field[] }[];
  /** Nobody is pinged, whatever a job prints. */
  readonly allowed_mentions: { readonly parse: readonly [] };
}

/** The message as Discord takes it: the title as content, which phones preview, the rest as one embed. */
export function renderDiscord(message: Message): DiscordPayload {
  const fields = renderFields(message);
  const used = fields.reduce((sum, field) => sum + field.name.length + field.value.length, 0);
  const room = Math.min(MAX_DESCRIPTION_LENGTH, MAX_EMBED_LENGTH - used);
  const embed = { description: renderDescription(message, room), color: COLOURS[message.tone], fields };
  const content = fitEscaped(oneLine(message.title), escapeDiscord, MAX_CONTENT_LENGTH);
  return { content, embeds: [embed], allowed_mentions: { parse: [] } };
}

/** Title and sentence only, for when the embed was refused. */
export function renderDiscordPlain(message: Message): DiscordPayload {
  const text = `${oneLine(message.title)}\n${message.sentence}`;
  return { content: fitEscaped(text, escapeDiscord, MAX_CONTENT_LENGTH), allowed_mentions: { parse: [] } };
}

/** Takes the meaning from everything that Discord's Markdown gives one. */
export function escapeDiscord(text: string): string {
  return text.replace(/[\\*_~`|[\]<]|^(?=[#>-])/gm, '\\$&');
}

function renderFields(message: Message): Field[] {
  const fields: Field[] = [];
  let size = 0;
  for (const fact of message.facts.slice(0, MAX_FIELDS)) {
    const name = fitEscaped(oneLine(fact.label), escapeDiscord, MAX_FIELD_NAME_LENGTH);
    const value = fitEscaped(fact.value, escapeDiscord, MAX_FIELD_VALUE_LENGTH);
    size += name.length + value.length;
    if (size > MAX_FACTS_LENGTH) break;
    // Discord refuses a field without words.
    if (name.trim() !== '' && value.trim() !== '') fields.push({ name, value, inline: value.length <= 40 });
  }
  return fields;
}

/** Sentence, lines and links as far as they fit; what is left of the room is for the end of the output. */
function renderDescription(message: Message, room: number): string {
  const links = renderLinks(message.links);
  const sentence = fitEscaped(message.sentence, escapeDiscord, Math.min(2_000, room - links.length - 1));
  let left = room - sentence.length - links.length - 2;
  const lines = fitLines(
    message.lines.map((line) => `• ${escapeDiscord(oneLine(line))}`),
    Math.max(0, left - 1),
    CHANNEL_WORDS[message.language].more,
  );
  left -= lines.length + 1;
  const output = renderOutput(message, left);
  return [sentence, lines, output, links].filter((part) => part !== '').join('\n');
}

function renderOutput(message: Message, room: number): string {
  const text = plainOutput(message.outputTail ?? '').replaceAll('```', "'''");
  const fence = '```';
  // Under an alarm it needs no words; under a recovery it would look like the output of the run that went well.
  const label = message.outputOf !== undefined ? `${outputLabel(message)}:\n` : '';
  const budget = room - 2 * fence.length - 3 - label.length;
  if (text === '' || budget < MIN_OUTPUT_LENGTH) return '';
  return `${label}${fence}\n${cutText(text, budget, 'tail')}\n${fence}`;
}

function renderLinks(links: readonly Link[]): string {
  const parts = links.slice(0, MAX_LINKS).map(({ label, url }) => {
    const safeUrl = url.replaceAll('(', '%28').replaceAll(')', '%29').replaceAll(' ', '%20');
    return `[${escapeDiscord(oneLine(label))}](${safeUrl})`;
  });
  return joinWithin(parts, ' · ', MAX_CONTENT_LENGTH);
}
