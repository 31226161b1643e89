/** `promtool test rules` over the generated rule files. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import type { RuleGroup } from '../../../grafana/src/rule.ts';
import type { Series } from '../../grafana/site.ts';
import { ROOT } from './namespace.ts';

const RULES = join(ROOT, 'grafana/prometheus/callfate.rules.yaml');
const ALERTS = join(ROOT, 'grafana/prometheus/callfate.alerts.yaml');

export interface Sample {
  readonly labels: string;
  readonly value: number;
}

export interface Question {
  readonly expr: string;
  readonly minute: number;
  readonly samples: readonly Sample[];
}

/**
 * Asks Prometheus' own engine after these series; throws with what promtool says when an answer differs. `only`: the
 * names of the rules to run, where days of all of them would take long; empty: all.
 */
export function ask(
  step: number,
  series: readonly Series[],
  questions: readonly Question[],
  only: readonly string[] = [],
): void {
  const directory = mkdtempSync(join(tmpdir(), 'callfate-promtool-'));
  try {
    const file = join(directory, 'test.yaml');
    const rules = only.length === 0 ? [RULES, ALERTS] : [pick(only, join(directory, 'some.yaml'))];
    const content = { rule_files: rules, ...testFile(step, series, questions) };
    writeFileSync(file, stringify(content, { lineWidth: 0 }));
    run('promtool', ['test', 'rules', file]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes these rules of the generated files alone. */
function pick(names: readonly string[], file: string): string {
  const groups = [RULES, ALERTS].flatMap((path) => {
    const all = parse(readFileSync(path, 'utf8')) as { readonly groups: readonly RuleGroup[] };
    return all.groups.map((group) => ({
      ...group,
      rules: group.rules.filter((rule) =>
        names.includes('alert' in rule ? rule.alert : rule.record),
      ),
    }));
  });
  const found = groups.filter(({ rules }) => rules.length > 0);
  writeFileSync(file, stringify({ groups: found }, { lineWidth: 0 }));
  return file;
}

/** Runs a checker; throws with its output when it finds fault. */
export function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: 'pipe', maxBuffer: 2 ** 26 });
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${command}: ${stdout}${stderr}`.slice(0, 4000));
  }
}

function testFile(step: number, series: readonly Series[], questions: readonly Question[]): object {
  return {
    evaluation_interval: `${step}m`,
    tests: [
      {
        interval: `${step}m`,
        input_series: series.map(({ series: name, values }) => ({
          series: name,
          values: values.map((value) => (value === null ? '_' : String(value))).join(' '),
        })),
        promql_expr_test: questions.map(({ expr, minute, samples }) => ({
          expr,
          eval_time: `${minute}m`,
          exp_samples: samples,
        })),
      },
    ],
  };
}

/** Exactly these alerts fire at a minute, by instance, whatever their further labels. */
export function firing(
  minute: number,
  expected: Readonly<Record<string, readonly string[]>>,
): Question {
  return {
    expr: 'count by (instance, alertname) (ALERTS{alertstate="firing"}) > bool 0',
    minute,
    samples: Object.entries(expected).flatMap(([instance, names]) =>
      names.map((name) => ({
        labels: `{alertname="${name}",instance="${instance}"}`,
        value: 1,
      })),
    ),
  };
}

/** No alert fired in the minutes before. */
export function silent(minute: number, before: number): Question {
  return {
    expr: `count by (alertname) (count_over_time(ALERTS{alertstate="firing"}[${before}m]))`,
    minute,
    samples: [],
  };
}
