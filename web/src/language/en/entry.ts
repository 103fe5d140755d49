import { pluralEn } from '../../../../src/core/language/plurals.ts';

/** Words of the pages for people who are not in yet. */
export const en = {
  name: 'Your name',
  nameHelp: 'As the others of the team will see it.',
  email: 'E-mail',
  password: 'Password',
  newPassword: 'New password',
  passwordHelp: (min: number) => `At least ${min} characters. A few words in a row are good and easy to keep.`,
  show: 'Show',
  hide: 'Hide',
  check: {
    required: 'This is needed.',
    email: 'An e-mail address has the form name@example.com.',
    password: (min: number, max: number) => `A password has from ${min} to ${max} characters.`,
  },
  roles: { owner: 'owner', admin: 'admin', member: 'member', readonly: 'read-only' },
  or: 'or',
  toSignIn: 'To sign in',
  signIn: {
    title: 'Sign in',
    enter: 'Sign in',
    forgot: 'Forgot the password?',
    link: 'Mail me a link to sign in',
    passkey: 'Sign in with a passkey',
    provider: (name: string) => `Sign in with ${name}`,
    providerRefused: (name: string) =>
      `${name === '' ? 'The provider' : name} let you through, but there is no account here for you yet, or your address is not confirmed there. Ask an admin of the team for an invitation.`,
    signUp: 'Make an account',
    key: 'Sign in with an API key',
    withPassword: 'Sign in with e-mail and password',
    keyField: 'API key',
    keyHelp:
      'For an install without people. The first key is in the key file in the data folder of the server. It is forgotten with this tab.',
    unknownKey: 'This key is not known here: it was deleted, has expired, or belongs to another server.',
    setupTitle: 'Nobody owns this install yet',
    setupText:
      'The first start printed a link that makes its reader the owner. It is in the log of the server; this prints another one:',
    wrong: 'Address or password is wrong.',
    unconfirmed: 'This address is not confirmed yet. We have mailed you a new link; open it, then sign in.',
    passkeyFailed:
      'The passkey was not used: this device has none for here, or the request was closed. Try again or sign in with the password.',
    wait: (seconds: number) =>
      `Too many tries. Wait ${seconds} ${pluralEn(seconds, 'second', 'seconds')} and try again.`,
  },
  code: {
    title: 'One more step',
    text: 'Enter the six digits that your authenticator app shows now.',
    code: 'Code',
    backup: 'Recovery code',
    backupText: 'Enter one of the recovery codes that you kept. Each works once.',
    trust: 'Ask on this device again after 30 days only',
    useBackup: 'Use a recovery code',
    useCode: 'Use the authenticator app',
    enter: 'Continue',
    wrong: 'This code is wrong or too old. Codes change every 30 seconds.',
    wrongBackup: 'This recovery code is wrong or was used already.',
    over: 'That took too long. Sign in again.',
    again: 'Back to the start',
  },
  link: {
    title: 'A link by mail',
    text: 'If there is an account with this address, a link to sign in arrives there. It works once, for a few minutes.',
    send: 'Send the link',
    sent: 'Look into your mail',
    sentText: (email: string) =>
      `If ${email} has an account here, a link is on its way. It works once. Nothing there after a few minutes? Look among the spam, or ask the operator whether mail works.`,
    confirmTitle: 'Sign in by this link',
    confirmText: 'The link works once. It is used when you press the button, so that no mail scanner can use it up.',
    used: 'This link was used already or is too old. Ask for another one.',
  },
  signUp: {
    title: 'Make an account',
    make: 'Make the account',
    sent: 'Confirm your address',
    sentText: (email: string) => `A link went to ${email}. Open it, then sign in.`,
    closed: 'Accounts are not made here by oneself.',
    closedText: 'An admin of a team can invite you.',
  },
  forgot: {
    title: 'Forgot the password',
    text: 'If there is an account with this address, a link to set a new password arrives there.',
    send: 'Send the link',
    sent: 'Look into your mail',
    sentText: (email: string) =>
      `If ${email} has an account here, a link to set a new password is on its way. It works once, within an hour.`,
    noMail: 'This server sends no mail. Whoever runs it can print a link for you:',
  },
  reset: {
    title: 'A new password',
    save: 'Save the password',
    done: 'The password is changed',
    doneText: 'Sign in with the new one.',
    used: 'This link was used already or is too old. Ask for another one.',
  },
  confirm: {
    title: 'Confirm your address',
    text: 'Press the button to confirm that this address is yours.',
    button: 'Confirm',
    done: 'The address is confirmed',
    doneText: 'You can sign in now.',
    used: 'This link was used already or is too old. Sign in: another one is mailed then.',
  },
  setup: {
    title: 'Set up allswell',
    text: 'Whoever fills this in owns this install and its first team. It is asked once.',
    make: 'Become the owner',
    used: 'This link does not work any more',
    usedText: 'This install has its owner already, or a newer link was printed. If you are the owner, sign in.',
  },
  invitation: {
    title: (team: string) => `Join ${team}`,
    text: (by: string, team: string, role: string) => `${by} invites you into the team ${team} as ${role}.`,
    forAddress: (email: string) => `The invitation is for ${email}.`,
    newText: 'Choose a name and a password for your account.',
    haveAccount: 'There is an account with this address. Sign in, and you come back here.',
    join: 'Join the team',
    otherAccount: (email: string, invited: string) =>
      `You are signed in as ${email}, but the invitation is for ${invited}.`,
    signOut: 'Sign out and continue',
    used: 'This invitation does not work any more',
    usedText: 'It was used or taken back, or it is too old. Ask whoever invited you for another one.',
    already: 'You are in this team already.',
    open: 'Open the dashboard',
  },
};

export type EntryWords = typeof en;
