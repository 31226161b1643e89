import { fail, ok, type Result } from '../lib/result.ts';
import type { ConfigError } from './errors.ts';
import { keyRows } from './keys.ts';
import type { Config } from './schema.ts';

/**
 * Whether a running process may go over from `old` to `next`. Gives the keys that changed, or one error that names
 * every changed key that needs a restart: then nothing of `next` is applied.
 */
export function reloadable(old: Config, next: Config): Result<readonly string[], ConfigError> {
  const changed = keyRows()
    .filter((row) => row.kind !== 'section' && !row.path.includes('[]'))
    .filter(
      (row) => JSON.stringify(valueAt(old, row.path)) !== JSON.stringify(valueAt(next, row.path)),
    );
  const fixed = changed.filter((row) => !row.reload).map((row) => row.path);
  if (fixed.length === 0) return ok(changed.map((row) => row.path));
  return fail({
    code: 'CFG_RESTART',
    place: { text: 'reload', order: 0 },
    key: fixed.join(', '),
    wrong: 'changed, which needs a restart, so nothing was reloaded',
    remedy: 'restart the process, or undo the change and reload again',
  });
}

/** The value of a key; lists are one key. */
export function valueAt(config: Config, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (node, name) =>
        typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined,
      config,
    );
}
