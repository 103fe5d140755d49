/*
 * Names and slugs for what is found on a host. A name is shown to everybody who sees the monitor, so only the parts of
 * a command that say what runs get into it: never the value of an option, an address or anything that looks like a key.
 */
import { createHash } from 'node:crypto';
import { slugFault } from '../../core/ping-names.ts';

const MAX_NAME_CHARACTERS = 100;
const MAX_SLUG_BASE = 80;
/** Words of a command that a name has at the most. */
const MAX_WORDS = 4;
const HASH_CHARACTERS = 6;

/** They prepare the ground for a job, and are none. */
const PREPARING = new Set([
  'cd',
  'test',
  '[',
  '[[',
  'sleep',
  '.',
  'source',
  'export',
  'set',
  'umask',
  'ulimit',
  'mkdir',
]);
/** They run the program that follows their options. */
const RUNNERS = new Set([
  ...['sudo', 'nice', 'ionice', 'nohup', 'time', 'env', 'exec', 'setsid', 'chronic', 'cronic', 'command', 'doas', 'if'],
  ...['{', '(', '!', 'stdbuf', 'chrt', 'systemd-cat'],
]);
/** They take one word of their own before the program. */
const RUNNERS_WITH_WORD = new Set(['timeout', 'flock', 'runlock']);
const INTERPRETERS = /^(sh|bash|dash|zsh|ksh|python[\d.]*|php[\d.]*|perl|ruby|node|java)$/;
const PLAIN_WORD = /^[A-Za-z][\w.:+-]{0,23}$/;
/** Numbers and letters all mixed up, or long: more likely a key than a word. */
const LOOKS_SECRET = /\d{5,}|[0-9a-f]{12,}|[A-Z0-9]{10,}/;
const SECRET_ARGUMENT = /(\D*\d){3}|[a-z]\d+[a-z]|pass|secret|token|key/i;

const baseName = (path: string) => path.slice(path.lastIndexOf('/') + 1);
const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
const withoutQuotes = (word: string) => word.replace(/^["'({]+|["')};]+$/g, '');

/** The commands that a line of shell consists of, roughly, each as words without quotes and without redirections. */
function segments(text: string): string[][] {
  return text
    .replace(/\d*(>>?|<)(&\d|[ \t]*[^\s;&|]+)/g, ' ')
    .split(/&&|\|\||[;|&\n]/)
    .map((part) => part.split(/\s+/).map(withoutQuotes).filter(Boolean))
    .map(skipToProgram)
    .filter((words) => words.length > 0);
}

function skipToProgram(words: readonly string[]): string[] {
  let at = 0;
  let skipNext = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const isOwnWord = skipNext > 0 && !word.startsWith('-');
    if (isOwnWord) skipNext -= 1;
    else if (RUNNERS_WITH_WORD.has(baseName(word))) skipNext = 1;
    else if (!/^\w+=|^-|^\d+$/.test(word) && !RUNNERS.has(baseName(word))) break;
  }
  return words.slice(at);
}

const isNamable = (word: string) => PLAIN_WORD.test(word) && !LOOKS_SECRET.test(word) && !SECRET_ARGUMENT.test(word);

/** What an interpreter runs is what people call the job. */
function programWords(words: readonly string[]): string[] {
  const [first = '', ...rest] = words;
  const program = baseName(first);
  const script = INTERPRETERS.test(program) ? rest.findIndex((word) => !word.startsWith('-')) : -1;
  const told = script >= 0 && !/^-\w*[ce]/.test(rest[script - 1] ?? '') ? rest[script] : undefined;
  return told === undefined ? [program, ...rest] : [baseName(told), ...rest.slice(script + 1)];
}

/** `curl https://user:secret@example.com/x?key=1` tells its host and nothing else. */
function hostOf(words: readonly string[]): string | null {
  const url = words.map((word) => word.replace(/^["']/, '')).find((word) => /^https?:\/\//.test(word));
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : null;
}

/** A name for what a line of shell (latin1) does, without its secrets. */
export function nameOfCommand(text: string): string {
  const all = segments(text);
  const words = all.find(([first = '']) => !PREPARING.has(first)) ?? all[0] ?? ['job'];
  const [program = 'job', ...rest] = programWords(words);
  const shown = [/^[\w.:+-]{1,60}$/.test(program) && !LOOKS_SECRET.test(program) ? program : 'job'];
  // Behind the first option nobody knows which words are values.
  for (const word of rest) {
    const plain = word.startsWith('/') ? baseName(word) : word;
    if (shown.length >= MAX_WORDS || !isNamable(plain)) break;
    shown.push(plain);
  }
  const host = shown.length === 1 ? hostOf(rest) : null;
  return shown
    .concat(host ?? [])
    .join(' ')
    .slice(0, MAX_NAME_CHARACTERS);
}

/** A name that a person wrote (latin1 of its bytes): one line, of a length that monitors may have. */
export function nameOfHint(hint: string): string {
  const plain = utf8(hint)
    .replaceAll(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return [...plain].slice(0, MAX_NAME_CHARACTERS).join('').slice(0, MAX_NAME_CHARACTERS);
}

/** What distinguishes a job from others of its name, the same in every scan. */
export function fingerprint(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\n'), 'latin1').digest('hex').slice(0, HASH_CHARACTERS);
}

/** A slug of the host's name and the job's; with `mark` where the two are not enough. */
export function slugOf(host: string, name: string, mark: string | null): string {
  const plain = `${host}-${name}`
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, MAX_SLUG_BASE)
    .replace(/-+$/, '');
  const base = plain === '' ? 'job' : plain;
  const slug = mark === null ? base : `${base}-${mark}`;
  return slugFault(slug) === null ? slug : `job-${slug}`;
}

export interface Named {
  readonly name: string;
  readonly mark: string;
}

/**
 * Slugs for all jobs of a host, in their order. Names that occur more than once, or whose slug is taken, get their mark;
 * twins in all respects are numbered.
 */
export function slugsFor(host: string, jobs: readonly Named[], taken: ReadonlySet<string>): string[] {
  const plain = jobs.map(({ name }) => slugOf(host, name, null));
  const used = new Set(taken);
  return jobs.map(({ name, mark }, index) => {
    const base = plain[index] ?? '';
    const isAlone = plain.filter((other) => other === base).length === 1 && !used.has(base);
    let slug = isAlone ? base : slugOf(host, name, mark);
    for (let number = 2; used.has(slug); number += 1) slug = slugOf(host, name, `${mark}-${number}`);
    used.add(slug);
    return slug;
  });
}
