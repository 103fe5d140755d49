import type { ChoosingWords } from '../en/choosing.ts';

export const ru: ChoosingWords = {
  monitors: 'Мониторы',
  tags: 'Метки',
  sites: 'Площадки',
  search: 'Добавить монитор по части имени',
  nothing: 'Нет монитора с таким именем, который ещё не выбран.',
  noTags: 'Меток пока нет ни у одного монитора.',
  gone: 'удалённый монитор',
  remove: (name) => `Убрать: ${name}`,
};
