import { readFileSync } from 'node:fs';
import { readArguments, readContext } from './command.ts';
import { findCommand } from './commands/index.ts';
import { useCompileCache } from './compile-cache.ts';
import { helpText } from './document.ts';
import { loadEnvironment } from './environment.ts';
import { CommandError, EXIT, terminal } from './output.ts';

function productVersion(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === 'serve') {
    // The server is large; the other commands start without it, in somebody's crontab.
    loadEnvironment(process.cwd());
    await useCompileCache(process.env);
    const { serve } = await import('./serve.ts');
    return serve(args.slice(1));
  }
  if (args[0] === 'demo' && !args.includes('--help')) {
    const { runDemo } = await import('./demo/command.ts');
    return runDemo(args.slice(1));
  }
  if (args.length === 0 || args[0] === 'help' || args.includes('--help')) {
    terminal.line(helpText());
    return args.length === 0 ? EXIT.misused : EXIT.ok;
  }
  if (args[0] === '--version' || args[0] === '-v') {
    terminal.line(`allswell ${productVersion()}`);
    return EXIT.ok;
  }
  const command = findCommand(args);
  if (command === undefined)
    throw new CommandError(`"${args.join(' ')}" is no command; allswell help lists them`, EXIT.misused);
  const words = command.name.split(' ').length;
  return (await command.run(readArguments(command, args.slice(words)), readContext())) ?? EXIT.ok;
}

// `allswell monitor list | head`, a terminal that was closed: nobody reads the rest, and that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});
// What cannot be logged (nobody reads, the disk is full) cannot be complained about either, and the server has to go on.
process.stderr.on('error', () => undefined);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  terminal.note(`allswell: ${error.message}`);
  process.exitCode = error.exitCode;
}
