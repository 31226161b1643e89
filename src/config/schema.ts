import { z } from 'zod';
import { calls } from './schema/calls.ts';
import { capture, hep, http, relay, websocket } from './schema/listeners.ts';
import { context, limits, log, recent, vocabularies } from './schema/outputs.ts';
import { peer, prefix, stageRule } from './schema/peers.ts';

export { MASK, SHIPPED_VOCABULARIES } from './schema/values.ts';

/**
 * Every configuration key with its default, bound and description. Loader, printer, JSON Schema and
 * docs/configuration.md derive from this table.
 *
 * A description is one or more plain sentences: it becomes a comment in config/default.yaml. `reload: true` marks a
 * key that SIGHUP may change; on a section it holds for every key below. `writeOnly` marks a secret.
 */

export const configSchema = z
  .strictObject({
    log,
    http,
    websocket,
    relay,
    hep,
    capture,
    calls,
    peers: z.array(peer).default([]).meta({
      description: 'Systems that SIP is exchanged with. Any other address is the peer other.',
      reload: true,
    }),
    prefixes: z.array(prefix).max(64).default([]).meta({
      description: 'Groups of called numbers to count apart. Any other number is the prefix other.',
      reload: true,
    }),
    context,
    stageRules: z.array(stageRule).max(64).default([]).meta({
      description: 'Facts that follow from what SIP carries. The first rule that holds counts.',
      reload: true,
    }),
    vocabularies,
    recent,
    limits,
  })
  .meta({ title: 'callfate configuration' });

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A complete, valid configuration: every key is present. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;

/** What runs when nothing is configured. Frozen. */
export const DEFAULTS: Config = deepFreeze(configSchema.parse({}));

/** Freezes a tree of plain objects and arrays. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
