import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/instant.ts';

/** Lengths of time as the stories write them, in milliseconds. */
export const minutes = (count: number): number => count * MINUTE_MS;
export const hours = (count: number): number => count * HOUR_MS;
export const days = (count: number): number => count * DAY_MS;
