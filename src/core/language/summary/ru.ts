import { pluralRu } from '../plurals.ts';
import type { SummaryTexts } from './texts.ts';

const join = (pieces: readonly (string | null)[]) => pieces.filter((piece) => piece).join(', ');
const incidents = (count: number) => `${count} ${pluralRu(count, 'инцидент', 'инцидента', 'инцидентов')}`;
const runs = (count: number) => `${count} ${pluralRu(count, 'запуск', 'запуска', 'запусков')}`;
/** After «из»: «из 1 запуска», «из 21 запуска», «из 5 запусков». */
const ofRuns = (count: number) => `${count} ${pluralRu(count, 'запуска', 'запусков', 'запусков')}`;
const ofMonitors = (count: number) => `${count} ${pluralRu(count, 'монитора', 'мониторов', 'мониторов')}`;
const ofMessages = (count: number) => `${count} ${pluralRu(count, 'сообщения', 'сообщений', 'сообщений')}`;
const monitors = (count: number) => `${count} ${pluralRu(count, 'монитор', 'монитора', 'мониторов')}`;

export const summaryRu: SummaryTexts = {
  title: ({ period, isCalm, success, incidents: count, down }) => {
    const name = period === 'day' ? 'Сводка за день' : 'Сводка за неделю';
    if (isCalm) return `${name}: всё хорошо`;
    return `${name}: ${join([
      success === null ? null : `успешно ${success}`,
      count > 0 ? incidents(count) : 'без инцидентов',
      down > 0 ? `в сбое ${monitors(down)}` : null,
    ])}`;
  },
  sentence: ({ isCalm, when, success, incidents: told, uptime }) => {
    const numbers = join([success, told, uptime]);
    return isCalm ? `Всё хорошо. ${when}: ${numbers}.` : `${when}: ${numbers}.`;
  },
  success: (good, all, share) => `успешно ${good} из ${ofRuns(all)} (${share})`,
  nothingDue: 'ничего не ожидалось',
  incidents: (count, duration) => (count > 0 ? `${incidents(count)}, всего ${duration}` : 'инцидентов не было'),
  uptime: (share) => `доступность ${share}`,
  monitors: ({ up, down, paused, new: fresh }) =>
    join([
      `в норме ${up}`,
      `в сбое ${down}`,
      paused > 0 ? `на паузе ${paused}` : null,
      fresh > 0 ? `ещё без сигналов ${fresh}` : null,
    ]),

  label: { success: 'Успешно', incidents: 'Инциденты', uptime: 'Доступность', monitors: 'Мониторы сейчас' },

  line: {
    incident: (name, duration, isOpen) =>
      isOpen ? `Инцидент: «${name}» не работает, уже ${duration}` : `Инцидент: «${name}», простой ${duration}`,
    slowest: (name, duration, count) => `Долго: «${name}», обычно ${duration} (${runs(count)})`,
    growing: (name, now, before, growth) => `Дольше прежнего: «${name}», ${now}, было ${before} (${growth})`,
    neverHeard: (name, created) => `Ни разу не подал знака: «${name}», создан ${created}`,
    moreNeverHeard: (count) => `Ни разу не подали знака: ещё ${monitors(count)}`,
    noisy: (name, count) => `Часто сбоит: «${name}», ${incidents(count)}`,
    channelBroken: (channel) => `Канал сломан: ${channel}`,
    channelFails: (channel, failed, all) => `Канал сбоит: ${channel}, не доставлено ${failed} из ${ofMessages(all)}`,
    moreChannelsFail: (count) => `Каналы сбоят: ещё ${count}`,
    channelUnused: (channel) => `Канал не используется: ${channel}`,
  },

  missed: {
    title: (count) => (count > 0 ? `Сейчас в сбое: ${monitors(count)}` : 'Сейчас сбоев нет'),
    sentence: (count, all) =>
      count > 0
        ? `Сейчас в сбое ${monitors(count)}, всего под наблюдением ${all}.`
        : `Всё хорошо: из ${ofMonitors(all)} ни один не в сбое.`,
    line: (name, cause) => `«${name}»: ${cause}`,
  },
};
