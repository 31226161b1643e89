/** An example for Alertmanager: how to group, what inhibits what. */
import type { Clock } from './clock.ts';

/**
 * A blind observer mutes what it says of outcomes. Metrics of outcomes have no label `source`, as a call may come from
 * several, so the whole sidecar is muted; what one source hands in is muted by that source alone.
 */
const INHIBIT_RULES = [
  {
    source_matchers: ['kind="blind"'],
    target_matchers: ['kind="outcome"'],
    equal: ['job', 'instance'],
  },
  {
    source_matchers: ['alertname="CallfateObserverBlind"'],
    target_matchers: ['kind="input"'],
    equal: ['job', 'instance', 'source'],
  },
  {
    // All calls of a trunk fail: that some do is no news.
    source_matchers: ['alertname="CallfateTrunkDown"'],
    target_matchers: [
      'alertname=~"CallfatePeerFailureSpike|CallfateTrunkCongested|CallfateTrunkUnanswered"',
    ],
    equal: ['job', 'instance', 'peer'],
  },
] as const;

/** Days on which nobody calls, and which neither yesterday nor a week ago foretell; sites put theirs here. */
const HOLIDAYS = {
  name: 'public-holidays',
  time_intervals: [
    { months: ['1'], days_of_month: ['1'] },
    { months: ['12'], days_of_month: ['25:26'] },
  ],
} as const;

/** `url`: the webhook that gets all alerts. */
export function alertmanagerConfig(t: Clock, url: string): object {
  return {
    route: {
      receiver: 'operators',
      // By route: one message for what happens at one PBX at one time, and another for what callfate itself is about.
      group_by: ['job', 'instance', 'kind'],
      group_wait: t(0.5),
      group_interval: t(5),
      repeat_interval: t(240),
      routes: [
        {
          matchers: ['alertname="CallfateNoTraffic"'],
          receiver: 'operators',
          repeat_interval: t(60),
          mute_time_intervals: [HOLIDAYS.name],
        },
        {
          matchers: ['severity="critical"'],
          receiver: 'operators',
          repeat_interval: t(60),
        },
      ],
    },
    time_intervals: [HOLIDAYS],
    inhibit_rules: INHIBIT_RULES,
    receivers: [{ name: 'operators', webhook_configs: [{ url, send_resolved: true }] }],
  };
}
