import { type Arguments, type Command, type CommandContext, oneOf } from '../command.ts';
import { applyPlan } from '../discover/apply.ts';
import { diffOf } from '../discover/diff.ts';
import { openPlaces } from '../discover/places.ts';
import { changesFor, type FileChange, type Proposal, propose, refuseLongLines } from '../discover/plan.ts';
import { scanHost } from '../discover/scan.ts';
import { openScene, type Scene } from '../discover/scene.ts';
import { undoAll } from '../discover/undo.ts';
import { chooseWrapper, USUAL_PLACE, type WrapperChoice } from '../discover/wrapper.ts';
import { CommandError, EXIT, type Output, table } from '../output.ts';

const utf8 = (latin1: string) => Buffer.from(latin1, 'latin1').toString('utf8');
const STATE_WORDS = { open: 'new', watched: 'watched', left: 'left alone' } as const;

function placeOf({ job }: Proposal): string {
  return job.line === null ? job.path : `${job.path}:${job.line}`;
}

function reasonOf({ job }: Proposal): string | null {
  return job.state.is === 'left' ? job.state.reason : null;
}

function proposalJson(proposal: Proposal) {
  const { job, slug } = proposal;
  return {
    state: job.state.is === 'open' ? 'new' : job.state.is,
    name: job.name,
    slug,
    schedule: job.state.is === 'open' ? job.state.schedule : null,
    schedule_text: utf8(job.scheduleText),
    source: job.source,
    path: job.path,
    line: job.line,
    user: job.user,
    reason: reasonOf(proposal),
    notes: job.notes.map(utf8),
  };
}

function changeJson({ path, before, lines }: FileChange) {
  return { path, created: before === null, lines: lines.map(({ number }) => number) };
}

/** The jobs as a table, then what is to be said of single ones. */
function listing(proposals: readonly Proposal[]): string {
  if (proposals.length === 0) return 'no scheduled jobs were found';
  const rows = proposals.map((proposal) => {
    const { job, slug } = proposal;
    return [STATE_WORDS[job.state.is], job.name, utf8(job.scheduleText), job.user, slug ?? '-', placeOf(proposal)];
  });
  const remarks = proposals.flatMap((proposal) => {
    const reason = reasonOf(proposal);
    const said = reason === null ? [] : [`left alone: ${utf8(reason)}`];
    return [...said, ...proposal.job.notes.map(utf8)].map((text) => `${placeOf(proposal)}: ${text}`);
  });
  const found = table(['state', 'name', 'schedule', 'user', 'slug', 'where'], rows);
  return remarks.length === 0 ? found : `${found}\n\n${remarks.join('\n')}`;
}

interface Plan {
  readonly scene: Scene;
  readonly proposals: readonly Proposal[];
  readonly wrapper: WrapperChoice;
}

function planFor(args: Arguments, scene: Scene): Plan {
  const jobs = scanHost(scene.tree, scene.host, scene.own, args.option('user') ?? null);
  const wrapper = chooseWrapper(scene.tree, args.option('wrapper') ?? null, scene.isOwn);
  const words = 'words' in wrapper ? wrapper.words : USUAL_PLACE;
  return { scene, proposals: refuseLongLines(propose(jobs, scene.host), words), wrapper };
}

function show({ scene, proposals, wrapper }: Plan, args: Arguments, output: Output): void {
  const words = 'words' in wrapper ? wrapper.words : USUAL_PLACE;
  const changes = changesFor(proposals, words, openPlaces(scene.tree).read);
  if (args.flag('json')) {
    const { name, timezone } = scene.host;
    const jobs = proposals.map(proposalJson);
    output.line(JSON.stringify({ host: name, timezone, jobs, changes: changes.map(changeJson) }, null, 2));
    return;
  }
  output.line(listing(proposals));
  if (args.flag('dry-run') && changes.length > 0) output.line(`\n${diffOf(changes)}`);
  if ('reason' in wrapper) output.note(`allswell: ${wrapper.reason}`);
  if (changes.length > 0 && !args.flag('dry-run')) {
    output.note('\nNothing was changed: --dry-run shows the lines as they would be, --apply writes them.');
  }
}

async function apply(plan: Plan, args: Arguments, { client, output }: CommandContext): Promise<number> {
  if ('reason' in plan.wrapper) throw new CommandError(`${plan.wrapper.reason}; nothing was changed`);
  const { proposals, changes, notes } = await applyPlan(plan.scene, plan.proposals, plan.wrapper.words, client);
  if (args.flag('json')) {
    output.line(
      JSON.stringify({ jobs: proposals.map(proposalJson), changes: changes.map(changeJson), notes }, null, 2),
    );
    return EXIT.ok;
  }
  output.line(listing(proposals));
  const count = proposals.filter(({ job }) => job.state.is === 'open').length;
  output.line(
    changes.length === 0
      ? '\nThere is nothing to wrap; nothing was changed.'
      : `\n${count} ${count === 1 ? 'job reports' : 'jobs report'} from now on. --undo takes it back; copies are in ${plan.scene.state.path}`,
  );
  for (const note of notes) output.note(`allswell: ${note}`);
  return EXIT.ok;
}

async function undo(scene: Scene, args: Arguments, { client, output }: CommandContext): Promise<number> {
  const { restored, complaints, paused, faults, notes } = await undoAll(scene, client);
  if (args.flag('json')) {
    const slugs = paused.map(({ slug }) => slug);
    output.line(
      JSON.stringify(
        { restored, left: complaints, idle_monitors: slugs, not_paused: faults.map(({ text }) => text), notes },
        null,
        2,
      ),
    );
  } else {
    output.line(
      restored.length === 0
        ? 'There is nothing to take back.'
        : restored.map((path) => `as it was: ${path}`).join('\n'),
    );
    if (paused.length > faults.length) output.line(`paused monitors: ${paused.length - faults.length}`);
    for (const text of complaints) output.note(`allswell: ${text}`);
    for (const { text } of faults) output.note(`allswell: not paused: ${text}`);
    for (const text of notes) output.note(`allswell: ${text}`);
  }
  return complaints.length > 0 ? EXIT.failed : (faults[0]?.exitCode ?? EXIT.ok);
}

/** A full disk, a folder that may not be written: said in one line. What was done before that is in the manifest. */
async function orOneLine(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new CommandError(`${error.message}; --undo takes back what was done so far`);
  }
}

export const discoverCommand: Command = {
  name: 'discover',
  usage: '[--dry-run | --apply | --undo] [--user NAME] [--wrapper PATH] [--root DIR] [--json]',
  summary: 'find the scheduled jobs of this host, and have them watched',
  words: [0, 0],
  options: {
    'dry-run': { type: 'boolean' },
    apply: { type: 'boolean' },
    undo: { type: 'boolean' },
    user: { type: 'string' },
    wrapper: { type: 'string' },
    root: { type: 'string' },
    json: { type: 'boolean' },
  },
  details: [
    'Reads crontabs, `/etc/cron.d`, anacron and systemd timers and lists each job with the monitor that it would get. `--dry-run` also shows the changed lines. `--apply` makes the monitors, puts the wrapper in front of each job and keeps copies of the files; `--undo` takes that back. Run by anybody but root it is about the caller’s own crontab. [docs/discover.md](discover.md) says more.',
    '`--user` takes only the jobs of one user. `--wrapper` names the wrapper on the host; without it, the one in `/usr/local/bin` or `/usr/bin`. `--root` works on the host below a folder: an image, a chroot, a test.',
  ],
  async run(args, context) {
    oneOf(args, 'dry-run', 'apply', 'undo');
    const scene = openScene(args.option('root') ?? '/', process.env);
    if (args.flag('undo')) return orOneLine(undo(scene, args, context));
    const plan = planFor(args, scene);
    if (args.flag('apply')) return orOneLine(apply(plan, args, context));
    show(plan, args, context.output);
    return EXIT.ok;
  },
};
