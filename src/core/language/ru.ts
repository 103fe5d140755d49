import { pluralRu } from './plurals.ts';
import { summaryRu } from './summary/ru.ts';
import type { BlindParts, DownParts, Moment, RunParts, SlotCauseParts, Span, Texts } from './texts.ts';

const MONTHS = [
  'января',
  'февраля',
  'марта',
  'апреля',
  'мая',
  'июня',
  'июля',
  'августа',
  'сентября',
  'октября',
  'ноября',
  'декабря',
];

const DAYS = { today: 'сегодня', yesterday: 'вчера', tomorrow: 'завтра' } as const;

/** Joins what there is to say; empty and null pieces are left out. */
function join(pieces: readonly (string | null)[], separator = ', '): string {
  return pieces.filter((piece) => piece).join(separator);
}

function dayOf({ day }: Moment): string {
  if (day.type !== 'date') return DAYS[day.type];
  return `${day.dayOfMonth} ${MONTHS[day.month - 1]}${day.year === null ? '' : ` ${day.year} года`}`;
}

const isToday = (moment: Moment) => moment.day.type === 'today';
const bare = (moment: Moment) => (isToday(moment) ? moment.time : `${dayOf(moment)} ${moment.time}`);
const at = (moment: Moment) => (isToday(moment) ? `в ${moment.time}` : `${dayOf(moment)} в ${moment.time}`);

function span({ from, to, isOneDay }: Span): string {
  if (isOneDay) return `${bare(from)}–${to.time}`;
  return `${dayOf(from)} ${from.time} – ${dayOf(to)} ${to.time}`;
}

const inZone = (words: string, zone: string) => `${words} (${zone})`;
const andMore = (count: number) => `и ещё ${count}`;

const lastSuccess = (last: Moment | null) => (last === null ? 'успехов ещё не было' : `последний успех ${at(last)}`);
const foundLate = (late: string | null) =>
  late === null ? null : `обнаружено с опозданием, через ${late} после крайнего срока`;

function blindTimes({ spans, more }: BlindParts): string {
  return join([spans.map(span).join(', '), more > 0 ? andMore(more) : null], ' ');
}

const blindWhile = (blind: BlindParts | null) => (blind === null ? null : `мы не вели наблюдение ${blindTimes(blind)}`);

/** A silence is judged in spite of blindness only the second time in a row (RULES §4). */
function slotCause(what: string, parts: SlotCauseParts): string {
  const { blind } = parts;
  const silent = parts.lastSuccess === null ? null : 'с тех пор тишина';
  const sentence = join([
    `${what} ${inZone(at(parts.expected), parts.zone)}`,
    `допуск ${parts.grace}`,
    lastSuccess(parts.lastSuccess),
    blind === null ? null : silent,
  ]);
  const both = blind === null ? null : `оба раза мы не вели наблюдение (последний: ${blindTimes(blind)})`;
  return join([sentence, both, foundLate(parts.foundLate)], '; ');
}

const monitors = (count: number) => `${count} ${pluralRu(count, 'монитор', 'монитора', 'мониторов')}`;

function missedRuns(count: number): string | null {
  if (count <= 0) return null;
  const verb = pluralRu(count, 'пропущен', 'пропущено', 'пропущено');
  return `${verb} ${count} ${pluralRu(count, 'запуск', 'запуска', 'запусков')}`;
}

const downFor = (parts: DownParts) => join([`простой ${parts.duration}`, missedRuns(parts.missedRuns)]);
const exitStatus = (status: number | null) => (status === null ? null : `код выхода ${status}`);
const outcome = (word: string, parts: RunParts) => join([word, exitStatus(parts.exitStatus), parts.duration]);

export const ru: Texts = {
  language: 'ru',
  unit: { millisecond: 'мс', second: 'с', minute: 'мин', hour: 'ч', day: 'д' },
  unnamed: '(без имени)',
  andMore,
  moment: { bare, at, span, inZone },

  cause: {
    missed: (parts) => slotCause('ждали', parts),
    notStarted: (parts) => slotCause('старт ждали', parts),
    failed: (parts) => {
      const sentence = join([
        `завершился с ошибкой ${inZone(at(parts.failed), parts.zone)}`,
        exitStatus(parts.exitStatus),
        parts.duration === null ? null : `длительность ${parts.duration}`,
        parts.streak > 1 ? `${parts.streak}-й сбой подряд` : null,
        lastSuccess(parts.lastSuccess),
      ]);
      return join([sentence, blindWhile(parts.blind)], '; ');
    },
    overran: (parts) => {
      const length =
        parts.usual === null
          ? `уже ${parts.running} при пределе ${parts.limit}`
          : `обычно ${parts.usual}, сейчас уже ${parts.running} (выученный предел ${parts.limit})`;
      const started = `старт ${inZone(at(parts.started), parts.zone)}`;
      const sentence = join(['всё ещё выполняется', length, started, lastSuccess(parts.lastSuccess)]);
      return join([sentence, blindWhile(parts.blind), foundLate(parts.foundLate)], '; ');
    },
  },

  resolution: {
    recovered: (parts) => `снова работает, ${downFor(parts)}`,
    withdrawn: () => 'тревога отозвана: задание отчиталось вовремя, его отчёт дошёл до нас позже',
    paused: (parts) => `закрыто, потому что монитор поставили на паузу, ${downFor(parts)}`,
    deleted: (parts) => `закрыто, потому что монитор удалили, ${downFor(parts)}`,
  },

  run: {
    open: (parts) => outcome('всё ещё выполняется', parts),
    succeeded: (parts) => outcome('успешно', parts),
    finishedLate: (parts) => outcome('завершился с опозданием', parts),
    failed: (parts) => outcome('завершился с ошибкой', parts),
    timedOut: (parts) => outcome('превысил предел', parts),
    abandoned: () => 'брошен: другой запуск начался раньше, чем он закончился',
    unknown: () => 'неизвестно: мы не вели наблюдение, когда он должен был закончиться',
    slotSkipped: () => 'пропущен, ещё выполнялся прежний запуск',
    slotUnknown: () => 'неизвестно: мы не вели наблюдение',
  },

  title: {
    missed: (name, last) =>
      `СБОЙ ${name}: не пришёл вовремя, ${last === null ? 'успехов ещё не было' : `последний успех ${at(last)}`}`,
    notStarted: (name, expected) => `СБОЙ ${name}: не стартовал ${at(expected)}`,
    failed: (name, status, streak) =>
      `СБОЙ ${name}: ${join(['завершился с ошибкой', streak > 1 ? `${streak}-й раз подряд` : null, exitStatus(status)])}`,
    overran: (name, running) => `СБОЙ ${name}: всё ещё выполняется, уже ${running}`,
    stillDown: (name, duration) => `ВСЁ ЕЩЁ СБОЙ ${name}: уже ${duration}`,
    recovered: (name, duration) => `НОРМА ${name}: снова работает, простой ${duration}`,
    withdrawn: (name) => `НОРМА ${name}: тревога отозвана, отчёт был вовремя`,
    paused: (name) => `ЗАКРЫТО ${name}: на паузе`,
    deleted: (name) => `ЗАКРЫТО ${name}: удалён`,
    merged: (name, when, isUp) => `${isUp ? 'НОРМА' : 'ЗАКРЫТО'} ${name}: простой ${when}`,
    digest: (down, up, closed) =>
      join([
        down > 0 ? `СБОЙ: ${monitors(down)}` : null,
        up > 0 ? `НОРМА: ${monitors(up)}` : null,
        closed > 0 ? `ЗАКРЫТО: ${monitors(closed)}` : null,
      ]),
    digestTotal: (total) => `Изменения у мониторов: ${total}`,
    neverHeard: (name) => `${name}: создан, но ещё ни разу не подал знака`,
    neverHeardMany: (count) => `Ни разу не подали знака: ${monitors(count)}`,
    gap: (when, names) =>
      join([`Мы не вели наблюдение ${when}`, names === null ? null : `нет сведений: ${names}`], '; '),
    channelBroken: (channel) => `Канал сломан: ${channel}`,
    test: (channel) => `Проверка канала ${channel}`,
  },

  notice: {
    opened: (name, code, cause) => {
      if (code === 'missed') return `«${name}» не пришёл вовремя: ${cause}.`;
      return code === 'not_started' ? `«${name}» не стартовал вовремя: ${cause}.` : `«${name}» ${cause}.`;
    },
    stillDown: (name, duration, cause) =>
      `«${name}» всё ещё не работает, уже ${duration}, и никто не взял это на себя; причина: ${cause}.`,
    recovered: (name, resolution) => `«${name}» ${resolution}.`,
    closed: (name, resolution) => `«${name}»: ${resolution}.`,
    merged: (name, when, duration, cause) =>
      `«${name}» не работал ${when}, всего ${duration}, это уже позади; причина: ${cause}.`,
    digest: (count) =>
      `${count} ${pluralRu(count, 'изменение', 'изменения', 'изменений')} за минуту, одним сообщением.`,
    digestQuiet: (count) => `${count} ${pluralRu(count, 'изменение', 'изменения', 'изменений')} за тихие часы.`,
    neverHeard: (name, created) =>
      `«${name}» создан ${created}, но ещё ни разу не подал знака. Установлено ли задание и вызывает ли оно свой адрес?`,
    neverHeardMany: (count) =>
      `Созданы сутки назад, но ни разу не подали знака: ${monitors(count)}. Установлены ли задания и вызывают ли они свои адреса?`,
    gap: (when, duration, names) => {
      const blind = `Мы не вели наблюдение ${when}, всего ${duration}`;
      if (names === null) return `${blind}; в это время ничего не ждали.`;
      return `${blind}; нет сведений: ${names}. То, что приходилось на это время, пропуском не считается.`;
    },
    channelBroken: (channel, kind, reason) =>
      `Канал «${channel}» (${kind}) больше не принимает сообщения: ${reason}. Исправьте его и отправьте проверку: она вернёт канал к работе.`,
    test: (channel) => `Это проверка: оповещения в канал «${channel}» приходят сюда.`,
    siteDark: (site, count) =>
      `Это шлюз площадки «${site}»: ${count === 0 ? 'сообщения о мониторах за ним' : `сообщения о ${count} ${pluralRu(count, 'мониторе', 'мониторах', 'мониторах')} за ним`} подождут, пока он не вернётся.`,
    siteLit: (site, recovered, stillDown) =>
      join(
        [
          `Площадка «${site}» снова на связи.`,
          recovered === 0 ? null : `Пока её не было, сломались и вернулись: ${monitors(recovered)}.`,
          stillDown === 0
            ? null
            : `Ещё не работают: ${monitors(stillDown)}; о тех, кто скоро не вернётся, мы сообщим отдельно.`,
        ],
        ' ',
      ),
    late: (delay, reason) => {
      const late = `Отправлено с опозданием на ${delay}`;
      if (reason === null) return `${late}.`;
      if (reason.type === 'site_dark') return `${late}: площадка была недоступна.`;
      return reason.type === 'unavailable'
        ? `${late}: канал был недоступен (${reason.service}).`
        : `${late}: канал просил подождать (${reason.service}).`;
    },
  },

  label: {
    monitor: 'Монитор',
    since: 'Не работает с',
    down: 'Не работал',
    lasted: 'Простой',
    cause: 'Причина',
    expected: 'Ожидание',
    lastGoodRun: 'Последний успех',
    runningFor: 'Выполняется',
    took: 'Длительность',
    missedRuns: 'Пропущено запусков',
    tags: 'Метки',
    created: 'Создан',
    blind: 'Без наблюдения',
    notKnown: 'Нет сведений',
    site: 'Площадка',
    held: 'Пока придержано',
    channel: 'Канал',
    reason: 'Причина',
    openMonitor: 'Открыть монитор',
    openIncident: 'Открыть инцидент',
    openDashboard: 'Открыть панель',
  },

  fact: {
    neverYet: 'ещё не было',
    expected: (expected, grace) => `${expected}, допуск ${grace}`,
    expectedStart: (expected, grace) => `старт ${expected}, допуск ${grace}`,
    limit: (limit) => `не дольше ${limit}`,
    usual: (usual, limit) => `обычно ${usual}, предел ${limit}`,
    took: (moment, duration) => `${moment}, длился ${duration}`,
    monitors,
    site: (site, count) => `${site}, за ней ${monitors(count)}`,
    noReason: 'причина не названа',
  },

  summary: summaryRu,

  channelKind: { email: 'почта', webhook: 'вебхук' },

  linking: {
    linked: (team) => `Готово. Оповещения команды «${team}» теперь приходят сюда.`,
    alreadyLinked: (team) => `Этот чат уже подключён: оповещения команды «${team}» приходят сюда.`,
    expired: 'Ссылка устарела: она действует 30 минут. Создайте новую и откройте её ещё раз.',
    used: 'Ссылка уже использована, она работает один раз. Создайте для этого чата новую.',
    unknown: 'Такой ссылки здесь нет. Создайте новую и откройте её ещё раз.',
    botRemoved: 'бот заблокирован или удалён из чата',
  },

  mail: {
    resetPassword: {
      title: 'Новый пароль',
      sentence: 'По этой ссылке можно задать новый пароль. Она работает один раз в течение часа.',
      button: 'Задать новый пароль',
      unasked: 'Если вы об этом не просили, ничего не делайте: пароль останется прежним.',
    },
    confirmEmail: {
      title: 'Подтвердите адрес',
      sentence: 'На этот адрес создана учётная запись. Подтвердите в течение суток, что он ваш.',
      button: 'Подтвердить адрес',
      unasked: 'Если это были не вы, ничего не делайте: без подтверждения записью никто не воспользуется.',
    },
    signInLink: {
      title: 'Ссылка для входа',
      sentence: 'По этой ссылке вы войдёте. Она работает один раз в течение 15 минут.',
      button: 'Войти',
      unasked: 'Если вы об этом не просили, ничего не делайте: никто не вошёл.',
    },
    signInLinkOff: {
      title: 'Вход по ссылке отключён',
      sentence: 'Кто-то запросил ссылку для входа. Ваша учётная запись требует ещё и код: войдите с паролем и кодом.',
      button: 'Ко входу',
      unasked: 'Если вы об этом не просили, ничего не делайте: никто не вошёл.',
    },
    accountExists: {
      title: 'У вас уже есть учётная запись',
      sentence: 'Кто-то хотел создать учётную запись с вашим адресом. Она уже есть: войдите или задайте новый пароль.',
      button: 'Ко входу',
      unasked: 'Если это были не вы, ничего не делайте: ничего не изменилось.',
    },
    invitation: (team, by) => ({
      title: `Приглашение в команду «${team}»`,
      sentence: `${by} приглашает вас в команду «${team}». Ссылка работает один раз в течение 7 дней.`,
      button: 'Принять приглашение',
      unasked: 'Если вы не знаете, кто это, ничего не делайте.',
    }),
  },

  page: {
    unsubscribe: {
      title: 'Больше не присылать',
      explanation: (address, team) =>
        `Оповещения команды «${team}» приходят на ${address}. После этого они приходить перестанут; участники команды увидят это в списке каналов.`,
      button: 'Больше не присылать',
      done: (address) => `Готово. Оповещения на ${address} больше не приходят.`,
      unknownLink: 'Эта ссылка неизвестна или уже использована. Ничего не изменилось.',
    },
    setup: {
      title: 'Станьте владельцем',
      explanation: 'Эта ссылка работает один раз. Кто воспользуется ей, тот и владелец этой установки.',
      name: 'Ваше имя',
      email: 'Адрес электронной почты',
      password: (minLength) => `Пароль, не короче ${minLength} символов`,
      button: 'Создать учётную запись',
      refused: 'Что-то не заполнено или слишком короткое. Ничего не создано, попробуйте ещё раз.',
      done: 'Вы владелец и уже вошли.',
      key: 'Ключ API для скриптов показан один раз: скопируйте его сейчас. У нас остаётся только хеш, показать ключ снова нельзя.',
      usedLink: 'Эта ссылка уже использована или устарела. Ничего не создано.',
    },
    status: {
      allWell: 'Всё работает.',
      someDown: (down, total) => `Не работает: ${down} из ${total}.`,
      nothing: 'Пока ничего не известно.',
      open: 'Сейчас не работает',
      downSince: (name, when) => `${name}: не работает с ${when}`,
      backAt: (name, when, duration) => `${name}: снова работает с ${when}, простой ${duration}`,
      announcements: 'Объявления',
      word: { up: 'работает', down: 'не работает', new: 'ещё нет сведений', paused: 'на паузе' },
      uptime: (share, days) => `${share} за ${days} ${pluralRu(days, 'день', 'дня', 'дней')}`,
      bars: (days) => `Последние ${days} ${pluralRu(days, 'день', 'дня', 'дней')}`,
      badDay: (day, duration) => `${day}: не работало ${duration}`,
      daysAgo: (days) => `${days} ${pluralRu(days, 'день', 'дня', 'дней')} назад`,
      today: 'сегодня',
      feed: 'Лента',
      updated: (when) => `По состоянию на ${when}`,
    },
    notNow: {
      title: 'Сейчас не получилось',
      explanation: 'Пожалуйста, попробуйте ещё раз через несколько секунд.',
    },
    linked: {
      monitorTitle: 'Монитор',
      incidentTitle: 'Инцидент',
      explanation: 'Чтобы посмотреть его, выполните это на сервере или спросите API с ключом вашей команды:',
    },
  },
};
