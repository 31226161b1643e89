import { describe, expect, test } from 'vitest';
import { errorLines } from '../../src/config/errors.ts';
import { keyRows } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { configYaml } from '../../src/config/print.ts';
import { reloadable } from '../../src/config/reload.ts';
import { DEFAULTS } from '../../src/config/schema.ts';

/** Long enough for every key, and found nowhere else. */
const SECRET = 'Zq7vWx9uKp3nLm5tRb';
const SECRETS = keyRows().filter((row) => row.secret);

/** The YAML that sets one key. */
function yamlOf(path: string, value: string): string {
  const names = path.split('.');
  const keys = names.map((name, depth) => `${'  '.repeat(depth)}${name}:`);
  return `${keys.join('\n')} ${value}\n`;
}

test('the secret keys', () => {
  expect(SECRETS.map((row) => row.path)).toEqual([
    'log.hashKey',
    'http.token',
    'websocket.token',
    'hep.udp.authKey',
    'hep.tcp.authKey',
    'hep.tls.authKey',
    'context.api.token',
  ]);
});

describe.each(SECRETS)('$path', ({ path, variable }) => {
  test('is masked in print, where the rest is not', () => {
    const text = yamlOf(path, SECRET);
    const result = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
    expect(result.ok).toBe(true);
    for (const comments of [true, false]) {
      const printed = configYaml(result.ok ? result.value : DEFAULTS, { comments });
      expect(printed).not.toContain(SECRET);
      expect(printed).toContain(`${path.split('.').at(-1)}: <masked>`);
      expect(printed.match(/<masked>/g)).toHaveLength(1);
    }
  });

  // Each is refused, by another part of the loader each time.
  test.each([
    ['text with a space', `${SECRET} x`],
    ['too long', SECRET.repeat(20)],
    ['a list', `[${SECRET}]`],
    ['a section', `{${SECRET}: ${SECRET}}`],
    ['a quote not closed', `"${SECRET}`],
    ['an unknown escape', `"${SECRET}\\q"`],
    ['a colon inside', `${SECRET}: ${SECRET}`],
    ['a tag', `!${SECRET} ${SECRET}`],
    ['an anchor', `&${SECRET} ${SECRET}`],
    ['an alias', `*${SECRET}`],
    ['a reserved character', `@${SECRET}`],
    ['a quoted value and more', `"${SECRET}" ${SECRET}`],
    ['a second line', `${SECRET}\n${SECRET}`],
  ])('does not show in the error: %s', (_, value) => {
    const text = yamlOf(path, value);
    const result = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
    expect(result.ok).toBe(false);
    expect(result.ok ? '' : JSON.stringify([result.error, errorLines(result.error)])).not.toContain(
      SECRET,
    );
  });

  test.each([`${SECRET} x`, `${SECRET}\u0000`, SECRET.repeat(20)])(
    'does not show in the error of a variable or its file: %j',
    (value) => {
      const readFile = () => value;
      for (const environment of [{ [`${variable}`]: value }, { [`${variable}_FILE`]: '/run/x' }]) {
        const result = loadConfig({ file: null, environment, readFile });
        expect(result.ok).toBe(false);
        expect(result.ok ? '' : JSON.stringify(result.error)).not.toContain(SECRET);
      }
    },
  );

  test('does not show when a reload is refused', () => {
    const text = `${yamlOf(path, SECRET)}limits:\n  peers: 1\n`;
    const result = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
    const reload = result.ok && reloadable(DEFAULTS, result.value);
    expect(reload).toMatchObject({ ok: false });
    expect(JSON.stringify(reload)).not.toContain(SECRET);
  });
});
