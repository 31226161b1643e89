import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
/** Never committed, see .gitignore. */
const NOT_TRACKED = /^(?:\.git|node_modules|dist|coverage|\.cache)(?:\/|$)|\.(?:log|tgz)$/;

interface TextFile {
  readonly path: string;
  readonly lines: readonly string[];
}

function textFiles(folder = ''): TextFile[] {
  return readdirSync(join(PROJECT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (NOT_TRACKED.test(path)) return [];
    if (entry.isDirectory()) return textFiles(path);
    const text = entry.isFile() ? readFileSync(join(PROJECT, path), 'latin1') : '\0';
    return text.includes('\0') ? [] : [{ path, lines: text.split('\n') }];
  });
}

const FILES = textFiles();

/** `path:line: text` of every line that the pattern matches. */
function offenders(files: readonly TextFile[], pattern: RegExp): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 120)}`] : [],
    ),
  );
}

function inFolders(...folders: readonly string[]): TextFile[] {
  return FILES.filter(({ path }) => folders.some((folder) => path.startsWith(`${folder}/`)));
}

/** Source files are at most this long. */
const LINES_MAX = 250;
/** Tables of protocol facts: a row a fact, and nothing to split. */
const TABLES = /^src\/(?:classify\/(?:reasons|rules|sip-status|q850)|outputs\/metric-table)\.ts$/;

// Put together here, so that this file does not hold what it looks for.
const WORKSHOP = ['', 'work', ''].join('/');
const REGISTRIES = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['deb', 'debian', 'org'],
].map((labels) => labels.join('\\.'));

interface Rule {
  readonly name: string;
  readonly where: () => TextFile[];
  readonly pattern: RegExp;
  /** A line that breaks the rule, so that a pattern that matches nothing is found out. */
  readonly breaks: string;
  /** The nearest line that does not. */
  readonly keeps: string;
}

const source = (): TextFile[] => inFolders('src').filter(({ path }) => path.endsWith('.ts'));
const tests = (): TextFile[] => inFolders('test').filter(({ path }) => path.endsWith('.ts'));

const RULES: readonly Rule[] = [
  {
    name: 'no default export in src',
    where: source,
    pattern: /^\s*export\s+default\b|\bas\s+default\b/,
    breaks: 'export default class Call {}',
    keeps: 'export class Call {} // the default',
  },
  {
    name: 'no mutable binding at module level in src',
    where: source,
    pattern: /^(?:export\s+)?(?:let|var)\b/,
    breaks: 'let calls = 0;',
    keeps: '  let calls = 0;',
  },
  {
    name: 'relative imports end in .ts',
    where: () => [...source(), ...tests()],
    pattern: /^(?:import|export|\})(?:.*\bfrom)? '\.{1,2}\/[^']*(?<!\.ts|\.json|\.[cm]js)';/,
    breaks: `import { ok } from '../lib/result';`,
    keeps: `import { ok } from '../lib/result.ts';`,
  },
  {
    name: 'sip, calls and classify read no clock',
    where: () => inFolders('src/sip', 'src/calls', 'src/classify'),
    pattern:
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\.\w|\bprocess\.hrtime|\bset(?:Timeout|Interval|Immediate)\(/,
    breaks: 'const at = Date.now();',
    keeps: 'const at = new Date(verdict.endedAt).toISOString();',
  },
  {
    // A release of Asterisk that could not be fetched has to show as skipped: that one line of a suite is meant.
    name: 'no focused, skipped or unwritten test',
    where: () =>
      tests().filter(({ path }) => !/^test\/e2e\/asterisk(?:-relay)?\.test\.ts$/.test(path)),
    pattern: /\b(?:it|test|describe|suite)(?:\.\w+)*\.(?:only|skip|todo)\b/,
    breaks: `${'test'}.concurrent${'.only'}('x', run);`,
    keeps: `test.fails('x', run);`,
  },
  {
    name: 'no path of the workshop',
    where: () => FILES,
    pattern: new RegExp(`(?<![\\w.])${WORKSHOP.slice(0, -1)}(?![\\w-])`),
    breaks: `see ${WORKSHOP}main`,
    keeps: `see src${WORKSHOP}main, ${WORKSHOP.slice(0, -1)}er`,
  },
  {
    name: 'no registry host',
    where: () => FILES,
    pattern: new RegExp(REGISTRIES.join('|')),
    breaks: ['registry', 'npmjs', 'org'].join('.'),
    keeps: 'the npm registry',
  },
];

describe('house rules', () => {
  test('there are files to look at', () => {
    const paths = FILES.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['package-lock.json', '.ci/run', 'src/lib/result.ts']),
    );
  });

  test.each(RULES)('$name', ({ where, pattern, breaks, keeps }) => {
    expect(pattern.test(breaks)).toBe(true);
    expect(pattern.test(keeps)).toBe(false);
    expect(offenders(where(), pattern)).toEqual([]);
  });

  test(`source files have at most ${LINES_MAX} lines, tables aside`, () => {
    const long = source()
      .filter(({ path }) => !TABLES.test(path))
      .map(({ path, lines }) => ({ path, lines: lines.length - 1 }))
      .filter(({ lines }) => lines > LINES_MAX);
    expect(long).toEqual([]);
  });

  test('the lock file names no download address', () => {
    const lock = FILES.find(({ path }) => path === 'package-lock.json');
    expect(lock?.lines.filter((line) => line.includes('"resolved"'))).toEqual([]);
  });

  test('the lock file knows the packages of every platform, or npm ci refuses it', () => {
    const { packages } = JSON.parse(readFileSync(join(PROJECT, 'package-lock.json'), 'utf8'));
    const missing = Object.entries<{ optionalDependencies?: object }>(packages).flatMap(
      ([path, { optionalDependencies = {} }]) =>
        Object.keys(optionalDependencies).filter(
          (name) =>
            !(`node_modules/${name}` in packages || `${path}/node_modules/${name}` in packages),
        ),
    );
    expect(missing).toEqual([]);
  });

  test('every dependency is pinned', () => {
    const { dependencies, devDependencies } = JSON.parse(
      readFileSync(join(PROJECT, 'package.json'), 'utf8'),
    );
    const ranges = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(String(version)),
    );
    expect(ranges).toEqual([]);
  });
});
