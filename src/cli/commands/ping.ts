import { ask } from '../client.ts';
import { type Command, oneOf } from '../command.ts';
import { CommandError, EXIT } from '../output.ts';
import { findMonitor } from './monitors.ts';

export const pingCommand: Command = {
  name: 'ping',
  usage: 'URL|ID|SLUG|NAME [--start | --fail | --log | --exit STATUS] [--run-id UUID] [--body TEXT]',
  summary: 'report a sign of life by hand',
  words: [1, 1],
  options: {
    start: { type: 'boolean' },
    fail: { type: 'boolean' },
    log: { type: 'boolean' },
    exit: { type: 'string' },
    'run-id': { type: 'string' },
    body: { type: 'string' },
  },
  async run(args, context) {
    const ending = oneOf(args, 'start', 'fail', 'log', 'exit');
    const word = args.positionals[0] ?? '';
    const base = URL.canParse(word) ? word : (await findMonitor(context, word)).ping_url;
    if (base === undefined)
      throw new CommandError('this key does not see ping URLs; use one with write scope', EXIT.forbidden);
    const suffix = ending === 'exit' ? args.option('exit') : ending;
    const url = new URL(suffix === undefined ? base : `${base}/${suffix}`);
    const runId = args.option('run-id');
    if (runId !== undefined) url.searchParams.set('rid', runId);
    const body = args.option('body');
    const response = await ask(url.href, body === undefined ? { method: 'GET' } : { method: 'POST', body });
    const text = await response.text();
    if (!response.ok) throw new CommandError(`${response.status} ${text}`);
    context.output.line(text);
    return EXIT.ok;
  },
};
