/** What rows and pages of monitors say of a maintenance; apart, because the first page loads it. */
export const en = {
  row: (until: string) => `Maintenance until ${until}: alarms are held`,
  now: 'Maintenance until',
  held: 'Alarms are held, everything is measured as ever.',
  next: 'Next maintenance',
};

export type MaintenanceSignWords = typeof en;
