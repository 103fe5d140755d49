/**
 * Processor time that `work` took, milliseconds. Tests measure this and not the time on the wall, because other work
 * on the machine must not fail them.
 */
export function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const used = process.cpuUsage(before);
  return (used.user + used.system) / 1_000;
}
