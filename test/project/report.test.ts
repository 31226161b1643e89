import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { countStep, countTests, parseSteps, report } from '../../.ci/report.mjs';

const SCRIPT = resolve(import.meta.dirname, '../../.ci/report.mjs');

/** A vitest report of these files, each a list of test states. */
function vitest(files: readonly (readonly string[])[], success = true) {
  const all = files.flat();
  const count = (state: string): number => all.filter((one) => one === state).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: count('todo'),
    success,
    testResults: files.map((states, index) => ({
      name: `${index}.test.ts`,
      status: states.length === 0 || states.includes('failed') ? 'failed' : 'passed',
      assertionResults: states.map((status) => ({ status })),
    })),
  };
}

describe('tests are counted from the report of their runner', () => {
  test.each([
    [
      'passes, failures and skips',
      vitest(
        [
          ['passed', 'failed'],
          ['passed', 'skipped', 'todo'],
        ],
        false,
      ),
      1,
      '2/1/2',
    ],
    ['a file that did not load', vitest([['passed'], []], false), 1, '1/1/0'],
    ['a file that did not load beside a failed test', vitest([['failed'], []], false), 1, '0/2/0'],
    ['an error outside any test', vitest([['passed']], false), 1, '1/1/0'],
    ['a runner that died after it reported', vitest([['passed']]), 137, '1/1/0'],
    ['no report', null, 0, '0/1/0'],
    ['a run of no test', vitest([]), 0, '0/1/0'],
    ['a run that only skipped', vitest([['skipped']]), 0, '0/1/1'],
    ['a good run', vitest([['passed', 'passed']]), 0, '2/0/0'],
  ])('%s', (_name, given, exit, expected) => {
    const { passed, failed, skipped } = countTests(given, exit);
    expect(`${passed}/${failed}/${skipped}`).toBe(expected);
  });
});

describe('checks', () => {
  test.each([
    ['check\ttypes\t0\t', { passed: 1, failed: 0, skipped: 0 }],
    ['check\ttypes\t2\t', { passed: 0, failed: 1, skipped: 0 }],
    ['check\ttypes\t\t', { passed: 0, failed: 1, skipped: 0 }],
    ['chekc\ttypes\t0\t', { passed: 0, failed: 1, skipped: 0 }],
    ['skip\te2e\t0\tno peers', { passed: 0, failed: 0, skipped: 1 }],
  ])('%j', (line, expected) => {
    const [step] = parseSteps(`${line}\n`);
    expect(step && countStep(step, () => null)).toEqual(expected);
  });
});

describe('the closing line', () => {
  const steps = parseSteps('check\tlint\t0\t\ntests\tunit\t0\tunit.json\nskip\te2e\t0\tno peers\n');

  test('sums the steps and stands last', () => {
    const { lines } = report(steps, () => vitest([['passed', 'passed']]));
    expect(lines).toEqual([
      'passed  lint',
      'passed  unit (2 passed, 0 failed)',
      'skipped e2e: no peers',
      '3 passed, 0 failed, 1 skipped',
    ]);
  });

  test('is preceded by the accuracy over each corpus', () => {
    const judged = vitest([['passed', 'passed', 'passed']]);
    const [first, second] = judged.testResults[0]?.assertionResults ?? [];
    Object.assign(first ?? {}, { meta: { corpus: { set: 'kamailio', right: 30, total: 40 } } });
    Object.assign(second ?? {}, { meta: { corpus: { set: 'asterisk', right: 10, total: 10 } } });
    expect(report(steps, () => judged).lines.slice(-4)).toEqual([
      'corpus accuracy, asterisk: 10 of 10 (100.0 %)',
      'corpus accuracy, kamailio: 30 of 40 (75.0 %)',
      'corpus accuracy, all: 40 of 50 (80.0 %)',
      '4 passed, 0 failed, 1 skipped',
    ]);
  });

  test('no step at all is a failure', () => {
    expect(report([], () => null).lines).toEqual(['0 passed, 1 failed']);
  });
});

describe('the command', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'callfate-report-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test('exits 0 when nothing failed', () => {
    writeFileSync(join(directory, 'steps.tsv'), 'tests\tunit\t0\tunit.json\n');
    writeFileSync(join(directory, 'unit.json'), JSON.stringify(vitest([['passed']])));
    const out = execFileSync(process.execPath, [SCRIPT, directory], { encoding: 'utf8' });
    expect(out.trimEnd().split('\n').at(-1)).toBe('1 passed, 0 failed');
  });

  test('exits 1 when a report is missing', () => {
    writeFileSync(join(directory, 'steps.tsv'), 'tests\tunit\t0\tabsent.json\n');
    const run = spawnSync(process.execPath, [SCRIPT, directory], { encoding: 'utf8' });
    expect(run.stdout.trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed');
    expect(run.status).toBe(1);
  });
});
