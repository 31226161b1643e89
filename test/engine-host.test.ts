import { expect, test } from 'vitest';
import { DEFAULTS } from '../src/config/schema.ts';
import { dataForRestart } from '../src/engine-host.ts';
import { engineOptions } from '../src/engine-options.ts';
import type { EngineData } from '../src/messages.ts';
import { createRing } from '../src/sources/ring.ts';
import { createRingHandle } from '../src/sources/ring-handle.ts';

const data: EngineData = {
  options: engineOptions(DEFAULTS, 'test'),
  ring: createRing(DEFAULTS.limits.ringBytes),
  hep: null,
  capture: null,
  again: false,
  verdictQueue: DEFAULTS.limits.verdictQueue,
  handover: { lines: true, keptPerSecond: 0, hashKey: null },
};
const onInterface = {
  kind: 'interface',
  ...DEFAULTS.capture,
  interface: 'any',
  handle: createRingHandle(),
} as const;

test.each([
  ['standard input, which stands in the middle of a packet', { kind: 'standard_input' }, null],
  ['an interface', onInterface, onInterface],
  ['nothing', null, null],
] as const)('an engine that is started again after capturing from %s', (_, capture, after) => {
  expect(dataForRestart({ ...data, capture })).toEqual({ ...data, capture: after, again: true });
});
