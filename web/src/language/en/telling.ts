/** Words of what decides when people are told: quiet hours of a channel, reminders of a team. */
export const en = {
  quiet: {
    title: 'Quiet hours',
    none: 'None: whatever happens is sent here at once, day and night.',
    set: 'Set quiet hours',
    change: 'Change',
    daily: (from: string, to: string, zone: string) => `Every day from ${from} to ${to}, ${zone}.`,
    now: (to: string) => `It is quiet now, until ${to}.`,
    waits: (to: string) =>
      `News of incidents wait, and come at ${to} as one message. Anything else, such as a summary, waits by itself. A test always goes.`,
    passes: 'That something went down is told at once all the same; the end of it and everything else waits.',
    form: {
      title: 'Quiet hours',
      text: 'In these hours the channel is left in peace.',
      from: 'From',
      to: 'To',
      timeWrong: 'A time of day, such as 22:00.',
      same: 'It has to end at another time than it begins.',
      zone: 'Time zone',
      zoneUnknown: 'There is no such zone. Names have the form Europe/Moscow; UTC is one too.',
      passes: 'Tell at once that something went down',
      passesHelp: 'For whoever is on call: only the rest waits.',
      length: (length: string) => `${length} every day.`,
      none: 'No quiet hours',
      saved: 'Saved.',
      removed: 'There are no quiet hours any more. What waited is sent now.',
    },
  },
  reminders: {
    title: 'Reminders',
    text: 'An incident that is still open and that nobody took on is told again, to those who heard of its beginning. Taking it on ends the reminders; so does a maintenance while it lasts.',
    every: 'Tell again',
    never: 'never',
    eachOf: (length: string) => `every ${length}`,
    saved: 'Saved.',
  },
};

export type TellingWords = typeof en;
