/**
 * Files that are written from the schema. After a change to it:
 *
 *     npx vitest run --project unit test/config/generated.test.ts -u
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONFIG_ERROR_CODES } from '../../src/config/errors.ts';
import { jsonSchema, keyRows } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configYaml } from '../../src/config/print.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { referenceTables } from './reference.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const DOCS = join(PROJECT, 'docs/configuration.md');
const SCHEMA = join(PROJECT, 'config/callfate.schema.json');
const DEFAULT_YAML = join(PROJECT, 'config/default.yaml');
const EXAMPLE_YAML = join(PROJECT, 'config/example.yaml');

/** Editors check against the schema that this line names. */
const HEADER = `# yaml-language-server: $schema=callfate.schema.json
#
# Every key with its default. Copy what you change; callfate needs no file to run with these.
# Generated from src/config/schema.ts, see docs/configuration.md.

`;

/** As the formatter has it. */
const LINE_WIDTH = 100;

const BEGIN = '<!-- generated: keys -->\n';
const END = '<!-- end of generated: keys -->';

test('config/callfate.schema.json', async () => {
  // Short lists on one line, as the formatter wants them.
  const text = JSON.stringify(jsonSchema(), null, 2).replace(
    /\[\n\s+([^[\]{}]*?)\n\s+\]/g,
    (list, items, at, whole) => {
      const line = `[${items.replace(/\n\s+/g, ' ')}]`;
      const before = at - whole.lastIndexOf('\n', at) - 1;
      return before + line.length > LINE_WIDTH ? list : line;
    },
  );
  await expect(`${text}\n`).toMatchFileSnapshot(SCHEMA);
});

test('config/default.yaml', async () => {
  await expect(HEADER + configYaml(DEFAULTS, { comments: true })).toMatchFileSnapshot(DEFAULT_YAML);
});

test('config/default.yaml loads to the defaults', () => {
  expect(loadConfig({ file: DEFAULT_YAML, environment: {} })).toEqual({
    ok: true,
    value: DEFAULTS,
  });
});

test('config/example.yaml is valid and shows peers', () => {
  const result = loadConfig({ file: EXAMPLE_YAML, environment: {} });
  expect(result).toMatchObject({ ok: true });
  expect(result.ok && result.value.peers.length).toBeGreaterThan(2);
});

describe('docs/configuration.md', () => {
  const text = readFileSync(DOCS, 'utf8');

  test('tables of keys', async () => {
    const begin = text.indexOf(BEGIN);
    const end = text.indexOf(END);
    expect(begin).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(begin);
    const current = `${text.slice(0, begin)}${BEGIN}\n${referenceTables()}\n${text.slice(end)}`;
    await expect(current).toMatchFileSnapshot(DOCS);
  });

  test('a paragraph for each error code', () => {
    const headings = [...text.matchAll(/^### (CFG_\w+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual([...CONFIG_ERROR_CODES]);
  });

  test('every secret is named with its two variables', () => {
    for (const { variable } of keyRows().filter((row) => row.secret)) {
      expect(text).toContain(`\`${variable}\``);
      expect(text).toContain(`\`${variable}_FILE\``);
    }
  });
});
