/**
 * The rule files, run by Prometheus' own engine (promtool) over a made-up site: ratios against figures worked out by
 * hand, what must not wake anybody, and each alert on its own case.
 */
import { describe, expect, test } from 'vitest';
import { ALERTS } from '../../grafana/src/alert-rules.ts';
import { INPUTS } from '../../grafana/src/inputs.ts';
import { ANSWERED, type Calls, type Series, Site } from '../grafana/site.ts';
import { ask, firing, type Question, run, silent } from './rig/promtool.ts';
import { canRun } from './rig/suite.ts';

/** Minutes between two scrapes. */
const STEP = 2;
const HOUR = 60 / STEP;

/** Small numbers that look random and are the same in every run. */
function noise(step: number, salt: number): number {
  const x = Math.sin(step * 12.9898 + salt * 78.233) * 43_758.5453;
  return x - Math.floor(x);
}

/** Calls of a normal step: `load` of them, most of them good. */
function normal(load: number, step: number): Calls {
  const some = (share: number, salt: number) => Math.floor(load * share + noise(step, salt));
  return [
    [some(0.62, 1), ANSWERED],
    [some(0.14, 2), ['user_busy', 486]],
    [some(0.12, 3), ['no_answer', 480]],
    [some(0.05, 4), ['unallocated_number', 404]],
    [some(0.01, 5), ['temporary_failure', 503]],
    [Math.floor(load * 0.004 + noise(step, 6)), ['no_circuit_available', 503]],
    [Math.floor(load * 0.002 + noise(step, 7) * 0.7), ['no_end_seen', 200]],
  ];
}

/** A site that has been busy for `hours`, with both carriers up. The past of six hours is as long as there is one. */
function busySite(hours: number, instance?: string): Site {
  const site = new Site(instance);
  for (let step = 0; step < hours * HOUR; step++) {
    site.end(normal(20, step));
    site.end(normal(10, step + 7), 'carrier-b');
    site.scrape();
  }
  return site;
}

/** Calls of a step of five minutes on a day with a morning, and a campaign from nine to eleven that fails much. */
function mornings(step: number): Calls {
  const hour = ((step * 5) / 60) % 24;
  const load = LOADS.find(([until]) => hour < until)?.[1](hour) ?? 15;
  const campaign: Calls = [
    [60, ['unallocated_number', 404]],
    [60, ['no_answer', 480]],
  ];
  return [...normal(load, step), ...(hour >= 9 && hour < 11 ? campaign : [])];
}

/** Until that hour, so many calls in five minutes. */
const LOADS: readonly (readonly [number, (hour: number) => number])[] = [
  [7, () => 2],
  [10, (hour) => (hour - 6) * 30],
  [18, () => 100],
];

/** Few calls of a night, and half of them fail. */
function night(step: number): Calls {
  const each: readonly (readonly [number, Calls[number]])[] = [
    [9, [1, ['unallocated_number', 404]]],
    [14, [1, ['no_circuit_available', 503]]],
    [10, [1, ANSWERED]],
    [40, [1, ['no_end_seen', 200]]],
  ];
  return each.flatMap(([every, calls]) => (step % every === 0 ? [calls] : []));
}

const DAY = 24 * 60;
const NO_TRAFFIC = [INPUTS.started, 'CallfateNoTraffic'];

/** A site where calls come all day and night, and then none; in minutes. */
function callsFor(busy: number, idle: number, instance?: string): Site {
  const site = new Site(instance);
  for (let minute = 0; minute < busy + idle; minute += 5) {
    if (minute < busy) site.end([[3, ANSWERED]]);
    site.scrape();
  }
  return site;
}

const minuteOf = (site: Site): number => (site.steps - 1) * STEP;

interface SpikeCase {
  readonly alert: string;
  /** What rightly fires beside it. */
  readonly also?: readonly string[];
  /** The calls of one step after the busy hours. */
  readonly calls: (site: Site, step: number) => void;
}

const usual = (site: Site, step: number): void => {
  site.end(normal(20, step));
  site.end(normal(10, step + 7), 'carrier-b');
};

const SPIKES: readonly SpikeCase[] = [
  {
    alert: 'CallfateFailureSpike',
    calls: (site, step) => {
      usual(site, step);
      site.end([[2, ['incompatible_destination', 488]]]);
      site.end([[1, ['incompatible_destination', 488]]], 'carrier-b');
    },
  },
  {
    alert: 'CallfatePeerFailureSpike',
    calls: (site, step) => {
      usual(site, step);
      const reasons = ['bad_gateway', 'network_out_of_order', 'resource_unavailable'];
      for (const reason of reasons) site.end([[1, [reason, 502]]], 'carrier-b');
    },
  },
  {
    alert: 'CallfateTrunkDown',
    also: ['CallfateFailureSpike', 'CallfateNerDrop', 'CallfatePeerFailureSpike'],
    calls: (site, step) => {
      site.end(normal(20, step));
      site.end([[10, ['network_out_of_order', 502]]], 'carrier-b');
    },
  },
  {
    alert: 'CallfateCongestion',
    calls: (site, step) => {
      usual(site, step);
      site.end([[1, ['no_circuit_available', 503]]]);
      if (step % 2 === 0) site.end([[1, ['no_circuit_available', 500]]], 'carrier-b');
    },
  },
  {
    alert: 'CallfateTrunkCongested',
    calls: (site, step) => {
      usual(site, step);
      // The callers do not notice: another carrier takes these calls.
      site.add('callfate_branch_finals_total', ['carrier-b', '503'], 3);
    },
  },
  {
    alert: 'CallfateAsrDrop',
    calls: (site) => {
      site.end([
        [8, ANSWERED],
        [22, ['no_answer', 480]],
      ]);
    },
  },
  {
    alert: 'CallfateNerDrop',
    also: ['CallfateFailureSpike', 'CallfatePeerFailureSpike'],
    calls: (site) => {
      site.end([
        [14, ANSWERED],
        [6, ['user_busy', 486]],
        [10, ['network_out_of_order', 502]],
      ]);
    },
  },
  {
    alert: 'CallfateAudioLoss',
    calls: (site, step) => {
      usual(site, step);
      site.end([[1, ['one_way_audio', 200]]]);
    },
  },
  {
    alert: 'CallfateAbandonedSurge',
    calls: (site, step) => {
      usual(site, step);
      site.end([[5, ['abandoned_queue', 200]]]);
    },
  },
  {
    alert: 'CallfateLostSurge',
    calls: (site, step) => {
      usual(site, step);
      site.end([[3, ['no_final_seen', 0]]]);
    },
  },
];

/** Long enough for the certificate, whose alert waits an hour. */
const PLAIN_STEPS = 40;
const LAST = PLAIN_STEPS - 3;

/** What happens in each step; false: the scrape fails. */
const PLAIN: Readonly<Record<string, (site: Site, step: number) => unknown>> = {
  // One probe in two minutes.
  CallfateTrunkProbesFail: (site) =>
    site.add('callfate_peer_probe_timeouts_total', ['carrier-a', 'OPTIONS'], 1),
  // A small site: one call in ten minutes, and none gets through.
  CallfateTrunkUnanswered: (site, step) => {
    if (step % 5 === 0) site.end([[1, ['no_circuit_available', 503]]]);
  },
  CallfateObserverBlind: (site) => {
    site.add('callfate_input_frames_total', ['hep_udp'], 100);
    site.add('callfate_input_lost_total', ['hep_udp', 'kernel'], 5);
  },
  CallfateLawBroken: (site, step) => {
    site.end([[1, ANSWERED]]);
    if (step === 9) site.add('callfate_attempts_started_total', [], 1);
  },
  CallfateTableFull: (site) => site.add('callfate_limit_hits_total', ['calls'], 10),
  CallfateInputMalformed: (site) => {
    site.add('callfate_input_frames_total', ['hep_udp'], 100);
    site.add('callfate_input_malformed_total', ['hep_udp', 'header'], 10);
  },
  // Packets with a wrong key blind nobody: whoever sends them must not mute the rest.
  CallfateSenderRefused: (site) => {
    site.add('callfate_input_frames_total', ['hep_udp'], 100);
    site.add('callfate_input_lost_total', ['hep_udp', 'auth'], 5);
  },
  CallfateFactsRefused: (site) => site.add('callfate_context_events_total', ['unknown_type'], 5),
  // More than an hour ago: it is as dead as in the first minute.
  CallfateCaptureStopped: (site, step) => {
    site.set('callfate_capture_configured', [], 1);
    site.set('callfate_capture_running', [], step < 3 ? 1 : 0);
  },
  CallfateRelayCannotReach: (site) => site.add('callfate_relay_upgrades_total', ['unreachable'], 5),
  CallfateDown: (_, step) => step < LAST - 1,
  CallfateEngineRestarted: (site, step) => {
    if (step === LAST) site.add('callfate_engine_restarts_total', [], 1);
  },
  CallfateConfigReloadFailed: (site) => site.set('callfate_config_last_reload_successful', [], 0),
  CallfateCertificateExpires: (site) =>
    site.set('callfate_tls_certificate_expiry_timestamp_seconds', ['http'], 10 * 86_400),
  CallfateCertificateNotLoaded: (site, step) => {
    if (step === LAST) site.add('callfate_tls_certificate_loads_total', ['http', 'failed'], 1);
  },
  CallfateLimitHit: (site) => site.add('callfate_limit_hits_total', ['branches'], 5),
  CallfateLogLost: (site, step) => {
    if (step === LAST) site.add('callfate_verdicts_dropped_total', [], 1);
  },
};

describe.runIf(canRun('rule files', ['promtool', 'amtool']))('rule files', () => {
  test('are sound to promtool and amtool', () => {
    const files = ['rules', 'alerts'].map((name) => `grafana/prometheus/callfate.${name}.yaml`);
    expect(run('promtool', ['check', 'rules', ...files])).toContain('SUCCESS');
    expect(run('amtool', ['check-config', 'grafana/alertmanager/callfate.yaml'])).toContain(
      'SUCCESS',
    );
  });

  test('give the ratios that a hand works out', () => {
    const site = new Site();
    for (let step = 0; step < HOUR; step++) {
      site.end([
        [6, ANSWERED],
        [2, ['user_busy', 486]],
        [1, ['no_circuit_available', 503]],
        [1, ['redirected', 302]],
        // Refused by policy: a bid, and no seizure.
        [1, ['forbidden', 403]],
        // In no set.
        [3, ['answered_elsewhere', 487]],
        [3, ['unsolicited', 403]],
        [3, ['no_final_seen', 0]],
      ]);
      site.end(
        [
          [3, ANSWERED],
          [1, ['no_response', 0]],
        ],
        'carrier-b',
      );
      site.scrape();
    }
    const minute = minuteOf(site);
    const ratio = (id: string, level: string, samples: Question['samples']): Question => ({
      expr: `round(${level}:callfate_${id}:ratio_rate5m, 0.000001)`,
      minute,
      samples,
    });
    const six = (value: number) => Math.round(value * 1e6) / 1e6;
    const peers = (id: string, a: number, b: number) =>
      ratio(id, 'job_peer_direction', [
        { labels: '{job="callfate",peer="carrier-a",direction="outbound"}', value: six(a) },
        { labels: '{job="callfate",peer="carrier-b",direction="outbound"}', value: six(b) },
      ]);
    const job = (id: string, value: number) =>
      ratio(id, 'job', [{ labels: '{job="callfate"}', value: six(value) }]);
    ask(STEP, site.series(), [
      // 6 of 10 and 3 of 3; of the other peer and directions there is no series.
      peers('asr', 6 / 10, 1),
      peers('abr', 6 / 11, 3 / 4),
      peers('ner', 8 / 10, 1),
      peers('ser', 6 / 10, 3 / 4),
      peers('seer', 8 / 10, 3 / 4),
      peers('isa', 1 / 11, 1 / 4),
      peers('scr', 6 / 11, 3 / 4),
      job('asr', 9 / 13),
      job('abr', 9 / 15),
      job('isa', 2 / 15),
      ratio('ner', 'job_direction', [
        { labels: '{job="callfate",direction="outbound"}', value: six(11 / 13) },
      ]),
      {
        expr: 'round(job:callfate_asr:ratio_rate1h, 0.000001)',
        minute,
        samples: [{ labels: '{job="callfate"}', value: six(9 / 13) }],
      },
    ]);
  });

  test('give the durations that a hand works out, and none where there was no call', () => {
    const steps = Array.from({ length: HOUR }, (_, step) => step);
    const target = 'job="callfate",instance="pbx-1"';
    const each = (name: string, labels: string, n: number): Series => ({
      series: `callfate_${name}{${target},${labels}}`,
      values: steps.map((step) => step * n),
    });
    /** In each step one call within a second, and one within two. */
    const delays = (connected: boolean, n: number): Series[] => {
      const labels = `direction="outbound",connected="${connected}"`;
      const name = 'post_dial_delay_seconds';
      return [
        each(`${name}_sum`, labels, 2 * n),
        each(`${name}_count`, labels, 2 * n),
        each(`${name}_bucket`, `${labels},le="1.0"`, n),
        each(`${name}_bucket`, `${labels},le="2.0"`, 2 * n),
        each(`${name}_bucket`, `${labels},le="+Inf"`, 2 * n),
      ];
    };
    const peer = 'peer="carrier-a",direction="outbound"';
    const series = [
      ...delays(true, 1),
      ...delays(false, 0),
      each('talk_seconds_sum', 'direction="outbound"', 90),
      each('talk_seconds_count', 'direction="outbound"', 2),
      each('talk_seconds_sum', 'direction="inbound"', 0),
      each('talk_seconds_count', 'direction="inbound"', 0),
      each('peer_talk_seconds_sum', peer, 90),
      each('peer_talk_seconds_count', peer, 2),
    ];
    const is = (record: string, labels: string, value: number): Question => ({
      expr: `round(${record}, 0.001)`,
      minute: (HOUR - 1) * STEP,
      samples: [{ labels: `{job="callfate",${labels}}`, value }],
    });
    ask(STEP, series, [
      is('job_direction:callfate_pdd_seconds:mean5m', 'direction="outbound"', 1),
      // 1.9 of 2 calls: 0.9 of the way from 1 s to 2 s.
      is('job_direction:callfate_pdd_seconds:p95_5m', 'direction="outbound"', 1.9),
      is('job_direction:callfate_srd_seconds:mean5m', 'direction="outbound",connected="true"', 1),
      is('job_direction:callfate_srd_seconds:p95_5m', 'direction="outbound",connected="true"', 1.9),
      is('job_direction:callfate_acd_seconds:mean5m', 'direction="outbound"', 45),
      is('job_direction:callfate_acd_seconds:mean1h', 'direction="outbound"', 45),
      is('job_peer_direction:callfate_acd_seconds:mean5m', peer, 45),
    ]);
  });

  describe('do not fire', () => {
    test('in a quiet night, when half of the few calls fail', () => {
      const site = busySite(3);
      for (let step = 0; step < 4 * HOUR; step++) {
        site.end(night(step));
        site.scrape();
      }
      ask(STEP, site.series(), [silent(minuteOf(site), 7 * 60)]);
    });

    test('when scanners come at night, when nobody calls', () => {
      const site = busySite(3);
      for (let step = 0; step < 3 * HOUR; step++) {
        site.end([[4, ['unsolicited', 403]]]);
        site.scrape();
      }
      ask(STEP, site.series(), [silent(minuteOf(site), 6 * 60)]);
    });

    test('on the second morning of a site whose mornings differ from its nights', () => {
      // Two days are long: one scrape in 5 minutes is enough.
      const site = new Site();
      for (let step = 0; step < (2 * 24 * 60) / 5; step++) {
        site.end(mornings(step));
        site.scrape();
      }
      ask(5, site.series(), [silent(site.steps * 5, 24 * 60)]);
    });

    test('when a trunk that failed answers for the first time since the start', () => {
      const site = new Site();
      const steps = (count: number, answers = 0, failures = 0): void => {
        for (let step = 0; step < count; step++) {
          site.add('callfate_branch_finals_total', ['carrier-b', '200'], answers);
          site.add('callfate_branch_finals_total', ['carrier-b', '500'], failures);
          const options = ['carrier-a', 'OPTIONS'];
          site.add('callfate_peer_probe_finals_total', [...options, '200'], answers);
          site.add('callfate_peer_probe_timeouts_total', options, failures > 0 ? 2 : 0);
          site.scrape();
        }
      };
      steps(20);
      steps(2, 0, 6);
      steps(1, 1, 6);
      steps(1, 0, 6);
      steps(10);
      ask(STEP, site.series(), [silent(minuteOf(site), 60)]);
    });

    test('on the first Saturday after an installation', () => {
      const site = callsFor(2 * DAY, DAY);
      ask(5, site.series(), [silent(3 * DAY - 5, 3 * DAY)], NO_TRAFFIC);
    });

    test('when callfate is restarted', () => {
      const site = busySite(3);
      site.end([[40, ['observer_stopped', 0]]]);
      site.scrape();
      site.restart();
      site.scrape(false);
      for (let step = 0; step < 2 * HOUR; step++) {
        site.end(normal(20, step));
        site.end(normal(10, step + 7), 'carrier-b');
        site.scrape();
      }
      ask(STEP, site.series(), [silent(minuteOf(site), 5 * 60)]);
    });
  });

  describe('fire', () => {
    test('when everything fails', () => {
      const site = busySite(3);
      const before = minuteOf(site);
      for (let step = 0; step < HOUR / 2; step++) {
        site.end([[15, ['no_circuit_available', 503]]]);
        site.end([[10, ['no_response', 0]]], 'carrier-b');
        site.scrape();
      }
      ask(STEP, site.series(), [
        silent(before, 3 * 60),
        firing(minuteOf(site), {
          'pbx-1': [
            'CallfateAsrDrop',
            'CallfateCongestion',
            'CallfateFailureSpike',
            'CallfateNerDrop',
            'CallfatePeerFailureSpike',
            'CallfateTrunkCongested',
            'CallfateTrunkDown',
          ],
        }),
        {
          expr: 'count by (peer) (ALERTS{alertstate="firing",alertname="CallfateTrunkDown"})',
          minute: minuteOf(site),
          samples: [
            { labels: '{peer="carrier-a"}', value: 1 },
            { labels: '{peer="carrier-b"}', value: 1 },
          ],
        },
      ]);
    });

    test('each on its own case, after a busy day and alone', () => {
      const cases = SPIKES.map(({ alert, also = [], calls }) => {
        const site = busySite(3, alert);
        for (let step = 0; step < HOUR / 2; step++) {
          calls(site, step);
          site.scrape();
        }
        return { alert, names: [alert, ...also], site };
      });
      const minute = Math.max(...cases.map(({ site }) => minuteOf(site)));
      const expected = Object.fromEntries(cases.map(({ alert, names }) => [alert, names]));
      const series = cases.flatMap(({ site }) => site.series());
      ask(STEP, series, [silent(3 * 60 - STEP, 3 * 60), firing(minute, expected)]);
    });

    test('each on its own case, without any past', () => {
      const cases = Object.entries(PLAIN).map(([alert, act]) => {
        const site = new Site(alert);
        for (let step = 0; step < PLAIN_STEPS; step++) site.scrape(act(site, step) !== false);
        return { alert, site };
      });
      const expected = Object.fromEntries(cases.map(({ alert }) => [alert, [alert]]));
      const series = cases.flatMap(({ site }) => site.series());
      ask(STEP, series, [firing((PLAIN_STEPS - 1) * STEP, expected)]);
      // The question of the tests above has to be one that can be answered with no.
      const question = silent((PLAIN_STEPS - 1) * STEP, 60);
      expect(() => ask(STEP, series, [question])).toThrow('CallfateObserverBlind');
    });

    test('as a warning alone when a little audio is always missing', () => {
      const site = new Site();
      for (let step = 0; step < 2 * HOUR; step++) {
        site.end(normal(20, step));
        site.end([[1, ['one_way_audio', 200]]]);
        site.scrape();
      }
      const expr = 'count by (alertname, severity) (ALERTS{alertstate="firing"})';
      const labels = '{alertname="CallfateAudioLoss",severity="warning"}';
      ask(STEP, site.series(), [{ expr, minute: minuteOf(site), samples: [{ labels, value: 1 }] }]);
    });

    test('when nothing arrives at an hour at which it did yesterday and a week ago', () => {
      const site = callsFor(7 * DAY, 60, 'CallfateNoTraffic');
      const fired = firing(7 * DAY + 55, { CallfateNoTraffic: ['CallfateNoTraffic'] });
      ask(5, site.series(), [silent(7 * DAY, 7 * DAY), fired], NO_TRAFFIC);
    });

    test('every alert has a case here', () => {
      const tried = [...SPIKES.map(({ alert }) => alert), ...Object.keys(PLAIN)];
      const names = ALERTS.map(({ name }) => name);
      expect(new Set([...tried, 'CallfateNoTraffic'])).toEqual(new Set(names));
    });
  });
});
