import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LineQueue } from '../../src/lib/line-queue.ts';
import { createLogger } from '../../src/lib/log.ts';

const LOG = resolve(import.meta.dirname, '../../dist/lib/log.js');
const LINES = 20_000;
/** Far more than a process needs; one that hangs fails the test instead of the run. */
const DEADLINE_MS = 100_000;

/** Runs a script that has `createLogger` in a process of its own. */
function run(
  script: string,
  stdout: 'pipe' | number = 'pipe',
): { status: number | null; out: string } {
  const source = `import { createLogger, writeLines } from ${JSON.stringify(LOG)};\n${script}`;
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', source], {
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
    maxBuffer: 1 << 26,
    timeout: DEADLINE_MS,
  });
  return { status: child.status, out: child.stdout ?? '' };
}

test('a line has level as a word, ISO time and no process fields', () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  });
  logger.warn({ port: 1 }, 'x');
  logger.debug('below the level');
  expect(lines).toHaveLength(1);
  const { time, ...rest } = JSON.parse(lines[0] ?? '');
  expect(rest).toEqual({ level: 'warn', port: 1, msg: 'x' });
  expect(new Date(time).toISOString()).toBe(time);
});

describe('every line is written', () => {
  test.each(['', 'process.exit(0);'])('when the process ends: %s', (end) => {
    const { status, out } = run(`const logger = createLogger({ level: 'info' });
      for (let i = 0; i < ${LINES}; i++) logger.info({ i }, 'line');${end}`);
    const lines = out.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(lines).toHaveLength(LINES);
    expect(new Set(lines.map((line) => JSON.parse(line).i)).size).toBe(LINES);
  });

  test('when the process ends and its pipe is full again and again', () => {
    // As in the sidecar, where Node itself has opened standard output: a pipe that is full refuses and does not block.
    const { status, out } = run(`process.stdout.writable;
      const logger = createLogger({ level: 'info' });
      for (let i = 0; i < ${LINES}; i++) logger.info({ i, more: 'x'.repeat(500) }, 'line');`);
    expect(status).toBe(0);
    expect(out.trimEnd().split('\n')).toHaveLength(LINES);
  });

  test('when flush calls back', () => {
    const { out } = run(`const logger = createLogger({ level: 'info' });
      for (let i = 0; i < ${LINES}; i++) logger.info({ i }, 'line');
      logger.flush(() => process.reallyExit(0));`);
    expect(out.trimEnd().split('\n')).toHaveLength(LINES);
  });
});

test('what does not fit the queue is dropped and counted, and nothing else is', () => {
  const { out } = run(`let dropped = 0;
    const onDrop = (lines) => { dropped += lines; };
    const logger = createLogger({ level: 'info', queueBytes: 10_000, onDrop });
    for (let i = 0; i < 1000; i++) logger.info('x'.repeat(100));
    process.once('beforeExit', () => logger.info({ dropped }, 'sum'));`);
  const lines = out.trimEnd().split('\n');
  const { dropped } = JSON.parse(lines.at(-1) ?? '');
  expect(dropped).toBeGreaterThan(0);
  expect(lines.length - 1 + dropped).toBe(1000);
});

test('lines that come together are written in order among others', () => {
  const { out } = run(`const logger = createLogger({ level: 'info' });
    const many = (from) => Buffer.from([0, 1, 2].map((i) => '{"i":' + (from + i) + '}\\n').join(''));
    logger.info({ i: 0 });
    writeLines(logger, many(1), 3);
    writeLines(logger, many(4), 3);
    logger.info({ i: 7 });
    logger.info({ i: 8 });
    writeLines(logger, many(9), 3);`);
  const order = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).i);
  expect(order).toEqual([...order.keys()]);
  expect(order).toHaveLength(12);
});

test('of lines that come together as many are written as fit the queue, whole', () => {
  const { out } = run(`let dropped = 0;
    const onDrop = (lines) => { dropped += lines; };
    const logger = createLogger({ level: 'info', queueBytes: 10_000, onDrop });
    const line = JSON.stringify('x'.repeat(98)) + '\\n';
    for (let i = 0; i < 3; i++) writeLines(logger, Buffer.from(line.repeat(70)), 70);
    process.once('beforeExit', () => logger.info({ dropped }, 'sum'));`);
  const lines = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines.at(-1).dropped).toBe(210 - 99);
  expect(lines.slice(0, -1)).toEqual(new Array(99).fill('x'.repeat(98)));
});

test.each(['', 'process.exit(0);'])('a full disk neither ends nor holds the process: %s', (end) => {
  const full = openSync('/dev/full', 'w');
  const { status } = run(`createLogger({ level: 'info' }).info('lost');${end}`, full);
  closeSync(full);
  expect(status).toBe(0);
});

test('a reader that is gone costs its lines, counted, and nothing else', async () => {
  // Opened for reading: a write is refused with EBADF.
  const closed = openSync('/dev/null', 'r');
  const dropped: number[] = [];
  const queue = new LineQueue(closed, 1000, (lines) => dropped.push(lines));
  queue.write('one\n');
  queue.write('two\n');
  await new Promise<void>((done) => queue.flush(done));
  queue.write('three\n');
  queue.flushSync();
  closeSync(closed);
  expect(dropped).toEqual([2, 1]);
});
