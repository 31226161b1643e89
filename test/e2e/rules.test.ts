/**
 * The rule files, run by Prometheus' own engine (promtool) over a made-up site: ratios against figures worked out by
 * hand, what must not wake anybody, and each alert on its own case.
 */
import { describe, expect, test } from 'vitest';
import { ANSWERED, type Calls, Site } from '../grafana/site.ts';
import { ask, firing, run, silent } from './rig/promtool.ts';
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

/** A site that has been busy for `hours`, with both carriers up. */
function busySite(hours: number): Site {
  const site = new Site();
  site.set('callfate_config_last_reload_successful', [], 1);
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

const minuteOf = (site: Site): number => (site.steps - 1) * STEP;

describe.runIf(canRun('rule files', ['promtool', 'amtool']))('rule files', () => {
  test('are sound to promtool and amtool', () => {
    const files = ['rules', 'alerts'].map((name) => `grafana/prometheus/callfate.${name}.yaml`);
    expect(run('promtool', ['check', 'rules', ...files])).toContain('SUCCESS');
    expect(run('amtool', ['check-config', 'grafana/alertmanager/callfate.yaml'])).toContain(
      'SUCCESS',
    );
  });

  describe('do not fire', () => {
    test('in a quiet night, when half of the few calls fail', () => {
      const site = busySite(8);
      for (let step = 0; step < 8 * HOUR; step++) {
        site.end(night(step));
        site.scrape();
      }
      ask(STEP, site.series(), [silent(minuteOf(site), 16 * 60)]);
    });

    test('on the second morning of a site whose mornings differ from its nights', () => {
      // Two days are long: one scrape in 5 minutes is enough.
      const site = new Site();
      site.set('callfate_config_last_reload_successful', [], 1);
      for (let step = 0; step < (2 * 24 * 60) / 5; step++) {
        site.end(mornings(step));
        site.scrape();
      }
      ask(5, site.series(), [silent(site.steps * 5, 24 * 60)]);
    });

    test('when callfate is restarted', () => {
      const site = busySite(8);
      site.end([[40, ['observer_stopped', 0]]]);
      site.scrape();
      site.restart();
      site.set('callfate_config_last_reload_successful', [], 1);
      site.scrape(false);
      for (let step = 0; step < 2 * HOUR; step++) {
        site.end(normal(20, step));
        site.end(normal(10, step + 7), 'carrier-b');
        site.scrape();
      }
      ask(STEP, site.series(), [silent(minuteOf(site), 10 * 60)]);
    });
  });

  describe('fire', () => {
    test('when everything fails', () => {
      const site = busySite(8);
      const before = minuteOf(site);
      for (let step = 0; step < HOUR / 2; step++) {
        site.end([[15, ['no_circuit_available', 503]]]);
        site.end([[10, ['no_response', 0]]], 'carrier-b');
        site.scrape();
      }
      ask(STEP, site.series(), [
        silent(before, 8 * 60),
        firing(minuteOf(site), [
          'CallfateAsrDrop',
          'CallfateCongestion',
          'CallfateFailureSpike',
          'CallfateNerDrop',
          'CallfatePeerFailureSpike',
          'CallfateTrunkCongested',
          'CallfateTrunkDown',
        ]),
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
  });
});
