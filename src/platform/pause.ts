/** Waits; other than a Clock's timers it keeps the process alive. For the command line, which has nothing else to do. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
