import { DAY_MS, SECOND_MS } from '../../core/instant.ts';

/** One line of /etc/anacrontab: once in so many days, while the machine is on. Texts are latin1. */
export interface AnacronJob {
  readonly index: number;
  readonly head: string;
  readonly periodSeconds: number;
  readonly delaySeconds: number;
  readonly identifier: string;
  readonly command: string;
  readonly environment: ReadonlyMap<string, string>;
}

const DAY_SECONDS = DAY_MS / SECOND_MS;
const PERIOD_DAYS: Readonly<Record<string, number>> = { '@daily': 1, '@weekly': 7, '@monthly': 31, '@yearly': 366 };
const LINE = /^[ \t]*(\d{1,4}|@[a-z]+)[ \t]+(\d{1,6})[ \t]+([^ \t]+)[ \t]+/;
const SETTING = /^[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*(.*?)[ \t]*$/;

/** The jobs of an anacrontab. Lines that go on in the next one (`\` at the end) are passed over. */
export function parseAnacrontab(text: string): AnacronJob[] {
  const jobs: AnacronJob[] = [];
  const environment = new Map<string, string>();
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const setting = SETTING.exec(line);
    if (setting !== null) environment.set(setting[1] ?? '', setting[2] ?? '');
    const found = LINE.exec(line);
    const isWhole = index < lines.length - 1 && !/[\\\r]$/.test(line) && !lines[index - 1]?.endsWith('\\');
    const days = PERIOD_DAYS[found?.[1] ?? ''] ?? Number(found?.[1]);
    if (found === null || !isWhole || !(days > 0)) continue;
    const [head, , delay, identifier = ''] = found;
    const command = line.slice(head.length);
    const periodSeconds = days * DAY_SECONDS;
    const delaySeconds = Number(delay) * 60;
    jobs.push({ index, head, periodSeconds, delaySeconds, identifier, command, environment: new Map(environment) });
  }
  return jobs;
}
