export const en = {
  key: 'API key',
  keyHelp: 'The first key is in the key file in the data folder of the server. It is forgotten with this tab.',
  unknownKey: 'This key is not known here: it was deleted, has expired, or belongs to another server.',
  enter: 'Sign in',
};

export type SignInWords = typeof en;
