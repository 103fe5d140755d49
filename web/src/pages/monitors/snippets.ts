import type { Monitor } from '../../api/types.ts';
import { cronOf } from './schedule-text.ts';

export interface Snippet {
  readonly id: string;
  /** The names of tools are the same in every language. */
  readonly name: string;
  readonly text: string;
}

type Urls = Pick<Monitor, 'kind' | 'schedule'> & { readonly ping: string };

const CURL = 'curl -fsS -m 10 --retry 5 -o /dev/null';

/** The line that says "done" by hand. */
export const curlLine = (ping: string): string => `${CURL} ${ping}`;

/** The exit status of the job goes into the URL: 0 is success, everything else a fail. */
function shell({ kind, ping }: Urls): string {
  const start = kind === 'process' ? `${CURL} ${ping}/start\n` : '';
  return `${start}/path/to/job\n${CURL} ${ping}/$?`;
}

function crontab(urls: Urls): string {
  const start = urls.kind === 'process' ? `${CURL} ${urls.ping}/start; ` : '';
  return `${cronOf(urls.schedule)} ${start}/path/to/job; ${CURL} ${urls.ping}/$?`;
}

function python({ kind, ping }: Urls): string {
  const start = kind === 'process' ? '    ping("/start")\n' : '';
  return `import urllib.request

PING = "${ping}"

def ping(end=""):
    try:
        urllib.request.urlopen(PING + end, timeout=10).close()
    except OSError as error:
        print("ping failed:", error)

try:
${start}    job()
    ping()
except Exception:
    ping("/fail")
    raise`;
}

function node({ kind, ping }: Urls): string {
  const start = kind === 'process' ? "  await ping('/start');\n" : '';
  return `const ping = (end = '') =>
  fetch('${ping}' + end, { signal: AbortSignal.timeout(10_000) })
    .catch((error) => console.error('ping failed:', error.message));

try {
${start}  await job();
  await ping();
} catch (error) {
  await ping('/fail');
  throw error;
}`;
}

function go({ kind, ping }: Urls): string {
  const start = kind === 'process' ? '\tping("/start")\n' : '';
  return `func ping(end string) {
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Get("${ping}" + end)
	if err != nil {
		log.Print("ping failed: ", err)
		return
	}
	response.Body.Close()
}

func main() {
${start}	if err := job(); err != nil {
		ping("/fail")
		log.Fatal(err)
	}
	ping("")
}`;
}

function php({ kind, ping }: Urls): string {
  const start = kind === 'process' ? "    ping('/start');\n" : '';
  return `function ping(string $end = ''): void {
    $context = stream_context_create(['http' => ['timeout' => 10]]);
    @file_get_contents('${ping}' . $end, false, $context);
}

try {
${start}    job();
    ping();
} catch (Throwable $error) {
    ping('/fail');
    throw $error;
}`;
}

function powershell({ kind, ping }: Urls): string {
  const start = kind === 'process' ? 'Send-Ping "/start"\n' : '';
  return `function Send-Ping($End = "") {
  try { Invoke-RestMethod -TimeoutSec 10 -Uri "${ping}$End" | Out-Null }
  catch { Write-Warning "ping failed: $_" }
}

${start}try {
  & "C:\\path\\to\\job.exe"
  Send-Ping "/$LASTEXITCODE"
} catch {
  Send-Ping "/fail"
  throw
}`;
}

function systemd({ kind, ping, schedule }: Urls): string {
  const start = kind === 'process' ? `ExecStartPre=-/usr/bin/${CURL} ${ping}/start\n` : '';
  const timer =
    schedule?.type === 'oncalendar'
      ? `\n# job.timer\n[Timer]\nOnCalendar=${schedule.expression} ${schedule.timezone}\n`
      : '';
  return `# job.service
[Service]
Type=oneshot
${start}ExecStart=/path/to/job
ExecStopPost=/bin/sh -c '[ "$$SERVICE_RESULT" = success ] || end=/fail; exec ${CURL} "${ping}$$end"'
${timer}`.trimEnd();
}

function kubernetes({ kind, ping, schedule }: Urls): string {
  const start = kind === 'process' ? `                  ${CURL} ${ping}/start\n` : '';
  const zone = schedule?.type === 'cron' ? `\n  timeZone: ${schedule.timezone}` : '';
  return `apiVersion: batch/v1
kind: CronJob
metadata:
  name: job
spec:
  schedule: "${cronOf(schedule)}"${zone}
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: job
              image: your-image # with sh and curl in it
              command: [/bin/sh, -c]
              args:
                - |
${start}                  /path/to/job
                  status=$?
                  ${CURL} ${ping}/$status
                  exit $status`;
}

function actions({ kind, ping, schedule }: Urls): string {
  const start = kind === 'process' ? `      - run: ${CURL} ${ping}/start\n` : '';
  return `on:
  schedule:
    - cron: '${cronOf(schedule)}' # in UTC
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
${start}      - run: ./job.sh
      - if: success()
        run: ${CURL} ${ping}
      - if: failure()
        run: ${CURL} ${ping}/fail`;
}

function docker({ kind, ping }: Urls): string {
  const start = kind === 'process' ? `${CURL} ${ping}/start; ` : '';
  return `${start}docker run --rm your-image; ${CURL} ${ping}/$?`;
}

/** One call is enough for whoever learns what the wrapper does. */
function wrapper({ ping, schedule }: Urls): string {
  return `${cronOf(schedule)} allswell run ${ping} -- /path/to/job`;
}

/** Lines to copy for this very monitor; nothing has to be filled in but the job. */
export function snippetsOf(monitor: Pick<Monitor, 'kind' | 'schedule'>, ping: string): readonly Snippet[] {
  const urls = { kind: monitor.kind, schedule: monitor.schedule, ping };
  return [
    { id: 'crontab', name: 'crontab', text: crontab(urls) },
    { id: 'bash', name: 'bash', text: shell(urls) },
    { id: 'wrapper', name: 'allswell run', text: wrapper(urls) },
    { id: 'python', name: 'Python', text: python(urls) },
    { id: 'node', name: 'Node.js', text: node(urls) },
    { id: 'go', name: 'Go', text: go(urls) },
    { id: 'php', name: 'PHP', text: php(urls) },
    { id: 'powershell', name: 'PowerShell', text: powershell(urls) },
    { id: 'systemd', name: 'systemd', text: systemd(urls) },
    { id: 'kubernetes', name: 'Kubernetes', text: kubernetes(urls) },
    { id: 'actions', name: 'GitHub Actions', text: actions(urls) },
    { id: 'docker', name: 'Docker', text: docker(urls) },
  ];
}
