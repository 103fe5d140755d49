import type { Command } from '../command.ts';
import { CommandError, EXIT, table } from '../output.ts';
import { findSite, listSites, type SiteJson } from './find-site.ts';
import { shortInstant } from './monitor-facts.ts';
import { findMonitor } from './monitors.ts';

const json = { json: { type: 'boolean' } } as const;

const list: Command = {
  name: 'site list',
  usage: '[--json]',
  summary: 'gateways, what stands behind them, and what is held',
  words: [0, 0],
  options: json,
  async run(args, context) {
    const sites = await listSites(context);
    const rows = sites.map((site) => [
      site.dark_since === null ? 'lit' : `dark since ${shortInstant(site.dark_since)}`,
      site.name,
      site.gateway_name ?? '-',
      String(site.monitors),
      String(site.held),
      site.id,
    ]);
    const text = args.flag('json')
      ? JSON.stringify(sites, null, 2)
      : table(['state', 'name', 'gateway', 'monitors', 'held', 'id'], rows);
    context.output.line(text);
    return EXIT.ok;
  },
};

const add: Command = {
  name: 'site add',
  usage: 'NAME --gateway ID|SLUG|NAME [--monitor ID|SLUG|NAME]... [--json]',
  summary: 'a gateway and what stands behind it: while it is down, it alone is told',
  words: [1, 1],
  options: { ...json, gateway: { type: 'string' }, monitor: { type: 'string', multiple: true } },
  async run(args, context) {
    const gateway = args.option('gateway');
    if (gateway === undefined) throw new CommandError('say with --gateway which monitor it is', EXIT.misused);
    // All of them are looked up first: a word that is misspelt changes nothing.
    const { id } = await findMonitor(context, gateway);
    const behind = await Promise.all(args.list('monitor').map((word) => findMonitor(context, word)));
    const { client, output } = context;
    const body = { name: args.positionals[0], gateway_monitor_id: id };
    const site = (await client.call('POST', '/sites', body)) as SiteJson;
    for (const monitor of behind) await client.call('PATCH', `/monitors/${monitor.id}`, { site_id: site.id });
    const shown = { ...site, monitors: behind.length };
    const text = `"${site.name}" is ${site.id}, with ${behind.length} behind it; more: allswell monitor add NAME --site "${site.name}"`;
    output.line(args.flag('json') ? JSON.stringify(shown, null, 2) : text);
    return EXIT.ok;
  },
};

const remove: Command = {
  name: 'site rm',
  usage: 'ID|NAME',
  summary: 'its monitors stay and stand by themselves',
  words: [1, 1],
  async run(args, context) {
    const { id, name } = await findSite(context, args.positionals[0] ?? '');
    await context.client.call('DELETE', `/sites/${id}`);
    context.output.line(`"${name}" is gone; its monitors stay, and what was held for it is told now`);
    return EXIT.ok;
  },
};

export const siteCommands: readonly Command[] = [list, add, remove];
