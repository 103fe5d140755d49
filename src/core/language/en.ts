import { ordinalEn, pluralEn } from './plurals.ts';
import { summaryEn } from './summary/en.ts';
import type { BlindParts, DownParts, Moment, RunParts, SlotCauseParts, Span, Texts } from './texts.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Joins what there is to say; empty and null pieces are left out. */
function join(pieces: readonly (string | null)[], separator = ', '): string {
  return pieces.filter((piece) => piece).join(separator);
}

function date(day: Extract<Moment['day'], { type: 'date' }>): string {
  return `${day.dayOfMonth} ${MONTHS[day.month - 1]}${day.year === null ? '' : ` ${day.year}`}`;
}

function dayOf({ day }: Moment): string {
  return day.type === 'date' ? date(day) : day.type;
}

const isToday = (moment: Moment) => moment.day.type === 'today';
const bare = (moment: Moment) => (isToday(moment) ? moment.time : `${dayOf(moment)} ${moment.time}`);

function at(moment: Moment): string {
  if (isToday(moment)) return `at ${moment.time}`;
  return `${moment.day.type === 'date' ? 'on ' : ''}${dayOf(moment)} at ${moment.time}`;
}

/** As it is said in a headline: "02:03 yesterday". */
function headline(moment: Moment): string {
  return moment.day.type === 'date' || isToday(moment) ? bare(moment) : `${moment.time} ${dayOf(moment)}`;
}

function span({ from, to, isOneDay }: Span): string {
  if (isOneDay) return `${bare(from)}–${to.time}`;
  return `${dayOf(from)} ${from.time} – ${dayOf(to)} ${to.time}`;
}

const inZone = (words: string, zone: string) => `${words} ${zone}`;
const andMore = (count: number) => `and ${count} more`;

const lastSuccess = (last: Moment | null) => (last === null ? 'never yet succeeded' : `last success ${bare(last)}`);
const foundLate = (late: string | null) => (late === null ? null : `found late, ${late} after the deadline`);

function blindTimes({ spans, more }: BlindParts): string {
  return join([spans.map(span).join(', '), more > 0 ? andMore(more) : null], ' ');
}

const blindWhile = (blind: BlindParts | null) => (blind === null ? null : `we were blind ${blindTimes(blind)}`);

/** A silence is judged in spite of blindness only the second time in a row (RULES §4). */
function slotCause(what: string, parts: SlotCauseParts): string {
  const { blind } = parts;
  const silent = parts.lastSuccess === null ? lastSuccess(null) : `no sign since ${bare(parts.lastSuccess)}`;
  const sentence = join([
    `${what} ${inZone(bare(parts.expected), parts.zone)}`,
    `grace ${parts.grace}`,
    blind === null ? lastSuccess(parts.lastSuccess) : silent,
  ]);
  const both = blind === null ? null : `we were blind both times (last ${blindTimes(blind)})`;
  return join([sentence, both, foundLate(parts.foundLate)], '; ');
}

const monitors = (count: number) => `${count} ${pluralEn(count, 'monitor', 'monitors')}`;
const missedRuns = (count: number) => (count > 0 ? `${count} ${pluralEn(count, 'run', 'runs')} missed` : null);
const downFor = (parts: DownParts) => join([`down for ${parts.duration}`, missedRuns(parts.missedRuns)]);
const exitStatus = (status: number | null) => (status === null ? null : `exit status ${status}`);
const outcome = (word: string, parts: RunParts) => join([word, exitStatus(parts.exitStatus), parts.duration]);

export const en: Texts = {
  language: 'en',
  unit: { millisecond: 'ms', second: 's', minute: 'min', hour: 'h', day: 'd' },
  unnamed: '(no name)',
  andMore,
  moment: { bare, at, span, inZone },

  cause: {
    missed: (parts) => slotCause('expected', parts),
    notStarted: (parts) => slotCause('start expected', parts),
    failed: (parts) => {
      const what = join(
        [
          `failed ${inZone(at(parts.failed), parts.zone)}`,
          parts.exitStatus === null ? null : `with exit status ${parts.exitStatus}`,
          parts.duration === null ? null : `after ${parts.duration}`,
        ],
        ' ',
      );
      const streak = parts.streak > 1 ? `${ordinalEn(parts.streak)} failure in a row` : null;
      return join([join([what, streak, lastSuccess(parts.lastSuccess)]), blindWhile(parts.blind)], '; ');
    },
    overran: (parts) => {
      const length =
        parts.usual === null
          ? `limit ${parts.limit}, running for ${parts.running}`
          : `usually ${parts.usual}, running for ${parts.running} (learned limit ${parts.limit})`;
      const started = `started ${inZone(at(parts.started), parts.zone)}`;
      const sentence = join([length, started, lastSuccess(parts.lastSuccess)]);
      return join([sentence, blindWhile(parts.blind), foundLate(parts.foundLate)], '; ');
    },
  },

  resolution: {
    recovered: (parts) => join([`came back after ${parts.duration}`, missedRuns(parts.missedRuns)]),
    withdrawn: () => 'withdrawn: the job had reported in time, its report reached us late',
    paused: (parts) => `closed because it was paused, ${downFor(parts)}`,
    deleted: (parts) => `closed because it was deleted, ${downFor(parts)}`,
  },

  run: {
    open: (parts) => outcome('still running', parts),
    succeeded: (parts) => outcome('succeeded', parts),
    finishedLate: (parts) => outcome('finished late', parts),
    failed: (parts) => outcome('failed', parts),
    timedOut: (parts) => outcome('timed out', parts),
    abandoned: () => 'abandoned: another run began before it ended',
    unknown: () => 'not known: we were blind when it should have ended',
    slotSkipped: () => 'skipped, still running',
    slotUnknown: () => 'not known: we were blind',
  },

  title: {
    missed: (name, last) => `DOWN ${name}: ${last === null ? 'no success yet' : `nothing since ${headline(last)}`}`,
    notStarted: (name, expected) => `DOWN ${name}: did not start ${at(expected)}`,
    failed: (name, status, streak) =>
      `DOWN ${name}: ${join([streak > 1 ? `failed ${streak} times in a row` : 'failed', exitStatus(status)])}`,
    overran: (name, running) => `DOWN ${name}: still running after ${running}`,
    stillDown: (name, duration) => `STILL DOWN ${name}, for ${duration}`,
    recovered: (name, duration) => `UP ${name} after ${duration}`,
    withdrawn: (name) => `UP ${name}: alarm withdrawn, it had reported in time`,
    paused: (name) => `CLOSED ${name}: paused`,
    deleted: (name) => `CLOSED ${name}: deleted`,
    merged: (name, when, isUp) => `${isUp ? 'UP' : 'CLOSED'} ${name}: was down ${when}`,
    digest: (down, up, closed) =>
      join([
        down > 0 ? `DOWN: ${monitors(down)}` : null,
        up > 0 ? `UP: ${monitors(up)}` : null,
        closed > 0 ? `CLOSED: ${monitors(closed)}` : null,
      ]),
    digestTotal: (total) => `${total} ${pluralEn(total, 'change', 'changes')}: monitors went down or came back`,
    neverHeard: (name) => `${name}: created but never heard from`,
    neverHeardMany: (count) => `${monitors(count)}: created but never heard from`,
    gap: (when, names) => join([`We were blind ${when}`, names === null ? null : `not known: ${names}`], '; '),
    channelBroken: (channel) => `Channel broken: ${channel}`,
    test: (channel) => `Test message to ${channel}`,
  },

  notice: {
    opened: (name, code, cause) => {
      if (code === 'missed') return `${name} did not report in time: ${cause}.`;
      if (code === 'not_started') return `${name} did not start in time: ${cause}.`;
      return code === 'overran' ? `${name} is still running: ${cause}.` : `${name} ${cause}.`;
    },
    stillDown: (name, duration, cause) =>
      `${name} is still down, for ${duration} by now, and nobody has acknowledged it; the cause: ${cause}.`,
    recovered: (name, resolution) => `${name} ${resolution}.`,
    closed: (name, resolution) => `${name}: ${resolution}.`,
    merged: (name, when, duration, cause) =>
      `${name} was down ${when} (${duration}), this is over; the cause: ${cause}.`,
    digest: (count) => `${count} ${pluralEn(count, 'change', 'changes')} within a minute, told together.`,
    digestQuiet: (count) => `${count} ${pluralEn(count, 'change', 'changes')} during the quiet hours.`,
    neverHeard: (name, created) =>
      `${name} was created ${created} but never heard from. Is its job installed, and does it call its ping URL?`,
    neverHeardMany: (count) =>
      `${monitors(count)} ${pluralEn(count, 'was', 'were')} created a day ago but never heard from. Are the jobs installed, and do they call their ping URLs?`,
    gap: (when, duration, names) => {
      const blind = `We were blind ${when} (${duration})`;
      if (names === null) return `${blind}; nothing was due.`;
      return `${blind}; not known: ${names}. What was due in that time does not count as missed.`;
    },
    channelBroken: (channel, kind, reason) =>
      `The channel ${channel} (${kind}) no longer takes messages: ${reason}. Put it right, then send a test: that revives it.`,
    test: (channel) => `This is a test: alerts to the channel ${channel} arrive here.`,
    siteDark: (site, count) =>
      `It is the gateway of ${site}: what we would tell of ${count === 0 ? 'monitors' : `the ${monitors(count)}`} behind it waits until it is back.`,
    siteLit: (site, recovered, stillDown) =>
      join(
        [
          `${site} is lit again.`,
          recovered === 0 ? null : `${monitors(recovered)} went down in the dark and came back.`,
          stillDown === 0
            ? null
            : `${monitors(stillDown)} ${pluralEn(stillDown, 'is', 'are')} still down: what does not come back soon is told by itself.`,
        ],
        ' ',
      ),
    late: (delay, reason) => {
      const late = `Sent ${delay} late`;
      if (reason === null) return `${late}.`;
      if (reason.type === 'site_dark') return `${late}: its site was dark.`;
      return `${late}: ${reason.service} ${reason.type === 'unavailable' ? 'unavailable' : 'asked us to wait'}.`;
    },
  },

  label: {
    monitor: 'Monitor',
    since: 'Since',
    down: 'Down',
    lasted: 'Lasted',
    cause: 'Cause',
    expected: 'Expected',
    lastGoodRun: 'Last good run',
    runningFor: 'Running for',
    took: 'Took',
    missedRuns: 'Runs missed',
    tags: 'Tags',
    created: 'Created',
    blind: 'Blind',
    notKnown: 'Not known',
    site: 'Site',
    held: 'Held so far',
    channel: 'Channel',
    reason: 'Reason',
    openMonitor: 'Open the monitor',
    openIncident: 'Open the incident',
    openDashboard: 'Open allswell',
  },

  fact: {
    neverYet: 'never yet',
    expected: (expected, grace) => `${expected}, grace ${grace}`,
    expectedStart: (expected, grace) => `start ${expected}, grace ${grace}`,
    limit: (limit) => `done within ${limit}`,
    usual: (usual, limit) => `usually ${usual}, limit ${limit}`,
    took: (moment, duration) => `${moment}, took ${duration}`,
    monitors,
    site: (site, count) => `${site}, ${monitors(count)} behind it`,
    noReason: 'no reason was given',
  },

  summary: summaryEn,

  channelKind: { email: 'e-mail', webhook: 'webhook' },

  linking: {
    linked: (team) => `Linked. Alerts of the team ${team} come here from now on.`,
    alreadyLinked: (team) => `This chat is linked already: alerts of the team ${team} come here.`,
    expired: 'This link is too old: a link works for 30 minutes. Make a new one and open it again.',
    used: 'This link was used already, and a link works once. Make a new one for this chat.',
    unknown: 'This link is not known here. Make a new one and open it again.',
    botRemoved: 'the bot was blocked, or removed from the chat',
  },

  mail: {
    resetPassword: {
      title: 'Set a new password',
      sentence: 'With this link you can set a new password. It works once, within one hour.',
      button: 'Set a new password',
      unasked: 'If you did not ask for it, leave it: your password stays as it is.',
    },
    confirmEmail: {
      title: 'Confirm your address',
      sentence: 'An account was made with this address. Confirm within one day that it is yours.',
      button: 'Confirm the address',
      unasked: 'If it was not you, leave it: without this step nobody can use the account.',
    },
    signInLink: {
      title: 'Your link to sign in',
      sentence: 'This link signs you in. It works once, within 15 minutes.',
      button: 'Sign in',
      unasked: 'If you did not ask for it, leave it; nobody was signed in.',
    },
    signInLinkOff: {
      title: 'Signing in by link is off',
      sentence: 'A link to sign in was asked for. Your account also asks for a code: sign in with password and code.',
      button: 'To the sign-in',
      unasked: 'If you did not ask for it, leave it; nobody was signed in.',
    },
    accountExists: {
      title: 'You have an account already',
      sentence: 'Somebody wanted to make an account with your address. There is one: sign in, or set a new password.',
      button: 'To the sign-in',
      unasked: 'If it was not you, leave it; nothing was changed.',
    },
    invitation: (team, by) => ({
      title: `Invitation to the team "${team}"`,
      sentence: `${by} invites you to the team "${team}". The link works once, within 7 days.`,
      button: 'Accept the invitation',
      unasked: 'If you do not know who that is, leave it.',
    }),
  },

  page: {
    unsubscribe: {
      title: 'Stop these messages',
      explanation: (address, team) =>
        `Alerts of the team ${team} go to ${address}. After this they no longer do; its members see that in the list of channels.`,
      button: 'Stop the messages',
      done: (address) => `Done. No more alerts go to ${address}.`,
      unknownLink: 'This link is not known, or it was used up. Nothing was changed.',
    },
    setup: {
      title: 'Make yourself the owner',
      explanation: 'This link works once. Whoever uses it owns this install.',
      name: 'Your name',
      email: 'E-mail address',
      password: (minLength) => `Password, at least ${minLength} characters`,
      button: 'Make the account',
      refused: 'Something is missing or too short. Nothing was made; please try again.',
      done: 'You are the owner, and signed in.',
      key: 'API key for scripts, shown once: copy it now. We keep only its hash and cannot show it again.',
      usedLink: 'This link was used already, or it is too old. Nothing was made.',
    },
    status: {
      allWell: 'Everything works.',
      someDown: (down, total) => `${down} of ${total} ${down === 1 ? 'is' : 'are'} down.`,
      nothing: 'Nothing is known yet.',
      open: 'Down now',
      downSince: (name, when) => `${name}: down since ${when}`,
      backAt: (name, when, duration) => `${name}: works again since ${when}, was down for ${duration}`,
      announcements: 'Announcements',
      word: { up: 'works', down: 'down', new: 'no sign yet', paused: 'paused' },
      uptime: (share, days) => `${share} in ${days} ${pluralEn(days, 'day', 'days')}`,
      bars: (days) => `The last ${days} ${pluralEn(days, 'day', 'days')}`,
      badDay: (day, duration) => `${day}: down for ${duration}`,
      daysAgo: (days) => `${days} ${pluralEn(days, 'day', 'days')} ago`,
      today: 'today',
      feed: 'Feed',
      updated: (when) => `As of ${when}`,
    },
    notNow: {
      title: 'Not just now',
      explanation: 'That could not be done at this moment. Please try again in a few seconds.',
    },
    linked: {
      monitorTitle: 'A monitor',
      incidentTitle: 'An incident',
      explanation: 'To see it, run this on the host of the server, or ask the API with a key of your team:',
    },
  },
};
