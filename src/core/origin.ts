/** Systems that monitors can come from. */
export const IMPORT_SOURCES = ['gocron', 'cronflow', 'healthchecks'] as const;
export type ImportSource = (typeof IMPORT_SOURCES)[number];

/** Whose a monitor is in another system's interface; unique among the living monitors of a team (RULES §7). */
export interface Origin {
  readonly dialect: string;
  readonly key: string;
}

/** gocron knows a job by its name and its account; both are free text, so neither can be told apart by a separator. */
export function gocronOriginKey(account: string, cronname: string): string {
  return JSON.stringify([account, cronname]);
}

/** Cronflow knows a job by its name. */
export function cronflowOriginKey(name: string): string {
  return name;
}

/** Healthchecks knows a check by its UUID, which is also its ping key. */
export function healthchecksOriginKey(uuid: string): string {
  return uuid.toLowerCase();
}
