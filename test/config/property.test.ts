import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { errorLines } from '../../src/config/errors.ts';
import { keyRows } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configYaml } from '../../src/config/print.ts';
import { configSchema } from '../../src/config/schema.ts';

const NAMES = keyRows()
  .flatMap((row) => row.path.split(/\.|\[\]\.?/))
  .filter((name) => name !== '');
const scalar = fc.oneof(
  fc.constantFrom('0.0.0.0', '::', '192.0.2.1', '192.0.2.0/24', 'fe80::1%eth0', 'info', '<masked>'),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.string(),
);
/** Trees of the keys we have, and some we have not, with values that mostly do not fit. */
const tree = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 5 }, scalar, tie('list'), tie('section')),
  list: fc.array(tie('node'), { maxLength: 3 }),
  section: fc.dictionary(
    fc.oneof(fc.constantFrom(...NAMES, '__proto__'), fc.string()),
    tie('node'),
    {
      maxKeys: 6,
    },
  ),
})).section;
/** Text that is near YAML: its own tokens and our keys in any order. */
const nearYaml = fc
  .array(
    fc.oneof(
      fc.constantFrom(...NAMES),
      fc.constantFrom(
        ...': |\n|\n  |- |[|]|{|}|, |"|\'|#|&a |*a |!t |? |%|---\n|...\n|\t|>|<<: |\r|\uFEFF'.split(
          '|',
        ),
      ),
      fc.constantFrom('|', '\u0000', '\u2028'),
      fc.string(),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

function load(text: string): ReturnType<typeof loadConfig> {
  return loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
}

/** What holds of every load: no throw (the caller), one line an error, a place in the file, a valid result. */
function check(text: string): void {
  const result = load(text);
  if (result.ok) {
    expect(configSchema.safeParse(result.value)).toEqual({ success: true, data: result.value });
    return;
  }
  expect(result.error.length).toBeGreaterThan(0);
  for (const line of errorLines(result.error)) {
    expect(line).toMatch(
      /^(x\.yaml:[1-9]\d*:[1-9]\d*: .*; .* \[CFG_[A-Z_]+\]|and \d+ more errors)$/,
    );
  }
}

describe('load never throws and says one line for each mistake', () => {
  test('any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), check));
  });

  test('text that is near YAML', () => {
    fc.assert(fc.property(nearYaml, check), { numRuns: 1000 });
  });

  test('valid YAML of any shape', () => {
    fc.assert(
      fc.property(tree, (value) => check(stringify(value))),
      { numRuns: 500 },
    );
  });

  test.each(['[', '{a: ', '- ', '? ', 'a:\n  ', '!t ', '&a '])(
    '%j twenty thousand times',
    (part) => {
      check(part.repeat(20_000));
    },
  );

  test('any variable', () => {
    const variable = fc.constantFrom(...keyRows().flatMap((row) => row.variable ?? []));
    fc.assert(
      fc.property(fc.dictionary(variable, fc.oneof(fc.string(), fc.json())), (environment) => {
        const result = loadConfig({ file: null, environment });
        for (const line of result.ok ? [] : errorLines(result.error)) {
          expect(line).toMatch(
            /^(CALLFATE_[A-Z_]+|defaults): .*; .* \[CFG_[A-Z_]+\]$|^and \d+ more errors?$/,
          );
        }
      }),
    );
  });
});

test('what is printed loads to the same configuration', () => {
  const port = fc.integer({ min: 10_000, max: 65_535 });
  const name = fc
    .stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/)
    .filter((it) => it !== 'other');
  const changes = fc.record({
    http: fc.record({ port }),
    log: fc.record({ level: fc.constantFrom('debug', 'silent'), calls: fc.boolean() }),
    websocket: fc.record({
      allowedOrigins: fc.array(fc.constantFrom('https://a.example'), { maxLength: 2 }),
    }),
    peers: fc.array(
      fc.record({
        name,
        role: fc.constantFrom('pbx', 'carrier'),
        addresses: fc.constant(['192.0.2.1']),
      }),
      { maxLength: 1 },
    ),
  });
  fc.assert(
    fc.property(changes, fc.boolean(), (value, comments) => {
      const first = load(JSON.stringify(value));
      expect(first.ok).toBe(true);
      if (first.ok) expect(load(configYaml(first.value, { comments }))).toEqual(first);
    }),
  );
});
