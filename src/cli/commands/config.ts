import { describeConfig } from '../../config.ts';
import type { Command } from '../command.ts';
import { dataFolder } from '../data-folder.ts';
import { EXIT, table } from '../output.ts';

export const configCommand: Command = {
  name: 'config',
  usage: '[--json]',
  summary: 'the settings in force, secrets masked',
  words: [0, 0],
  options: { json: { type: 'boolean' } },
  async run(args, { config, output }) {
    // Where no folder can be used the server says why; the one that was asked for is shown.
    const folder = await dataFolder(config);
    const settings = describeConfig(folder.ok ? { ...config, dataDir: folder.value.dataDir } : config);
    const rows = settings.map(({ name, value, help }) => [name, value === '' ? '-' : value, help]);
    const asJson = () => JSON.stringify(Object.fromEntries(settings.map(({ name, value }) => [name, value])), null, 2);
    output.line(args.flag('json') ? asJson() : table(['setting', 'value', 'meaning'], rows));
    return EXIT.ok;
  },
};
