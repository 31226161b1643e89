import { describe, expect, test } from 'vitest';
import { errorLine } from '../../src/config/errors.ts';
import { keyRows } from '../../src/config/keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import { reloadable } from '../../src/config/reload.ts';
import { type Config, DEFAULTS } from '../../src/config/schema.ts';

function load(text: string): Config {
  const result = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => text });
  if (!result.ok) throw new Error('the test needs a good file');
  return result.value;
}

describe('reloadable', () => {
  test('nothing changed', () => {
    expect(reloadable(DEFAULTS, load(''))).toEqual({ ok: true, value: [] });
  });

  test('names the keys that change', () => {
    const next = load(`
log: {level: debug}
http: {token: 0123-4567}
calls: {reorderWindowMs: 1, timeouts: {setupSeconds: 181}}
peers: [{name: a, role: pbx, addresses: [192.0.2.1]}]
`);
    expect(reloadable(DEFAULTS, next)).toEqual({
      ok: true,
      value: [
        'log.level',
        'http.token',
        'calls.reorderWindowMs',
        'calls.timeouts.setupSeconds',
        'peers',
      ],
    });
  });

  test('refuses the whole when one key needs a restart, and names each such key in one line', () => {
    const next = load('log: {level: debug}\nhttp: {port: 1}\nlimits: {peers: 1}\n');
    const result = reloadable(DEFAULTS, next);
    expect(result.ok ? '' : errorLine(result.error)).toBe(
      'reload: http.port, limits.peers: changed, which needs a restart, so nothing was reloaded; restart the process, or undo the change and reload again [CFG_RESTART]',
    );
  });

  test('the keys that a reload may change', () => {
    const rows = keyRows().filter((row) => row.reload && !row.path.includes('[]'));
    expect(rows.map((row) => row.path)).toEqual([
      'log.level',
      'http.token',
      'websocket.token',
      'relay.observe',
      'hep.udp.authKey',
      'hep.tcp.authKey',
      'hep.tls.authKey',
      'calls.reorderWindowMs',
      'calls.retryWindowMs',
      'calls.tombstoneSeconds',
      'calls.captureSkewMs',
      'calls.join',
      'calls.join.sessionId',
      'calls.join.correlation',
      'calls.join.inferred',
      'calls.join.headers',
      'calls.join.callIdSuffixes',
      'calls.timeouts',
      'calls.timeouts.noResponseSeconds',
      'calls.timeouts.setupSeconds',
      'calls.timeouts.cancelSeconds',
      'calls.timeouts.answeredSeconds',
      'calls.timeouts.connectionLostSeconds',
      'peers',
      'prefixes',
      'context.api.token',
      'context.waitMs',
      'context.waitPeers',
      'context.holdSeconds',
      'context.builtInRules',
      'stageRules',
      'vocabularies',
      'vocabularies.enabled',
      'vocabularies.files',
      'vocabularies.thresholds',
      'vocabularies.thresholds.shortTalkSeconds',
      'vocabularies.thresholds.shortQueueSeconds',
      'vocabularies.thresholds.longRingSeconds',
      'vocabularies.thresholds.longUnrungSeconds',
      'limits.series',
    ]);
  });
});
