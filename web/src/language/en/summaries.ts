/** Words of the page about summaries. */
export const en = {
  title: 'Summaries',
  text: 'A quiet message every day or week: how it was, what failed, what gets slower.',
  kinds: { daily: 'Daily', weekly: 'Weekly' },
  periods: { now: 'Missed now', day: 'The last day', week: 'The last week' },
  off: 'Off',
  next: 'Next',
  last: 'last',
  form: {
    enabled: 'Send it',
    weekday: 'On',
    time: 'At',
    timeHelp: 'On the wall clock of the time zone.',
    timeWrong: 'A time of day has the form 09:00.',
    zone: 'Time zone',
    zoneUnknown: 'This is no time zone. One has a name such as Europe/Moscow or UTC.',
    channels: 'To',
    all: 'all channels of the team',
    some: 'chosen ones',
    choose: 'Choose at least one channel.',
    none: 'There is no channel yet.',
    saved: { daily: 'The daily summary is saved.', weekly: 'The weekly summary is saved.' },
    send: 'Send one now',
  },
  weekdays: {
    monday: 'Monday',
    tuesday: 'Tuesday',
    wednesday: 'Wednesday',
    thursday: 'Thursday',
    friday: 'Friday',
    saturday: 'Saturday',
    sunday: 'Sunday',
  },
  sent: (arrived: number, all: number) =>
    arrived === all ? 'It is sent.' : `It arrived in ${arrived} of ${all} channels.`,
  noChannel: 'None of the channels that it goes to works.',
  preview: 'As it would be now',
  previewText: 'In the language of the team, as people’s channels get it.',
};

export type SummaryWords = typeof en;
