import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
const read = (name: string): string => readFileSync(join(PROJECT, name), 'utf8');

/** Instructions with their continuation lines joined. */
const INSTRUCTIONS = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .map((line) => line.trim())
  .filter((line) => line !== '');

const FINAL = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex((line) => line.startsWith('FROM ')));

/** What the build copies out of the work tree, not out of an earlier stage. */
const COPIED = INSTRUCTIONS.filter((line) => /^COPY (?!--from)/.test(line)).flatMap((line) =>
  line.split(/\s+/).slice(1, -1),
);

describe('Dockerfile', () => {
  test('copies only what exists and what the build context lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(COPIED).not.toEqual([]);
    expect(COPIED.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
    expect(new Set(COPIED)).toEqual(new Set(allowed));
  });

  test('runs the bin of the package as an ordinary user', () => {
    const { bin } = JSON.parse(read('package.json'));
    expect(FINAL).toContain('USER node');
    expect(FINAL).toContain(`ENTRYPOINT ["node", "${bin.callfate}"]`);
  });

  test('runs on a Node that the package supports, with production dependencies alone', () => {
    const bases = INSTRUCTIONS.filter((line) => line.startsWith('FROM '));
    expect(bases).toHaveLength(3);
    for (const base of bases) expect(base).toMatch(/^FROM node:(?:20|22|24)-bookworm-slim\b/);
    expect(INSTRUCTIONS.some((line) => line.startsWith('RUN npm ci --omit=dev'))).toBe(true);
    expect(FINAL).toContain('COPY --from=dependencies /app/node_modules ./node_modules');
  });

  test('sets no address to bind: a container opens nothing by itself', () => {
    expect(INSTRUCTIONS.filter((line) => /0\.0\.0\.0|UNAUTHENTICATED/.test(line))).toEqual([]);
  });
});
