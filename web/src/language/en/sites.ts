import { pluralEn } from '../../../../src/core/language/plurals.ts';

/** Words of the pages about sites. */
export const en = {
  title: 'Sites',
  add: 'Add a site',
  empty: {
    title: 'No site yet',
    text: 'A site is a place behind one gateway: an office, a data centre, a customer. When its gateway is silent, everything behind it is silent for the same reason; you get one message and not fifty.',
  },
  form: {
    name: 'Name',
    nameHelp: 'Such as “warehouse”.',
    gateway: 'Gateway',
    gatewayHelp: 'The monitor whose silence explains that of the others, such as a heartbeat of the router.',
    choose: 'Choose a monitor',
    noMonitor: 'There is no monitor yet. Make one for the gateway first.',
    make: 'Add the site',
    saved: 'Saved.',
  },
  state: {
    lit: 'lit',
    dark: 'dark',
    litText: 'Its gateway answers.',
    darkSince: 'Dark since',
    darkText: 'Its gateway is down. Alarms of what stands behind it are held until it is back.',
    noGateway: 'Its gateway was deleted: nothing is held. Choose another one.',
    back: 'back since',
  },
  gateway: 'Gateway',
  members: (count: number) => `${count} ${pluralEn(count, 'monitor', 'monitors')} behind it`,
  held: (count: number) => `${count} ${pluralEn(count, 'alarm', 'alarms')} held`,
  behind: {
    title: 'Behind it',
    none: 'No monitor stands behind it yet. Choose this site in the settings of a monitor.',
  },
  heldNow: {
    title: 'Held now',
    none: 'No alarm is held.',
    until: 'decided',
    reasons: {
      confirming: 'a minute for the gateway to go first',
      site_dark: 'until the site is back',
      site_lit: 'gets time to show itself',
    },
  },
  edit: 'Edit',
  remove: {
    button: 'Delete the site',
    title: (name: string) => `Delete “${name}”?`,
    text: 'Its monitors stay and stand behind no site. What was held for it is told at once.',
    done: (name: string) => `“${name}” is deleted.`,
  },
};

export type SiteWords = typeof en;
