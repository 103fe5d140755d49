import type { MaintenanceSignWords } from '../en/maintenance-sign.ts';

export const ru: MaintenanceSignWords = {
  row: (until) => `Обслуживание до ${until}: тревоги придержаны`,
  now: 'Обслуживание до',
  held: 'Тревоги придержаны, измерения идут как обычно.',
  next: 'Ближайшее обслуживание',
};
