import { type Caller, useApi } from '../../../../test/harness/api.ts';
import { readConfig } from '../../../config.ts';
import type { Clock } from '../../../platform/clock.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createClient } from '../../client.ts';
import type { CommandContext } from '../../command.ts';
import { CommandError } from '../../output.ts';
import type { Report } from '../report.ts';
import { type ImportFromRequest, importFrom } from '../run.ts';

export interface Imported {
  readonly code: number;
  /** What it said on standard output. */
  readonly text: string;
  /** What it said beside it: waits. */
  readonly notes: readonly string[];
  /** How it ended when it did not come to a report. */
  readonly error: string;
  /** For how long it waited, each time. */
  readonly waitsMs: readonly number[];
}

/** A server of ours on loopback, and `allswell import --from` against it, whose waits take no time. */
export function useImports() {
  const api = useApi();
  let port: Promise<number> | undefined;

  async function contextFor(team: Caller, notes: string[], lines: string[]): Promise<CommandContext> {
    port ??= api.listen();
    const env = { ALLSWELL_URL: `http://127.0.0.1:${await port}`, ALLSWELL_API_KEY: team.writeKey };
    const read = readConfig(env, '/nonexistent');
    if (!read.ok) throw new Error(read.message);
    const output = { line: (text: string) => void lines.push(text), note: (text: string) => void notes.push(text) };
    return { config: read.config, client: createClient(read.config, env), output };
  }

  return {
    api,
    async import(team: Caller, request: Partial<ImportFromRequest>, answerWithinMs?: number): Promise<Imported> {
      const [notes, lines, waitsMs]: [string[], string[], number[]] = [[], [], []];
      const context = await contextFor(team, notes, lines);
      const clock: Clock = {
        ...systemClock,
        after(delayMs, fire) {
          waitsMs.push(delayMs);
          queueMicrotask(fire);
          return () => undefined;
        },
      };
      const options = { key: undefined, keyFile: undefined, timezone: undefined, address: '', from: '' };
      const flags = { check: false, progress: false, json: false };
      const deps = { clock, env: {}, ...(answerWithinMs === undefined ? {} : { answerWithinMs }) };
      try {
        const code = await importFrom({ ...options, ...flags, ...request }, context, deps);
        return { code, text: lines.join('\n'), notes, error: '', waitsMs };
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        return { code: error.exitCode, text: lines.join('\n'), notes, error: error.message, waitsMs };
      }
    },
    async report(team: Caller, request: Partial<ImportFromRequest>): Promise<Report> {
      const { text, error } = await this.import(team, { ...request, json: true });
      if (error !== '') throw new Error(error);
      return JSON.parse(text);
    },
    async monitors(team: Caller) {
      return (await team.call('GET', '/api/v1/monitors?limit=250')).json.monitors;
    },
  };
}
