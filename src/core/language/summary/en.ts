import { pluralEn } from '../plurals.ts';
import type { SummaryTexts } from './texts.ts';

const join = (pieces: readonly (string | null)[]) => pieces.filter((piece) => piece).join(', ');
const counted = (count: number, one: string, other: string) => `${count} ${pluralEn(count, one, other)}`;
const incidents = (count: number) => counted(count, 'incident', 'incidents');
const monitors = (count: number) => counted(count, 'monitor', 'monitors');

export const summaryEn: SummaryTexts = {
  title: ({ period, isCalm, success, incidents: count, down }) => {
    const name = period === 'day' ? 'Daily summary' : 'Weekly summary';
    if (isCalm) return `${name}: all is well`;
    return `${name}: ${join([
      success === null ? null : `${success} good`,
      count > 0 ? incidents(count) : 'no incidents',
      down > 0 ? `${monitors(down)} down` : null,
    ])}`;
  },
  sentence: ({ isCalm, when, success, incidents: told, uptime }) => {
    const numbers = join([success, told, uptime]);
    return isCalm ? `All is well. ${when}: ${numbers}.` : `${when}: ${numbers}.`;
  },
  success: (good, all, share) => `${good} of ${counted(all, 'run', 'runs')} good (${share})`,
  nothingDue: 'nothing was due',
  incidents: (count, duration) => (count > 0 ? `${incidents(count)}, ${duration} in all` : 'no incidents'),
  uptime: (share) => `uptime ${share}`,
  monitors: ({ up, down, paused, new: fresh }) =>
    join([
      `${up} up`,
      `${down} down`,
      paused > 0 ? `${paused} paused` : null,
      fresh > 0 ? `${fresh} not heard from yet` : null,
    ]),

  label: { success: 'Good runs', incidents: 'Incidents', uptime: 'Uptime', monitors: 'Monitors now' },

  line: {
    incident: (name, duration, isOpen) =>
      isOpen ? `Incident: ${name} is down, for ${duration} so far` : `Incident: ${name} was down for ${duration}`,
    slowest: (name, duration, runs) => `Slow: ${name} usually takes ${duration} (${counted(runs, 'run', 'runs')})`,
    growing: (name, now, before, growth) => `Slower: ${name} takes ${now}, it was ${before} (${growth})`,
    neverHeard: (name, created) => `Never heard from: ${name}, created ${created}`,
    moreNeverHeard: (count) => `Never heard from: ${count} more ${pluralEn(count, 'monitor', 'monitors')}`,
    noisy: (name, count) => `Noisy: ${name}, ${incidents(count)}`,
    channelBroken: (channel) => `Channel broken: ${channel}`,
    channelFails: (channel, failed, all) =>
      `Channel fails: ${channel}, ${failed} of ${counted(all, 'message', 'messages')} not delivered`,
    moreChannelsFail: (count) => `Channels fail: ${count} more`,
    channelUnused: (channel) => `Channel unused: ${channel}`,
  },

  missed: {
    title: (count) => (count > 0 ? `Missed now: ${monitors(count)}` : 'Nothing is missed now'),
    sentence: (count, all) => {
      if (count > 0) return `${count} of ${monitors(all)} ${pluralEn(count, 'is', 'are')} down at this moment.`;
      return `All is well: none of ${monitors(all)} is down.`;
    },
    line: (name, cause) => `${name}: ${cause}`,
  },
};
