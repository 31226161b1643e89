#!/usr/bin/env node
/**
 * Sums what the steps of `.ci/run` reported and prints it, closing with `N passed, N failed` alone on the line.
 *
 *     node .ci/report.mjs DIRECTORY
 *
 * `DIRECTORY/steps.tsv` has one line a step: kind, name, exit code, detail.
 *
 * - `check`: counts as one, by its exit code.
 * - `tests`: detail is the vitest JSON report in DIRECTORY; its tests are counted. A test file that did not load, an
 *   error outside any test, a missing or empty report count as one failure each: nothing that went wrong adds up to zero.
 * - `skip`: counts as one skipped; detail says why.
 *
 * A test may leave `task.meta.corpus = { set, right, total }`: how many labelled calls of a corpus it judged right.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Count
 * @typedef {{ kind: string, name: string, exit: number, detail: string }} Step
 * @typedef {{
 *   numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, success: boolean,
 *   testResults: { name: string, status: string, assertionResults: Assertion[] }[],
 * }} VitestReport
 * @typedef {{ status: string, meta?: { corpus?: Accuracy } }} Assertion
 * @typedef {{ set: string, right: number, total: number }} Accuracy
 */

/**
 * @param {string} text
 * @returns {Step[]}
 */
export function parseSteps(text) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [kind = '', name = '', exit = '', detail = ''] = line.split('\t');
      return { kind, name, exit: exit === '' ? 1 : Number(exit), detail };
    });
}

/**
 * @param {VitestReport | null} report null: none was written, or it cannot be read
 * @param {number} exit exit code of the runner
 * @returns {Count}
 */
export function countTests(report, exit) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((one) => one.status === 'failed'),
  ).length;
  const count = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + brokenFiles,
    skipped: report.numPendingTests + report.numTodoTests,
  };
  const unexplained = (exit !== 0 || !report.success) && count.failed === 0;
  const nothingRan = count.passed + count.failed === 0;
  return unexplained || nothingRan ? { ...count, failed: 1 } : count;
}

/**
 * @param {Step} step
 * @param {(detail: string) => VitestReport | null} read
 * @returns {Count}
 */
export function countStep(step, read) {
  if (step.kind === 'tests') return countTests(read(step.detail), step.exit);
  if (step.kind === 'skip') return { passed: 0, failed: 0, skipped: 1 };
  const passed = step.kind === 'check' && step.exit === 0;
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

/**
 * @param {VitestReport | null} report
 * @returns {string[]} one line a corpus, and one for all of them
 */
export function corpusAccuracy(report) {
  const sets = (report?.testResults ?? [])
    .flatMap((file) => file.assertionResults)
    .flatMap((one) => one.meta?.corpus ?? [])
    .toSorted((a, b) => a.set.localeCompare(b.set));
  if (sets.length === 0) return [];
  const right = sets.reduce((sum, one) => sum + one.right, 0);
  const total = sets.reduce((sum, one) => sum + one.total, 0);
  return [...sets, { set: 'all', right, total }].map(
    (one) =>
      `corpus accuracy, ${one.set}: ${one.right} of ${one.total} (${((100 * one.right) / one.total).toFixed(1)} %)`,
  );
}

/**
 * @param {Step[]} steps
 * @param {(detail: string) => VitestReport | null} read
 * @returns {{ total: Count, lines: string[] }} the last line is the closing line
 */
export function report(steps, read) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = steps.map((step) => {
    const count = countStep(step, read);
    total.passed += count.passed;
    total.failed += count.failed;
    total.skipped += count.skipped;
    const word = count.failed > 0 ? 'FAILED' : step.kind === 'skip' ? 'skipped' : 'passed';
    const why = step.kind === 'skip' ? `: ${step.detail}` : '';
    const numbers = step.kind === 'tests' ? ` (${closing(count)})` : '';
    return `${word.padEnd(8)}${step.name}${numbers}${why}`;
  });
  // A run without a step checked nothing, and that is no success.
  if (steps.length === 0) total.failed = 1;
  const accuracy = steps
    .filter((step) => step.kind === 'tests')
    .flatMap((step) => corpusAccuracy(read(step.detail)));
  return { total, lines: [...lines, ...accuracy, closing(total)] };
}

/**
 * @param {Count} count
 * @returns {string}
 */
function closing({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/**
 * @param {string} path
 * @returns {VitestReport | null}
 */
function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const directory = process.argv[2];
  if (directory === undefined) throw new Error('usage: report.mjs DIRECTORY');
  const steps = parseSteps(readFileSync(join(directory, 'steps.tsv'), 'utf8'));
  const { total, lines } = report(steps, (detail) => readReport(join(directory, detail)));
  console.log(lines.join('\n'));
  process.exitCode = total.failed > 0 ? 1 : 0;
}
