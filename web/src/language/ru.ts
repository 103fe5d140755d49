import type { Words } from './words.ts';

export const ru: Words = {
  nav: {
    monitors: 'Мониторы',
    incidents: 'Инциденты',
    channels: 'Каналы',
    summary: 'Сводка',
    team: 'Команда',
    settings: 'Настройки',
  },
  notFound: { title: 'Здесь ничего нет', back: 'К мониторам' },
};
