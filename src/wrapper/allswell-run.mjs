#!/usr/bin/env node
/**
 * allswell-run MONITOR [options] -- command [arguments]
 *
 * Runs a job and tells allswell about it: when it started, how it ended, the last lines of what it said. One rule stands
 * above everything in this file: watching never delays, fails or kills the job. So the job is started first, before the
 * network is touched or a file is read that could stall; whatever goes wrong with the reports is one line on stderr; the
 * exit code is the job's own. What could not be told is kept on disk and told by the next run.
 *
 * One file without dependencies for Node.js 18 and newer, so that it can be copied to any host.
 */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';

/** Where reports go when nothing else says so. A server fills in its own address when it hands this file out. */
const DEFAULT_PING_URL = '';
const FALLBACK_PING_URL = 'http://localhost:8080';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'];
const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGUSR1: 10, SIGUSR2: 12, SIGTERM: 15 };
const EXIT = { misused: 2, locked: 75, timedOut: 124, ourselves: 125, notExecutable: 126, notFound: 127 };

/** After SIGTERM or the time limit, before SIGKILL. */
const DEFAULT_KILL_AFTER_MS = 10_000;
/** How long the end of a job may be held up by reports that do not get through. */
const BUDGET_MS = 5_000;
/** One request, while the job runs. */
const ATTEMPT_MS = 10_000;
const RETRY_DELAYS_MS = [1_000, 3_000, 9_000];
/** The server may ask for a longer pause; never longer than this. */
const MAX_RETRY_AFTER_MS = 30_000;
const RETRY_JITTER = 0.2;
const MAX_REDIRECTS = 3;
/** An event that is told later than this says when it happened. */
const LATE_AFTER_MS = 2_000;
/** After the job's end, for output that is still on its way. */
const LINGER_MS = 300;

/** What is sent of the output, unless the server's Ping-Body-Limit says otherwise; and what is remembered until then. */
const DEFAULT_BODY_BYTES = 64_000;
const MAX_BODY_BYTES = 1_000_000;
const PAGE_BYTES = 8_192;
const MAX_METRICS = 50;
const METRIC_WORD = 'allswell:metric ';
const MAX_METRIC_LINE = 256;
/** One --redact pattern that takes longer than this is given up, and with it the output. */
const REDACT_WITHIN_MS = 1_000;

const SPOOL_BYTES = 10_000_000;
const SPOOL_AGE_MS = 7 * 86_400_000;
/** A record that somebody took to send and did not bring back belongs to everybody again. */
const CLAIM_MS = 120_000;
const MAX_SECRET_BYTES = 4_096;
const MAX_TIMER_MS = 2_147_483_647;
const MAX_FREE_PIPES = 16;
/** The peak memory is read soon after the start, then ever more rarely. */
const SAMPLE_FROM_MS = 200;
const SAMPLE_UP_TO_MS = 10_000;
const MAX_SAMPLED_PROCESSES = 64;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const SLUG = /^[a-z0-9_-]{1,100}$/;
const KEY = /^[A-Za-z0-9_-]{6,64}$/;

const USAGE = `usage: allswell run MONITOR [options] -- command [arguments]

Runs the command and reports its start, its end and the last of its output. The exit code is the command's.
MONITOR is a ping URL, a key, or a slug (with the team's ping key in ALLSWELL_PING_KEY); env:NAME and file:PATH
name a place where it stands, so that it does not show in the list of processes.

  --timeout 2h         end the job after that long (exit code ${EXIT.timedOut})
  --kill-after 10s     SIGKILL this long after SIGTERM or the time limit
  --ok-codes 0,2       exit codes that are a success
  --lock[=NAME]        only one job of that name at a time (default: the monitor's)
  --if-locked MODE     skip (default), wait=30s, or fail
  --jitter 60s         wait a random time before the start
  --nice 10            lower the priority
  --shell              the command is one line for /bin/sh
  --no-output          send no output; it is not even looked at
  --redact REGEX       hide what matches in the output that is sent (may be repeated)
  --create             make the monitor on first use, with:
    --schedule '0 2 * * *'  --tz Europe/Berlin  --period 1d  --grace 10m  --max-run 2h  --name TEXT
  --strict             refuse to run with a mistake in this line or without a place to report to,
                       and exit ${EXIT.ourselves} when the end of a good run could not be reported

Environment: ALLSWELL_PING_URL (or ALLSWELL_URL), ALLSWELL_PING_KEY (its value, or file:PATH); the same names in
~/.config/allswell/config, /etc/allswell/run-UID.conf (your number) or /etc/allswell/run.conf (mode 0600).
The job sees ALLSWELL_RUN_ID and ALLSWELL_MONITOR.
`;

// ---------------------------------------------------------------------------------------------------------------------
// Saying things

/** One line on stderr. That stderr is closed or full must not matter to the job. */
function note(text) {
  try {
    fs.writeSync(2, `allswell: ${text}\n`);
  } catch {
    return false;
  }
  return true;
}

/** Trouble with reporting is said once per run, however often it happens. */
let complained = false;
function complain(text) {
  if (!complained) note(text);
  complained = true;
}

const codeOf = (error) => (error instanceof Error && typeof error.code === 'string' ? error.code : String(error));
const monotonic = () => performance.now();

/** Resolves after `ms`. */
function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.min(ms, MAX_TIMER_MS));
  });
}

// ---------------------------------------------------------------------------------------------------------------------
// The command line. Nothing in it keeps the job from running: a mistake is remembered, said, and otherwise left out.

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90`, `90s`, `5m`, `1h30m`, `2d` as milliseconds; undefined when it is none of these. */
function readDuration(text) {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  if (!/^(\d{1,9}(ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, count, unit] of text.matchAll(/(\d+)(ms|[smhd])/g)) total += Number(count) * UNIT_MS[unit];
  return total;
}

const wholeNumber = (text) => (/^-?\d{1,3}$/.test(text) ? Number(text) : undefined);

function readCodes(text) {
  const codes = text.split(',').map((word) => (/^\d{1,3}$/.test(word.trim()) ? Number(word) : 256));
  return codes.every((code) => code <= 255) ? codes : undefined;
}

/** What to do when another run holds the lock; `waitMs` only for `wait`. */
function readLockMode(text) {
  if (text === 'skip' || text === 'fail') return { mode: text };
  const waitMs = text.startsWith('wait=') ? readDuration(text.slice(5)) : undefined;
  return waitMs === undefined ? undefined : { mode: 'wait', waitMs };
}

const text = (word) => word;
const FLAG = null;
const DURATION = [readDuration, 'a time such as 90s, 5m or 2h'];
const OPTIONS = {
  create: FLAG,
  schedule: [text],
  tz: [text],
  name: [text],
  period: DURATION,
  grace: DURATION,
  'max-run': DURATION,
  timeout: DURATION,
  'kill-after': DURATION,
  jitter: DURATION,
  nice: [wholeNumber, 'a whole number'],
  'ok-codes': [readCodes, 'exit codes such as 0,2'],
  lock: [text],
  'if-locked': [readLockMode, 'skip, wait=30s or fail'],
  'no-output': FLAG,
  redact: [text],
  shell: FLAG,
  strict: FLAG,
  help: FLAG,
  h: FLAG,
};

/** Takes `--name`, `--name=value` or `--name value` at `index`; answers the index of the next word. */
function takeOption(words, index, options, faults) {
  const [, name = '', value] = /^--?([^=]*)(?:=([\s\S]*))?$/.exec(words[index]) ?? [];
  if (!Object.hasOwn(OPTIONS, name)) {
    faults.push(`there is no option --${name}`);
    // Where the command stands behind `--`, a plain word in between can only be the value of what we do not know.
    const hasValue = value === undefined && words.includes('--', index) && !/^--/.test(words[index + 1]);
    return index + (hasValue ? 2 : 1);
  }
  if (OPTIONS[name] === FLAG || (name === 'lock' && value === undefined)) {
    options[name] = true;
    return index + 1;
  }
  const given = value ?? words[index + 1];
  const [read, allowed] = OPTIONS[name];
  const result = given === undefined ? undefined : read(given);
  if (result === undefined) faults.push(`--${name} needs ${allowed ?? 'a value'}`);
  else if (name === 'redact') options.redact = [...(options.redact ?? []), result];
  else options[name] = result;
  return index + (value === undefined ? 2 : 1);
}

/**
 * What the words of the command line ask for: `{ monitor, command, options, faults }`. The command begins behind `--`, or
 * with the first plain word after the monitor. As cron's SHELL (`-c 'the line'`) the monitor is ALLSWELL_MONITOR.
 */
function readArguments(argv, env) {
  const plan = { monitor: undefined, command: [], options: {}, faults: [], asShell: argv[0] === '-c' };
  if (plan.asShell) {
    return { ...plan, monitor: env.ALLSWELL_MONITOR, command: argv.slice(1, 2), options: { shell: true } };
  }
  for (let index = 0; index < argv.length; ) {
    const word = argv[index];
    const isPlain = word === '--' || !/^--?[a-z]/.test(word);
    if (word === '--' || (isPlain && plan.monitor !== undefined)) {
      plan.command = argv.slice(word === '--' ? index + 1 : index);
      break;
    }
    if (isPlain) plan.monitor = argv[index++];
    else index = takeOption(argv, index, plan.options, plan.faults);
  }
  if (plan.monitor === undefined) plan.faults.push('it was not said which monitor this is');
  return plan;
}

/** The program and its arguments. */
function commandOf({ command, options }) {
  return options.shell ? ['/bin/sh', '-c', command.join(' ')] : command;
}

// ---------------------------------------------------------------------------------------------------------------------
// Signals: caught before the job exists, handed to its process group as soon as it does

function catchSignals() {
  const state = { deliver: null, early: [], first: null, onSignal: null };
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      state.first ??= signal;
      if (state.deliver === null) state.early.push(signal);
      else state.deliver(signal);
      state.onSignal?.(signal);
    });
  }
  return state;
}

/** Sends a signal to everything that the job started and that did not leave its group. */
function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    // The group is gone already: nothing to do.
    return false;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Pipes. Node would give the job sockets, on which `echo … > /dev/stderr` fails; a job must not notice that it is
// watched. FIFOs are real pipes; Node cannot make them, so they are made once by mkfifo and used again and again.

/** Our folder in memory, not on a disk that may be full or hang; null when there is none that is ours alone. */
function pipeFolder(env) {
  const folder = `${fs.existsSync('/dev/shm') ? '/dev/shm' : env.TMPDIR || '/tmp'}/allswell-${process.getuid()}`;
  try {
    fs.mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return null;
  }
  const { uid, mode } = fs.lstatSync(folder);
  return uid === process.getuid() && (mode & 0o170077) === 0o040000 ? folder : null;
}

/** Takes a FIFO that an earlier run gave back. */
function claimPipe(folder) {
  for (const name of fs.readdirSync(folder)) {
    if (!name.startsWith('free-')) continue;
    const used = `${folder}/used-${process.pid}-${name.slice(5)}`;
    try {
      fs.renameSync(`${folder}/${name}`, used);
      return used;
    } catch {
      // Another run was faster; the next one, then.
    }
  }
  return null;
}

function makePipes(folder, runId, count) {
  const paths = Array.from({ length: count }, (_, index) => `${folder}/used-${process.pid}-${runId}-${index}`);
  const made = spawnSync('mkfifo', ['-m', '600', ...paths], { stdio: 'ignore', timeout: 1_000 });
  return made.status === 0 ? paths : null;
}

/** Both ends. `spare` is a second reading end, for who goes on reading when we leave. */
function openPipe(path) {
  const read = fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  const write = fs.openSync(path, fs.constants.O_WRONLY);
  return { path, read, write, spare: fs.openSync(path, fs.constants.O_RDONLY) };
}

/** `count` pipes, or null: then the job gets Node's own sockets. */
function takePipes(count, runId, env) {
  try {
    const folder = pipeFolder(env);
    if (folder === null) return null;
    const paths = [];
    for (let path = claimPipe(folder); path !== null; path = paths.length < count ? claimPipe(folder) : null) {
      paths.push(path);
    }
    const missing = count - paths.length;
    const made = missing > 0 ? makePipes(folder, runId, missing) : [];
    return made === null ? null : [...paths, ...made].map(openPipe);
  } catch {
    // No folder, no mkfifo, no room: none of that is the job's business.
    return null;
  }
}

/** A pipe that nobody holds any more is kept for the next run; others, and those of runs that were killed, go. */
function giveBack(pipe, isFree) {
  try {
    const folder = pipe.path.replace(/\/[^/]*$/, '');
    const names = fs.readdirSync(folder);
    const free = names.filter((name) => name.startsWith('free-')).length;
    if (isFree && free < MAX_FREE_PIPES) fs.renameSync(pipe.path, pipe.path.replace(/used-\d+-/, 'free-'));
    else fs.unlinkSync(pipe.path);
    for (const name of names) {
      const owner = /^used-(\d+)-/.exec(name)?.[1];
      if (owner !== undefined && !isAlive(Number(owner))) fs.unlinkSync(`${folder}/${name}`);
    }
  } catch {
    return false;
  }
  return true;
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The job

/** A random id; read from the kernel, because loading a crypto library takes longer than all the rest. */
async function newRunId() {
  try {
    const id = fs.readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
    if (UUID.test(id)) return id;
  } catch {
    // Not Linux.
  }
  return (await import('node:crypto')).randomUUID();
}

/** The streams that are not a terminal are looked at on their way; a terminal stays the job's own. */
function watchedStreams(options) {
  return options['no-output'] ? [] : [1, 2].filter((fd) => !isatty(fd));
}

/**
 * Starts the job. Answers `{ pid, streams, ended, startedAt }`: `streams` are `{ fd, socket, pipe }` of what it says, `ended`
 * resolves with `{ code, signal }`, or with `{ error }` when it could not be started.
 */
function startJob(plan, runId, env, lockFd) {
  const watched = watchedStreams(plan.options);
  const pipes = watched.length > 0 ? takePipes(watched.length, runId, env) : null;
  const stdio = ['inherit', 'inherit', 'inherit', ...(lockFd === null ? [] : [lockFd])];
  watched.forEach((fd, index) => {
    stdio[fd] = pipes === null ? 'pipe' : pipes[index].write;
  });
  const jobEnv = { ...env, ALLSWELL_RUN_ID: runId, ...(plan.monitor ? { ALLSWELL_MONITOR: plan.monitor } : {}) };
  if (plan.asShell) jobEnv.SHELL = '/bin/sh';
  const [program, ...args] = commandOf(plan);
  const startedAt = monotonic();
  const { child, error } = spawnJob(program, args, { stdio, env: jobEnv, detached: true });
  for (const pipe of pipes ?? []) fs.closeSync(pipe.write);
  if (error) {
    for (const pipe of pipes ?? []) giveBack(pipe, false);
    return { pid: null, streams: [], startedAt, ended: Promise.resolve({ error }) };
  }
  const streams = watched.map((fd, index) => streamOf(fd, pipes?.[index] ?? null, child));
  return { pid: child.pid ?? null, streams, startedAt, ended: endOf(child) };
}

function spawnJob(program, args, options) {
  try {
    return { child: spawn(program, args, options) };
  } catch (error) {
    return { error };
  }
}

function streamOf(fd, pipe, child) {
  const socket = pipe === null ? child.stdio[fd] : new Socket({ fd: pipe.read, readable: true, writable: false });
  return { fd, socket, pipe, busy: false, done: false };
}

function endOf(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      if (child.pid === undefined) resolve({ error });
    });
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

/** As a shell would answer and say it. */
function startFailure(error, program) {
  const missing = codeOf(error) === 'ENOENT';
  const reason = missing ? 'not found' : codeOf(error) === 'EACCES' ? 'may not be executed' : codeOf(error);
  return { code: missing ? EXIT.notFound : EXIT.notExecutable, message: `${program}: ${reason}` };
}

// ---------------------------------------------------------------------------------------------------------------------
// Output: passed on as it comes, remembered in part

function write(fd, buffer, offset) {
  return new Promise((resolve, reject) => {
    fs.write(fd, buffer, offset, buffer.length - offset, null, (error, written) =>
      error ? reject(error) : resolve(written),
    );
  });
}

async function writeAll(fd, buffer) {
  for (let offset = 0; offset < buffer.length; ) {
    try {
      offset += await write(fd, buffer, offset);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      // Somebody made this descriptor non-blocking.
      await pause(5);
    }
  }
}

/**
 * Passes a stream on until its end, in the order and the pieces that it comes in, never faster than it is taken. When our
 * own output is closed or its disk is full, the job may go on speaking: nobody hears it, and that is all.
 */
async function passOn(stream, capture) {
  let listener = true;
  stream.socket.on('error', () => stream.socket.destroy());
  try {
    for await (const chunk of stream.socket) {
      stream.busy = true;
      capture.add(stream.fd, chunk);
      if (listener) {
        listener = await writeAll(stream.fd, chunk).then(
          () => true,
          () => false,
        );
      }
      stream.busy = false;
    }
  } catch {
    // The stream broke off: as good as its end.
  }
  stream.busy = false;
  stream.done = true;
}

/**
 * The job is over, and something that it left behind still holds its output. It keeps it: `cat` goes on where we stop.
 */
function handOver(stream) {
  if (stream.pipe === null) return;
  const cat = spawn('cat', [], { stdio: [stream.pipe.spare, stream.fd, 'ignore'], detached: true });
  cat.on('error', () => note('background processes of the job lost their output: there is no cat'));
  cat.unref();
}

/** Waits until everything is passed on, or only processes in the background could say more: those we leave to `cat`. */
async function leave(streams, passing) {
  // Whoever reads us may be slow: the job would have waited for him as well.
  while (streams.some((stream) => !stream.done && stream.busy)) await Promise.race([passing, pause(LINGER_MS)]);
  for (const stream of streams) {
    if (!stream.done) handOver(stream);
    if (stream.pipe !== null) giveBack(stream.pipe, stream.done);
  }
}

/** The end of what was said, in pages: bounded, whatever the job says. Metric lines are found wherever they stand. */
function createCapture() {
  const pages = [];
  const metrics = new Map();
  const rest = { 1: Buffer.alloc(0), 2: Buffer.alloc(0) };
  const capture = { pages, metrics, total: 0, kept: 0 };

  const append = (fd, chunk) => {
    const last = pages.at(-1);
    if (last !== undefined && last.fd === fd && last.used + chunk.length <= last.bytes.length) {
      last.used += chunk.copy(last.bytes, last.used);
    } else {
      const bytes = chunk.length >= PAGE_BYTES ? chunk : Buffer.allocUnsafeSlow(PAGE_BYTES);
      pages.push({ fd, bytes, used: bytes === chunk ? chunk.length : chunk.copy(bytes) });
    }
    capture.kept += chunk.length;
    while (pages.length > 1 && capture.kept - pages[0].used >= MAX_BODY_BYTES) capture.kept -= pages.shift().used;
  };
  const look = (fd, chunk) => {
    const bytes = rest[fd].length === 0 ? chunk : Buffer.concat([rest[fd], chunk]);
    for (let at = bytes.indexOf(METRIC_WORD); at >= 0; at = bytes.indexOf(METRIC_WORD, at + 1)) {
      const end = bytes.indexOf(10, at);
      if (end >= 0) readMetric(metrics, bytes.toString('latin1', at, Math.min(end, at + MAX_METRIC_LINE)));
    }
    const lineStart = bytes.lastIndexOf(10) + 1;
    rest[fd] = Buffer.from(bytes.subarray(Math.max(lineStart, bytes.length - MAX_METRIC_LINE)));
  };
  capture.add = (fd, chunk) => {
    capture.total += chunk.length;
    append(fd, chunk);
    look(fd, chunk);
  };
  capture.finish = () => {
    for (const fd of [1, 2]) look(fd, Buffer.from('\n'));
  };
  return capture;
}

function readMetric(metrics, line) {
  const [, name, value] =
    /^allswell:metric ([A-Za-z_][\w.:-]{0,63})=(-?\d{1,18}(?:\.\d{1,9})?(?:e[+-]?\d{1,3})?)\s*$/.exec(line) ?? [];
  if (name !== undefined && (metrics.has(name) || metrics.size < MAX_METRICS)) metrics.set(name, value);
}

// ---------------------------------------------------------------------------------------------------------------------
// What is sent of the output

const MARKS = { 1: 'out| ', 2: 'err| ' };
const HIDDEN = '[hidden]';

/** Secrets that betray themselves by their form. Each pattern is linear: no repetition stands inside another. */
const MASKS = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, HIDDEN],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, HIDDEN],
  [/\bgh[pousr]_[A-Za-z0-9]{20,255}/g, HIDDEN],
  [/\bgithub_pat_[A-Za-z0-9_]{20,255}/g, HIDDEN],
  [/\bglpat-[A-Za-z0-9_-]{20,}/g, HIDDEN],
  [/\bxox[abeoprs]-[A-Za-z0-9-]{10,}/g, HIDDEN],
  [/(\/ping\/)[A-Za-z0-9_/-]{6,200}/g, `$1${HIDDEN}`],
  [/(hooks\.slack\.com\/services\/)[A-Za-z0-9/]+/g, `$1${HIDDEN}`],
  [/\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}/g, HIDDEN],
  [/\bsk-[A-Za-z0-9_-]{20,}/g, HIDDEN],
  [/\bAIza[A-Za-z0-9_-]{35}/g, HIDDEN],
  [/\bnpm_[A-Za-z0-9]{36}\b/g, HIDDEN],
  [/\b\d{8,10}:[A-Za-z0-9_-]{35}\b/g, HIDDEN],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g, HIDDEN],
  [/(:\/\/[^\s:/@]{1,100}:)[^\s@/]{1,300}@/g, `$1${HIDDEN}@`],
  [/\b((?:bearer|basic) )[A-Za-z0-9._~+/=-]{8,}/gi, `$1${HIDDEN}`],
  [
    /((?:password|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)["']?\s{0,3}[:=]\s{0,3}["']?)[^\s"',;&]{3,}/gi,
    `$1${HIDDEN}`,
  ],
];
const SECRET_NAME = /PASS|SECRET|TOKEN|API_?KEY|PING_KEY|CREDENTIAL|PRIVATE/i;
const MIN_SECRET_CHARACTERS = 8;

/** What the environment calls a secret is one, whatever it looks like. */
function secretsOf(env) {
  return Object.entries(env)
    .filter(([name, value]) => SECRET_NAME.test(name) && value && value.length >= MIN_SECRET_CHARACTERS)
    .map(([, value]) => value);
}

function hideSecrets(text, env) {
  let hidden = text;
  for (const secret of secretsOf(env)) hidden = hidden.replaceAll(secret, HIDDEN);
  for (const [pattern, replacement] of MASKS) hidden = hidden.replace(pattern, replacement);
  return hidden;
}

/** Somebody else's patterns may take for ever: they get a time limit. Throws where they are wrong or too slow. */
async function redact(text, patterns) {
  if (patterns.length === 0) return text;
  const { runInNewContext } = await import('node:vm');
  const script = 'patterns.reduce((rest, pattern) => rest.replace(new RegExp(pattern, "gmu"), hidden), text)';
  return runInNewContext(script, { text, patterns, hidden: HIDDEN }, { timeout: REDACT_WITHIN_MS });
}

/** Puts the pages together to lines, each with the mark of its stream, in the order in which they were finished. */
function linesOf(capture) {
  const open = { 1: [], 2: [] };
  const lines = [];
  const finish = (fd) => {
    const line = Buffer.concat(open[fd]).toString('utf8').replace(/\r$/, '');
    lines.push(MARKS[fd] + line);
    open[fd] = [];
  };
  for (const { fd, bytes, used } of capture.pages) {
    let from = 0;
    for (let at = bytes.indexOf(10); at >= 0 && at < used; at = bytes.indexOf(10, from)) {
      open[fd].push(bytes.subarray(from, at));
      finish(fd);
      from = at + 1;
    }
    if (from < used) open[fd].push(bytes.subarray(from, used));
  }
  for (const fd of [1, 2]) if (open[fd].length > 0) finish(fd);
  return lines;
}

/** The last `limit` bytes of a text, beginning with a whole character, and with a whole line if there is one. */
function lastBytes(text, limit) {
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let from = bytes.length - limit;
  while (from < bytes.length && (bytes[from] & 0xc0) === 0x80) from += 1;
  const line = bytes.indexOf(10, from) + 1;
  return bytes.toString('utf8', line > 0 && line < bytes.length ? line : from);
}

function sizeInWords(bytes) {
  if (bytes < 1_000) return `${bytes} B`;
  return bytes < 10_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${Math.round(bytes / 1_000_000)} MB`;
}

/** The output as it is sent: hidden what is to be hidden, then cut at the front. */
async function tailOf(capture, limit, options, env) {
  if (capture.total === 0) return '';
  const lines = linesOf(capture);
  // The first line may have lost its beginning, and with it what would tell a secret.
  if (capture.total > capture.kept && lines.length > 1) lines.shift();
  let whole = `${lines.join('\n')}\n`;
  try {
    whole = await redact(hideSecrets(whole, env), options.redact ?? []);
  } catch (error) {
    note(`the output is not sent, --redact failed: ${error instanceof Error ? error.message : error}`);
    return '(output withheld: --redact failed)\n';
  }
  const forgotten = capture.total - capture.kept;
  if (forgotten === 0 && Buffer.byteLength(whole) <= limit) return whole;
  const tail = lastBytes(whole, Math.max(0, limit - 40));
  const cut = forgotten + Buffer.byteLength(whole) - Buffer.byteLength(tail);
  return `… ${sizeInWords(cut)} cut …\n${tail}`;
}

function secondsInWords(ms) {
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** Figures first: when the body is cut it is cut in the output, and its last lines are what people want to see. */
async function bodyOf({ sentence, figures, capture, limit, options, env }) {
  const metrics = [...Object.entries(figures), ...capture.metrics].filter(([, value]) => value !== null);
  const head = [sentence, ...metrics.map(([name, value]) => `${METRIC_WORD}${name}=${value}`)].join('\n');
  const left = limit - Buffer.byteLength(head) - 1;
  if (left < 100) return lastBytes(sentence, limit);
  return `${head}\n${await tailOf(capture, left, options, env)}`;
}

// ---------------------------------------------------------------------------------------------------------------------
// Figures: what the job took

const TICKS_PER_SECOND = 100;

/** Time in milliseconds that our ended children spent, as the kernel counts it; nulls where it does not say. */
function cpuOfChildren() {
  try {
    const fields = fs
      .readFileSync('/proc/self/stat', 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    const inMs = (ticks) => Math.round((Number(ticks) * 1_000) / TICKS_PER_SECOND);
    return { cpu_user_ms: inMs(fields[13]), cpu_system_ms: inMs(fields[14]) };
  } catch {
    return { cpu_user_ms: null, cpu_system_ms: null };
  }
}

async function readOrNothing(path) {
  return fs.promises.readFile(path, 'latin1').catch(() => '');
}

/** The largest peak memory (kB) among the job's process and what it started. */
async function peakMemory(pid) {
  const pids = [pid];
  let peak = 0;
  for (let index = 0; index < pids.length && index < MAX_SAMPLED_PROCESSES; index += 1) {
    const status = await readOrNothing(`/proc/${pids[index]}/status`);
    peak = Math.max(peak, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
    const children = await readOrNothing(`/proc/${pids[index]}/task/${pids[index]}/children`);
    pids.push(...children.split(' ').filter(Boolean).map(Number));
  }
  return peak;
}

/** Looks at the job's memory now and then; what it took in its very last moments is not seen. */
function watchMemory(pid) {
  const state = { peak: 0, stop: false };
  const look = async (delayMs) => {
    await pause(delayMs);
    if (state.stop) return;
    state.peak = Math.max(state.peak, await peakMemory(pid));
    look(Math.min(delayMs * 2, SAMPLE_UP_TO_MS)).catch(() => undefined);
  };
  look(SAMPLE_FROM_MS).catch(() => undefined);
  return state;
}

// ---------------------------------------------------------------------------------------------------------------------
// Where reports go

const homeOf = (env) => env.HOME || '/';
const stateFolder = (env) => `${env.XDG_STATE_HOME || `${homeOf(env)}/.local/state`}/allswell`;

/** A value that may stand elsewhere: `file:PATH` and, for monitors, `env:NAME`. */
async function secretValue(given, env) {
  if (given?.startsWith('env:')) return secretValue(env[given.slice(4)] ?? fault(`${given.slice(4)} is not set`), env);
  if (!given?.startsWith('file:')) return given?.trim();
  const path = given.slice(5);
  const content = await fs.promises.readFile(path, 'utf8').catch((error) => fault(`${path}: ${codeOf(error)}`));
  return content.slice(0, MAX_SECRET_BYTES).trim();
}

class Fault extends Error {}
function fault(message) {
  throw new Fault(message);
}

const SETTING = /^\s*(?:export\s+)?(ALLSWELL_[A-Z_]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|(.*?))\s*$/;

/** Settings from the first file that is there. It may hold the ping key, so it must be nobody else's to read. */
async function readSettings(env) {
  const own = `${env.XDG_CONFIG_HOME || `${homeOf(env)}/.config`}/allswell/config`;
  const shared = [`/etc/allswell/run-${process.getuid()}.conf`, '/etc/allswell/run.conf'];
  for (const path of env.ALLSWELL_CONFIG ? [env.ALLSWELL_CONFIG] : [own, ...shared]) {
    const found = await fs.promises.stat(path).catch(() => null);
    if (found === null) continue;
    if ((found.mode & 0o077) !== 0) fault(`${path} is left aside, others may read it (chmod 600 it)`);
    const content = await fs.promises.readFile(path, 'utf8').catch((error) => fault(`${path}: ${codeOf(error)}`));
    const pairs = content.split('\n').map((line) => SETTING.exec(line));
    return Object.fromEntries(
      pairs.filter(Boolean).map(([, name, ...value]) => [name, value.find((v) => v !== undefined)]),
    );
  }
  return {};
}

/** The ping URL of the monitor, without a slash at its end. Throws a Fault that says what is missing. */
async function findPingUrl(plan, env) {
  const monitor = await secretValue(plan.monitor, env);
  if (!monitor) fault('it was not said which monitor this is');
  if (/^https?:\/\//.test(monitor)) return checkedUrl(monitor);
  const [settings, problem] = await readSettings(env).then(
    (found) => [found, null],
    (error) => [{}, error],
  );
  const all = { ...settings, ...Object.fromEntries(Object.entries(env).filter(([, value]) => value)) };
  const base = all.ALLSWELL_PING_URL || all.ALLSWELL_URL || DEFAULT_PING_URL || FALLBACK_PING_URL;
  const teamKey = await secretValue(all.ALLSWELL_PING_KEY, env);
  const path = pingPath(monitor, teamKey, plan.options.create === true, problem);
  return checkedUrl(`${base.replace(/\/+$/, '')}/ping/${path}`);
}

/** With the team's ping key a name is a slug; without it, or where it looks like one, a key. */
function pingPath(monitor, teamKey, mustBeSlug, problem) {
  const isSlug = SLUG.test(monitor) && !UUID.test(monitor);
  if (teamKey && KEY.test(teamKey) && (isSlug || mustBeSlug)) return `${teamKey}/${encodeURIComponent(monitor)}`;
  if (KEY.test(monitor) && !mustBeSlug && problem === null) return monitor;
  if (problem instanceof Fault) throw problem;
  return fault(`${monitor.slice(0, 100)}: a name needs the team's ping key in ALLSWELL_PING_KEY`);
}

function checkedUrl(text) {
  try {
    const url = new URL(text);
    url.hash = '';
    url.pathname = url.pathname.replace(/\/+$/, '');
    return url;
  } catch {
    return fault(`${text.slice(0, 100)} is not an address`);
  }
}

/** What `?create=1` needs to know (RULES §6), with the monitor's own ways of saying it. */
function createParameters(options) {
  if (!options.create) return {};
  const seconds = (ms) => (ms === undefined ? undefined : String(Math.round(ms / 1_000)));
  const timezone = options.tz ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  const given = {
    create: '1',
    kind: 'process',
    name: options.name,
    cron: options.schedule,
    tz: options.schedule === undefined ? undefined : timezone,
    period: options.schedule === undefined ? seconds(options.period) : undefined,
    start_grace: seconds(options.grace),
    max_run: seconds(options['max-run']),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** The address for one event: the suffix behind the path, everything else in the query. */
function eventUrl(base, suffix, parameters) {
  const url = new URL(base);
  if (suffix !== '') url.pathname += `/${suffix}`;
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url;
}

// ---------------------------------------------------------------------------------------------------------------------
// Sending

/** Time for reports: without end while the job runs, five seconds after it, none when we are told to go. */
function createBudget() {
  const budget = { endsAt: Number.POSITIVE_INFINITY, changed: null, announce: null };
  const renew = () => {
    budget.changed = new Promise((resolve) => {
      budget.announce = resolve;
    });
  };
  renew();
  return {
    left: () => Math.max(0, budget.endsAt - monotonic()),
    isOpen: () => budget.endsAt === Number.POSITIVE_INFINITY,
    limit(ms) {
      budget.endsAt = Math.min(budget.endsAt, monotonic() + ms);
      budget.announce();
      renew();
    },
    changed: () => budget.changed,
  };
}

/** Sleeps; a change of the budget ends the sleep, because waiting any longer may be too long. */
async function sleepWithin(budget, ms) {
  await Promise.race([pause(ms), budget.changed()]);
}

const WORDS = {
  ECONNREFUSED: 'refused the connection',
  ENOTFOUND: 'is not known to DNS',
  EAI_AGAIN: 'is not known to DNS',
  ETIMEDOUT: 'did not answer in time',
};

/**
 * Addresses of a host. Node asks the system in threads, and cannot end before they do; a name server that does not answer
 * would hold us for as long as it likes. `getent` asks the same system and can be killed.
 */
function addressesOf(hostname) {
  return new Promise((resolve, reject) => {
    const asking = spawn('getent', ['ahosts', hostname], { stdio: ['ignore', 'pipe', 'ignore'] });
    const stop = () => asking.kill('SIGKILL');
    process.once('exit', stop);
    let said = '';
    asking.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    asking.once('error', reject);
    asking.once('close', () => {
      process.off('exit', stop);
      const addresses = [...new Set(said.split('\n').map((line) => line.split(' ')[0]))].filter(Boolean);
      if (addresses.length > 0)
        resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
      else reject(Object.assign(new Error(hostname), { code: 'ENOTFOUND' }));
    });
  });
}

/** In the form that `http.request` asks for. Where there is no getent, Node's own way. */
function lookup(hostname, options, callback) {
  const ownWay = () => import('node:dns').then(({ lookup: ask }) => ask(hostname, options, callback));
  if (hostname === 'localhost' || hostname.startsWith('-')) return void ownWay();
  addressesOf(hostname).then(
    (found) => (options.all ? callback(null, found) : callback(null, found[0].address, found[0].family)),
    (error) => (codeOf(error) === 'ENOENT' ? ownWay() : callback(error)),
  );
}

/**
 * One POST. Never throws: answers `{ status, text, bodyLimit, retryAfterMs, location }`, or `{ error }` in words. `stop`
 * is a promise that ends it.
 */
async function post(url, headers, body, timeoutMs, stop) {
  const { request } = await import(url.protocol === 'https:' ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    const answer = (result) => {
      clearTimeout(timer);
      resolve(result);
      outgoing?.destroy();
    };
    const timer = setTimeout(() => answer({ error: WORDS.ETIMEDOUT }), timeoutMs);
    let outgoing;
    stop.then(() => answer({ error: WORDS.ETIMEDOUT }));
    try {
      const options = { method: 'POST', headers, agent: false, autoSelectFamily: true, lookup };
      outgoing = request(url, options, (response) => readAnswer(response, answer));
    } catch (error) {
      return answer({ error: codeOf(error) });
    }
    outgoing.on('error', (error) => answer({ error: WORDS[codeOf(error)] ?? codeOf(error) }));
    outgoing.end(body);
  });
}

function readAnswer(response, answer) {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    text = (text + chunk).slice(0, 200);
  });
  response.on('error', () => answer({ error: 'broke off its answer' }));
  response.on('end', () => {
    const { headers } = response;
    const seconds = Number(headers['retry-after'] ?? 0);
    answer({
      status: response.statusCode,
      text: text.split('\n')[0].trim(),
      bodyLimit: Number(headers['ping-body-limit'] ?? Number.NaN),
      retryAfterMs: Number.isFinite(seconds) ? Math.min(seconds * 1_000, MAX_RETRY_AFTER_MS) : 0,
      location: headers.location,
    });
  });
}

async function postFollowing(url, headers, body, timeoutMs, stop) {
  let target = url;
  for (let hops = 0; ; hops += 1) {
    const answer = await post(target, headers, body, timeoutMs, stop);
    const isRedirect = [301, 302, 307, 308].includes(answer.status) && answer.location && hops < MAX_REDIRECTS;
    if (!isRedirect) return answer;
    const next = URL.canParse?.(answer.location, target.href) === false ? null : new URL(answer.location, target);
    if (next === null || !/^https?:$/.test(next.protocol)) return { error: 'sent us nowhere' };
    target = next;
  }
}

const isWorthRetrying = ({ status }) => status === undefined || status === 408 || status === 429 || status >= 500;

/** When something happened, by today's clock: a clock that was set meanwhile does not matter. */
function instantOf(event) {
  return new Date(Date.now() - (monotonic() - event.occurredAt)).toISOString();
}

/** A stop for the request under way: half of what is left once the job has ended, at once when nothing is left. */
function stopFor(budget) {
  let over = false;
  const watch = async () => {
    while (budget.isOpen() && !over) await budget.changed();
    if (!over) await sleepWithin(budget, budget.left() / 2);
  };
  const stop = watch();
  return {
    stop,
    cancel: () => {
      over = true;
    },
  };
}

/** Tells the events of one run in their order; what cannot be told is kept. */
function createReporter({ plan, runId, env, budget }) {
  const spool = createSpool(env);
  const pingUrl = findPingUrl(plan, env);
  pingUrl.catch((error) => complain(`${error instanceof Fault ? error.message : codeOf(error)}; nothing is reported`));
  const create = createParameters(plan.options);
  const state = { bodyLimit: DEFAULT_BODY_BYTES, lost: false };
  let queue = Promise.resolve();

  const attempt = async (base, event) => {
    const age = monotonic() - event.occurredAt;
    const at = age > LATE_AFTER_MS ? { at: instantOf(event) } : {};
    const url = eventUrl(base, event.suffix, { ...create, rid: runId, ...at });
    const body = typeof event.body === 'function' ? await event.body(state.bodyLimit) : (event.body ?? '');
    const { stop, cancel } = stopFor(budget);
    const timeoutMs = Math.min(ATTEMPT_MS, budget.left());
    const answer = await postFollowing(url, headersOf(event, runId), body, timeoutMs, stop);
    cancel();
    if (answer.bodyLimit >= 0) state.bodyLimit = Math.min(answer.bodyLimit, MAX_BODY_BYTES);
    return answer;
  };

  const keep = async (base, event) => {
    const body = typeof event.body === 'function' ? await event.body(state.bodyLimit) : (event.body ?? '');
    const url = eventUrl(base, event.suffix, { ...create, rid: runId }).href;
    return spool.put({ at: instantOf(event), name: `${runId}-${event.kind}`, url, key: keyOf(runId, event), body });
  };

  const tell = async (event) => {
    const base = await pingUrl.catch(() => null);
    state.lost ||= base === null;
    if (base === null) return;
    let answer;
    for (let tries = 0; tries <= RETRY_DELAYS_MS.length; tries += 1) {
      if (tries > 0 && !(await waitBefore(tries, answer, budget))) break;
      if (budget.left() === 0) break;
      answer = await attempt(base, event);
      if (!isWorthRetrying(answer)) break;
    }
    await settle(base, event, answer);
  };

  const settle = async (base, event, answer) => {
    if (answer !== undefined && !isWorthRetrying(answer)) {
      if (answer.status < 300) return void spool.serverIsThere(base.origin);
      state.lost = true;
      return complain(`${base.origin} did not take the report: ${answer.status} ${answer.text}`);
    }
    const why = answer === undefined ? 'was not reached' : (answer.error ?? `answered ${answer.status}`);
    const kept = await keep(base, event);
    if (kept === true) return complain(`${base.origin} ${why}; the report is kept and sent by the next run`);
    state.lost = true;
    complain(`${base.origin} ${why}, and the report could not be kept: ${kept}`);
  };

  return {
    bodyLimit: () => state.bodyLimit,
    isLost: () => state.lost,
    /** `{ kind, suffix, occurredAt, body }`: body is text, or a function of the body limit. Never rejects. */
    tell(event) {
      queue = queue.then(() => tell(event)).catch((error) => complain(`the report failed: ${codeOf(error)}`));
      return queue;
    },
    /** What earlier runs could not tell; only while the server is there and there is time. */
    flush() {
      const flushed = queue.then(() => spool.flush(budget));
      return flushed.catch((error) => complain(`what was kept could not be sent: ${codeOf(error)}`));
    },
  };
}

const keyOf = (runId, event) => `${runId}:${event.kind}`;

function headersOf(event, runId) {
  return {
    'Content-Type': 'text/plain; charset=utf-8',
    'User-Agent': 'allswell-run',
    'Idempotency-Key': keyOf(runId, event),
  };
}

/** Waits before a retry. False when the pause would outlast the time that is left. */
async function waitBefore(tries, answer, budget) {
  const jitter = 1 + RETRY_JITTER * (2 * Math.random() - 1);
  const delayMs = Math.max(RETRY_DELAYS_MS[tries - 1] * jitter, answer?.retryAfterMs ?? 0);
  if (delayMs >= budget.left()) return false;
  await sleepWithin(budget, delayMs);
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------
// The spool: reports that could not be sent, one small file each, written whole or not at all

const RECORD = /^(\d{13})-[0-9a-f-]{36}-[a-z]+\.json$/;
const CLAIMED = /^claimed-(\d{13})-(.+)$/;

function createSpool(env) {
  const folder = `${stateFolder(env)}/spool`;
  const reachable = new Set();

  /** The records, oldest first, without those that are too old to be of use; what was claimed and left is free again. */
  const list = async () => {
    const names = await fs.promises.readdir(folder).catch(() => []);
    const now = Date.now();
    const records = [];
    for (const name of names) {
      const [, claimedAt, original] = CLAIMED.exec(name) ?? [];
      if (claimedAt !== undefined && Math.abs(now - Number(claimedAt)) > CLAIM_MS) {
        await fs.promises.rename(`${folder}/${name}`, `${folder}/${original}`).catch(() => undefined);
      }
      const [, at] = RECORD.exec(name) ?? [];
      if (at === undefined) continue;
      if (now - Number(at) > SPOOL_AGE_MS) await remove(name);
      else records.push(name);
    }
    return records.sort();
  };
  const remove = (name) => fs.promises.unlink(`${folder}/${name}`).catch(() => undefined);

  /** Makes room for `bytes` by dropping the oldest. */
  const makeRoom = async (bytes) => {
    const sizes = [];
    for (const name of await list()) {
      const found = await fs.promises.stat(`${folder}/${name}`).catch(() => null);
      if (found !== null) sizes.push([name, found.size]);
    }
    let total = sizes.reduce((sum, [, size]) => sum + size, bytes);
    for (const [name, size] of sizes) {
      if (total <= SPOOL_BYTES) break;
      await remove(name);
      total -= size;
    }
  };

  /** True when it is on disk; else why not. */
  const put = async ({ at, name, url, key, body }) => {
    const text = JSON.stringify({ version: 1, url, at, key, body });
    const file = `${Date.parse(at)}-${name}.json`;
    const draft = `${folder}/.${process.pid}-${file}`;
    try {
      await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 });
      await makeRoom(Buffer.byteLength(text));
      await fs.promises.writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
      await fs.promises.rename(draft, `${folder}/${file}`);
      return true;
    } catch (error) {
      await fs.promises.unlink(draft).catch(() => undefined);
      return codeOf(error);
    }
  };

  /** Sends one record that this run holds. Answers whether it is worth going on. */
  const send = async (name, claimed, budget) => {
    const content = await fs.promises.readFile(`${folder}/${claimed}`, 'utf8').catch(() => null);
    const record = readRecord(content);
    if (record === null) return remove(claimed).then(() => true);
    const url = new URL(record.url);
    if (!reachable.has(url.origin)) return putBack(name, claimed).then(() => true);
    url.searchParams.set('at', record.at);
    const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Idempotency-Key': record.key };
    const { stop, cancel } = stopFor(budget);
    const answer = await postFollowing(url, headers, record.body, Math.min(ATTEMPT_MS, budget.left()), stop);
    cancel();
    if (isWorthRetrying(answer)) {
      await putBack(name, claimed);
      return false;
    }
    if (answer.status >= 300)
      complain(`${url.origin} did not take a report of an earlier run: ${answer.status} ${answer.text}`);
    return remove(claimed).then(() => true);
  };
  const putBack = (name, claimed) =>
    fs.promises.rename(`${folder}/${claimed}`, `${folder}/${name}`).catch(() => undefined);

  const flush = async (budget) => {
    if (reachable.size === 0) return;
    for (const name of await list()) {
      if (budget.left() < 100) return;
      const claimed = `claimed-${Date.now()}-${name}`;
      const isOurs = await fs.promises.rename(`${folder}/${name}`, `${folder}/${claimed}`).then(
        () => true,
        () => false,
      );
      if (isOurs && !(await send(name, claimed, budget))) return;
    }
  };
  return { put, flush, serverIsThere: (origin) => void reachable.add(origin) };
}

/** A record as it was written, or null where a file holds something else. */
function readRecord(content) {
  try {
    const record = JSON.parse(content);
    const isWhole = ['url', 'at', 'key', 'body'].every((name) => typeof record?.[name] === 'string');
    return isWhole && /^https?:/.test(new URL(record.url).protocol) ? record : null;
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// The lock: the kernel's own (flock), so that it is never left behind. We hold it on a descriptor that the job inherits:
// should we be killed, it is held for as long as the job lives.

function lockFile(plan, env) {
  const name = typeof plan.options.lock === 'string' ? plan.options.lock : (plan.monitor ?? 'job');
  const folder = `${stateFolder(env)}/locks`;
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  return `${folder}/${name.replace(/[^\w.-]+/g, '_').slice(-100)}.lock`;
}

const flock = (fd, ...args) => spawnSync('flock', [...args, '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });

/** Waits for the lock until `waitMs` are over or a signal comes. */
async function waitForLock(fd, waitMs, signals) {
  const waiting = spawn('flock', ['3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
  const exited = new Promise((resolve) => {
    waiting.once('error', () => resolve(null));
    waiting.once('exit', resolve);
  });
  const timer = setTimeout(() => waiting.kill(), Math.min(waitMs, MAX_TIMER_MS));
  signals.onSignal = () => waiting.kill();
  const status = await exited;
  clearTimeout(timer);
  signals.onSignal = null;
  return status === 0;
}

/** `{ fd }` with the lock, `{ held: true }` when another run has it, `{ fault }` when there is no locking here. */
async function takeLock(plan, env, signals) {
  const { mode, waitMs } = plan.options['if-locked'] ?? { mode: 'skip' };
  let fd;
  try {
    fd = fs.openSync(lockFile(plan, env), 'a', 0o600);
  } catch (error) {
    return { fault: `the lock could not be made: ${codeOf(error)}` };
  }
  const { status, error } = flock(fd, '-n');
  if (error) return { fault: `there is no lock without the program flock: ${codeOf(error)}` };
  if (status === 0) return { fd };
  if (mode === 'wait' && (await waitForLock(fd, waitMs, signals))) return { fd };
  return { held: true };
}

// ---------------------------------------------------------------------------------------------------------------------
// All of it together

async function lowerPriority(nice) {
  const os = await import('node:os');
  try {
    os.setPriority(0, Math.max(-20, Math.min(19, nice)));
  } catch (error) {
    note(`--nice ${nice} was not possible: ${codeOf(error)}`);
  }
}

/** Waits a random part of `ms`; a signal ends the wait. */
async function waitJitter(ms, signals) {
  await new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms * Math.random(), MAX_TIMER_MS));
    signals.onSignal = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  signals.onSignal = null;
}

/** Everything that was asked to happen before the start. Answers an exit code when the job is not to start. */
async function prepare(plan, runId, env, signals) {
  const { options } = plan;
  if (options.jitter) await waitJitter(options.jitter, signals);
  const lock = options.lock ? await takeLock(plan, env, signals) : { fd: null };
  if (signals.first !== null && (options.jitter || options.lock)) return { exit: 128 + SIGNAL_NUMBERS[signals.first] };
  if (lock.held) return { exit: await reportLocked(plan, runId, env) };
  if (lock.fault) {
    note(options.strict ? `not started, ${lock.fault}` : `started without a lock: ${lock.fault}`);
    if (options.strict) return { exit: EXIT.ourselves };
  }
  if (options.nice !== undefined) await lowerPriority(options.nice);
  return { lockFd: lock.fd ?? null };
}

/** Another run holds the lock: a skipped run is no failure, unless that was asked for. */
async function reportLocked(plan, runId, env) {
  const isFailure = (plan.options['if-locked']?.mode ?? 'skip') !== 'skip';
  const budget = createBudget();
  budget.limit(BUDGET_MS);
  const reporter = createReporter({ plan, runId, env, budget });
  const body = `${isFailure ? 'not started' : 'skipped'}: another run holds the lock`;
  note(body);
  const kind = isFailure ? 'end' : 'log';
  await reporter.tell({ kind, suffix: isFailure ? String(EXIT.locked) : 'log', occurredAt: monotonic(), body });
  return isFailure ? EXIT.locked : 0;
}

/** Ends the job's group in the end: TERM was sent, KILL follows if it does not go. */
function armKill(job, killAfterMs, state) {
  if (state.killTimer !== null) return;
  state.killTimer = setTimeout(() => signalGroup(job.pid, 'SIGKILL'), Math.min(killAfterMs, MAX_TIMER_MS));
}

/** Forwards signals and holds the time limit until the job has ended; answers `{ code, signal, error, timedOut }`. */
async function guard(job, options, signals) {
  const state = { killTimer: null, timedOut: false };
  const killAfterMs = options['kill-after'] ?? DEFAULT_KILL_AFTER_MS;
  signals.deliver = (signal) => {
    signalGroup(job.pid, signal);
    if (signal === 'SIGTERM') armKill(job, killAfterMs, state);
  };
  for (const signal of signals.early.splice(0)) signals.deliver(signal);
  const onTimeout = () => {
    state.timedOut = true;
    signalGroup(job.pid, 'SIGTERM');
    armKill(job, killAfterMs, state);
  };
  const limit = options.timeout ? setTimeout(onTimeout, Math.min(options.timeout, MAX_TIMER_MS)) : null;
  const end = await job.ended;
  clearTimeout(limit);
  clearTimeout(state.killTimer);
  signals.deliver = () => undefined;
  return { ...end, timedOut: state.timedOut };
}

/** The exit code that we answer, and a sentence for people. */
function outcomeOf(end, plan, durationMs) {
  const after = `after ${secondsInWords(durationMs)}`;
  if (end.error) {
    const { code, message } = startFailure(end.error, commandOf(plan)[0]);
    return { code, sentence: `not started: ${message}`, message };
  }
  if (end.timedOut) return { code: EXIT.timedOut, sentence: `stopped by its time limit ${after}` };
  if (end.signal) return { code: 128 + signalNumber(end.signal), sentence: `ended by ${end.signal} ${after}` };
  return { code: end.code, sentence: `exit ${end.code} ${after}` };
}

function signalNumber(name) {
  return SIGNAL_NUMBERS[name] ?? process.binding?.('constants')?.os?.signals?.[name] ?? 0;
}

/** Exit 0, or one of --ok-codes where they are given, is a success. */
function suffixOf(code, end, options) {
  const isOurs = end.timedOut || end.error !== undefined || end.signal;
  const isOk = !isOurs && (options['ok-codes'] ?? [0]).includes(code);
  if (isOk) return code === 0 ? '0' : '';
  return code === 0 ? 'fail' : String(code);
}

/** Everything that is told about a job while and after it runs. Answers the exit code, whatever goes wrong here. */
async function watch(job, plan, runId, env, signals, lockFd) {
  const capture = createCapture();
  const passing = Promise.all(job.streams.map((stream) => passOn(stream, capture)));
  const memory = job.pid === null ? { peak: 0 } : watchMemory(job.pid);
  // A name server that does not answer may hold us for seconds, not minutes. The job keeps its own environment.
  process.env.RES_OPTIONS ??= 'timeout:1 attempts:2';
  const budget = createBudget();
  const reporter = createReporter({ plan, runId, env, budget });
  if (job.pid !== null) reporter.tell({ kind: 'start', suffix: 'start', occurredAt: job.startedAt });
  reporter.flush();

  const end = await guard(job, plan.options, signals);
  const endedAt = monotonic();
  memory.stop = true;
  budget.limit(BUDGET_MS);
  signals.onSignal = () => budget.limit(0);
  if (lockFd !== null) flock(lockFd, '-u');
  const { code, sentence, message } = outcomeOf(end, plan, endedAt - job.startedAt);
  if (message) note(message);
  await Promise.race([passing, pause(LINGER_MS)]);
  capture.finish();
  const figures = figuresOf(job, plan, { endedAt, memory, capture });
  const body = (limit) => bodyOf({ sentence, figures, capture, limit, options: plan.options, env });
  await reporter.tell({ kind: 'end', suffix: suffixOf(code, end, plan.options), occurredAt: endedAt, body });
  await reporter.flush();
  await leave(job.streams, passing);
  return plan.options.strict && code === 0 && reporter.isLost() ? EXIT.ourselves : code;
}

function figuresOf(job, plan, { endedAt, memory, capture }) {
  return {
    duration_ms: Math.round(endedAt - job.startedAt),
    ...cpuOfChildren(),
    max_rss_kb: memory.peak || null,
    output_bytes: plan.options['no-output'] ? null : capture.total,
  };
}

/** --strict: mistakes count before the job runs. Answers whether there is one. */
async function hasMistake(plan, env) {
  const faults = [...plan.faults];
  await findPingUrl(plan, env).catch((error) => faults.push(error instanceof Fault ? error.message : codeOf(error)));
  if (faults.length > 0) note(`not started: ${faults.join('; ')}`);
  return faults.length > 0;
}

async function main(argv, env) {
  const plan = readArguments(argv, env);
  const wantsHelp = plan.options.help || plan.options.h;
  if (wantsHelp || plan.command.length === 0) {
    fs.writeSync(wantsHelp ? 1 : 2, USAGE);
    return wantsHelp ? 0 : EXIT.misused;
  }
  if (plan.options.strict && (await hasMistake(plan, env))) return EXIT.ourselves;
  const signals = catchSignals();
  const runId = await newRunId();
  const { exit, lockFd } = await prepare(plan, runId, env, signals);
  if (exit !== undefined) return exit;
  const job = startJob(plan, runId, env, lockFd);
  // An empty event loop would end us before the job's end is told.
  setInterval(() => undefined, MAX_TIMER_MS);
  if (plan.faults.length > 0) note(plan.faults.join('; '));
  // A mistake of ours is not the job's: its exit code stands whatever happens here.
  process.on('uncaughtException', (error) => complain(`something went wrong here, the job goes on: ${error.message}`));
  return watch(job, plan, runId, env, signals, lockFd);
}

/** For tests, which load this file with `?parts` and run nothing. */
export const parts = { readArguments, readDuration, createCapture, tailOf, bodyOf, hideSecrets, lastBytes, readRecord };

if (!import.meta.url.endsWith('?parts')) process.exit(await main(process.argv.slice(2), process.env));
