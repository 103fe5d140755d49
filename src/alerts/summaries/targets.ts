import type { SummaryTarget } from '../../store/summary-schedules.ts';

/** Where a summary goes: the channels that were chosen, or all but the one of the environment, which has to be chosen. */
export function chosenTargets(
  working: readonly SummaryTarget[],
  channelIds: readonly string[] | null,
): readonly SummaryTarget[] {
  return working.filter(({ channelId, fromEnvironment }) =>
    channelIds === null ? !fromEnvironment : channelIds.includes(channelId),
  );
}

/** Where "what is missed now" goes: the team's own Slack channels, or, where it has none, the one of the environment. */
export function slackTargets(working: readonly SummaryTarget[]): readonly SummaryTarget[] {
  const slack = working.filter(({ channelKind }) => channelKind === 'slack');
  const own = slack.filter(({ fromEnvironment }) => !fromEnvironment);
  return own.length > 0 ? own : slack;
}
