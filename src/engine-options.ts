import { randomInt } from 'node:crypto';
import type { ContextOptions } from './calls/options.ts';
import type { Peer } from './calls/peers.ts';
import { BUILT_IN_RULES, type StageRule } from './calls/stage-rules.ts';
import type { Vocabulary } from './classify/vocabulary/vocabulary.ts';
import { parseCidr } from './config/cidr.ts';
import type { Config } from './config/schema.ts';
import { contextName } from './context/kinds.ts';
import type { EngineOptions } from './engine.ts';

/** 32 random bits. */
const SEED_LIMIT = 2 ** 32;

/** The part of a configuration that the engine needs. */
export function engineOptions(
  config: Config,
  version: string,
  vocabularies: readonly Vocabulary[] = [],
): EngineOptions {
  const { calls, hep } = config;
  return {
    version,
    peers: config.peers.map(toPeer),
    prefixes: config.prefixes,
    vocabularies,
    tracker: {
      capacity: calls.max,
      reorderMs: calls.reorderWindowMs,
      retryMs: calls.retryWindowMs,
      tombstoneMs: calls.tombstoneSeconds * 1000,
      endpoints: config.limits.endpoints,
      skewMs: calls.captureSkewMs,
      join: {
        ...calls.join,
        headers: calls.join.headers.map((name) => name.toLowerCase()),
      },
      context: contextOptions(config),
      timeouts: {
        noResponse: calls.timeouts.noResponseSeconds * 1000,
        setup: calls.timeouts.setupSeconds * 1000,
        cancel: calls.timeouts.cancelSeconds * 1000,
        answered: calls.timeouts.answeredSeconds * 1000,
        connectionLost: calls.timeouts.connectionLostSeconds * 1000,
      },
    },
    seed: [randomInt(SEED_LIMIT), randomInt(SEED_LIMIT)],
    authKey: keyBytes(hep.udp.authKey),
    streamKeys: { hep_tcp: keyBytes(hep.tcp.authKey), hep_tls: keyBytes(hep.tls.authKey) },
  };
}

/** The same for the sidecar: calls come with their ladders where they are kept. */
export function liveOptions(...given: Parameters<typeof engineOptions>): EngineOptions {
  const options = engineOptions(...given);
  return { ...options, tracker: { ...options.tracker, ladders: given[0].recent.maxCalls > 0 } };
}

function keyBytes(key: string | null): Uint8Array | null {
  return key === null ? null : Buffer.from(key, 'utf8');
}

function contextOptions({ context, stageRules, limits }: Config): ContextOptions {
  const builtIn = context.builtInRules;
  return {
    waitMs: context.api.enabled ? context.waitMs : 0,
    waitPeers: context.waitPeers.length === 0 ? null : context.waitPeers,
    holdMs: context.holdSeconds * 1000,
    facts: limits.contextFacts,
    rules: [...stageRules.flatMap(toStageRule), ...(builtIn ? BUILT_IN_RULES : [])],
    builtIn,
  };
}

function toStageRule({ fact, ...rule }: Config['stageRules'][number]): StageRule[] {
  const name = contextName(fact);
  // The schema has refused every other fact.
  return name === null ? [] : [{ ...rule, kind: name.kind, fact: name.value }];
}

function toPeer({ name, role, addresses, hosts, users }: Config['peers'][number]): Peer {
  const ranges = addresses.flatMap((text) => {
    const cidr = parseCidr(text);
    // The loader has refused every address that does not parse.
    return cidr.ok ? [cidr.value] : [];
  });
  return { name, role, ranges, hosts, users };
}
