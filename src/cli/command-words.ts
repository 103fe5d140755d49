/** How the command is called by whoever started this: npm has it under its own roof, a service in the path. */
export function commandWords(env: Readonly<Record<string, string | undefined>>): string {
  return env.npm_lifecycle_event === undefined ? 'allswell' : 'npm run -s allswell --';
}
