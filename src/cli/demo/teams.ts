import { TEAM_PING_KEY_LENGTH } from '../../accounts/first-start.ts';
import { createPasswords } from '../../accounts/password.ts';
import { INVITATION_MS } from '../../accounts/people.ts';
import { createChannel } from '../../alerts/channel-records.ts';
import type { ChannelKinds } from '../../alerts/channels/registry.ts';
import { HOUR_MS, type Instant } from '../../core/instant.ts';
import { nextTime, type Timetable } from '../../core/summary/timetable.ts';
import { type Random, randomBase62 } from '../../platform/random.ts';
import { hashApiKey, insertApiKey, markApiKeyUsed } from '../../store/api-keys.ts';
import { insertAudit } from '../../store/audit.ts';
import type { Database, Queryable, Transaction } from '../../store/database.ts';
import { hashInvitationToken, saveInvitation } from '../../store/invitations.ts';
import { insertMember } from '../../store/members.ts';
import { setQuietHours } from '../../store/quiet-hours.ts';
import type { Sealer } from '../../store/seal.ts';
import { saveSummarySchedule } from '../../store/summary-schedules.ts';
import { findFirstTeam, insertTeam, updateTeam } from '../../store/teams.ts';
import { insertUser } from '../../store/users.ts';
import { PEOPLE, personOf, TEAMS, type TeamStory } from './story.ts';
import type { StoryClock } from './story-clock.ts';

export interface TeamsDeps {
  readonly database: Database;
  readonly clock: StoryClock;
  readonly random: Random;
  readonly newId: () => string;
  readonly sealer: Sealer;
  readonly channelKinds: ChannelKinds;
  readonly shownAt: Instant;
}

/** A team of the story as it stands in the database. */
export interface ToldTeam {
  readonly id: string;
  readonly story: TeamStory;
  /** Ids of its channels by their names. */
  readonly channels: ReadonlyMap<string, string>;
}

export interface Cast {
  readonly teams: readonly ToldTeam[];
  readonly userIds: ReadonlyMap<string, string>;
}

/** Where people of the story sit. */
export const DESK_ADDRESS = '192.0.2.10';

/** Everybody has the same password: it is printed for one of them, and the others are there to be tried too. */
export async function makeCast(deps: TeamsDeps, password: string): Promise<Cast> {
  const hash = await createPasswords(deps.random).hash(password);
  const userIds = new Map<string, string>();
  await deps.database.transaction(async (tx) => {
    for (const [key, { name, email }] of Object.entries(PEOPLE)) {
      const id = deps.newId();
      userIds.set(key, id);
      const account = { accountId: deps.newId(), hash };
      await insertUser(tx, { id, name, email, emailVerified: true, createdAt: deps.clock.now(), password: account });
    }
  });
  const teams: ToldTeam[] = [];
  for (const story of TEAMS) {
    teams.push(await deps.database.transaction((tx) => makeTeam(tx, deps, story, userIds, teams.length === 0)));
  }
  return { teams, userIds };
}

async function makeTeam(
  tx: Transaction,
  deps: TeamsDeps,
  story: TeamStory,
  userIds: ReadonlyMap<string, string>,
  isFirst: boolean,
): Promise<ToldTeam> {
  const { newId, random, clock } = deps;
  const { name, language, timezone, reminderEverySeconds } = story;
  const first = isFirst ? await findFirstTeam(tx) : null;
  const id = first?.id ?? newId();
  const pingKey = randomBase62(random, TEAM_PING_KEY_LENGTH);
  if (first === null) await insertTeam(tx, { id, name, language, timezone, pingKey, createdAt: clock.now() });
  await updateTeam(tx, id, { name, language, timezone, reminderEverySeconds });
  for (const { person, role } of story.people) {
    await insertMember(tx, { teamId: id, userId: userIds.get(person) ?? '', role, joinedAt: clock.now() });
  }
  const [owner] = story.people;
  await note(tx, deps, userIds, id, owner?.person ?? '', 'team.create', { kind: 'team', id, name });
  const channels = await makeChannels(tx, deps, story, id, userIds);
  await makeKeysAndGuests(tx, deps, story, id);
  for (const { kind, time } of story.summaries) {
    const timetable: Timetable = { kind, weekday: kind === 'weekly' ? 'monday' : null, time, timezone };
    const nextAt = nextTime(timetable, clock.now());
    await saveSummarySchedule(tx, { ...timetable, teamId: id, enabled: true, channelIds: null, nextAt }, clock.now());
  }
  return { id, story, channels };
}

async function makeChannels(
  tx: Transaction,
  deps: TeamsDeps,
  { channels, timezone, people }: TeamStory,
  teamId: string,
  userIds: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const made = new Map<string, string>();
  for (const { kind, name, config, quiet, onlyChosen = false } of channels) {
    const channelKind = deps.channelKinds.get(kind);
    if (channelKind === undefined) throw new Error(`there is no channel of the kind ${kind}`);
    const wanted = { teamId, name, config: channelKind.configSchema.parse(config), onlyChosen };
    const { channel } = await createChannel(tx, deps, channelKind, wanted, deps.clock.now());
    if (quiet !== undefined) {
      await setQuietHours(tx, channel.id, { ...quiet, timezone, downPasses: true }, deps.clock.now());
    }
    await note(tx, deps, userIds, teamId, people[0]?.person ?? '', 'channel.create', {
      kind: 'channel',
      id: channel.id,
      name,
    });
    made.set(name, channel.id);
  }
  return made;
}

async function makeKeysAndGuests(tx: Transaction, deps: TeamsDeps, story: TeamStory, teamId: string): Promise<void> {
  const { newId, random, clock, shownAt } = deps;
  for (const { name, scope, by } of story.keys) {
    const id = newId();
    const key = { id, teamId, name, scope, createdAt: clock.now(), expiresAt: null, createdBy: personOf(by).name };
    await insertApiKey(tx, key, hashApiKey(randomBase62(random, 40)));
    if (scope === 'read') await markApiKeyUsed(tx, id, shownAt - HOUR_MS / 2);
  }
  for (const { email, role, agoMs } of story.invited) {
    const createdAt = shownAt - agoMs;
    const invitedBy = personOf(story.people[0]?.person ?? '').name;
    const guest = { id: newId(), teamId, email, role, invitedBy, createdAt, expiresAt: createdAt + INVITATION_MS };
    await saveInvitation(tx, guest, hashInvitationToken(randomBase62(random, 43)));
  }
}

/** What somebody did, in the audit log of their team. */
export async function note(
  db: Queryable,
  { newId, clock }: Pick<TeamsDeps, 'newId' | 'clock'>,
  userIds: ReadonlyMap<string, string>,
  teamId: string,
  person: string,
  action: string,
  target: { readonly kind: string; readonly id: string; readonly name: string },
): Promise<void> {
  await insertAudit(db, {
    id: newId(),
    teamId,
    at: clock.now(),
    actorKind: 'person',
    actorId: userIds.get(person) ?? '',
    actorName: personOf(person).name,
    action,
    targetKind: target.kind,
    targetId: target.id,
    targetName: target.name,
    changes: {},
    address: DESK_ADDRESS,
  });
}
