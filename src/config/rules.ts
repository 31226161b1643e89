import { isLoopback } from '../lib/loopback.ts';
import { cidrKey, parseCidr } from './cidr.ts';
import { type ConfigError, type ConfigErrorCode, quote } from './errors.ts';
import { pathText } from './keys.ts';
import type { Config } from './schema.ts';
import { tlsErrors } from './tls-files.ts';
import type { Places } from './yaml.ts';

/** What a listener is, for the rules that hold for all of them. */
interface Listener {
  /** Path of its section. */
  readonly path: string;
  readonly transport: 'tcp' | 'udp';
  readonly enabled: boolean;
  readonly host: string;
  readonly port: number;
  /** The key that holds its credential. */
  readonly credentialKey: 'token' | 'authKey';
  readonly credential: string | null;
  /** Its certificate authority, when clients have to present a certificate. */
  readonly clientCa: string | null;
  readonly allowUnauthenticated: boolean;
  /** What someone who reaches it without a credential can do. */
  readonly exposes: string;
}

/** Addresses that mean every interface. On Linux `::` takes IPv4 as well. */
const WILDCARDS = ['0.0.0.0', '::'] as const;

function listeners(config: Config): readonly Listener[] {
  const { http, websocket, relay, hep } = config;
  return [
    {
      ...http,
      path: 'http',
      transport: 'tcp',
      enabled: true,
      credentialKey: 'token',
      credential: http.token,
      clientCa: http.tls.caFile,
      exposes: 'read the metrics and the recent calls',
    },
    {
      ...websocket,
      path: 'websocket',
      transport: 'tcp',
      credentialKey: 'token',
      credential: websocket.token,
      clientCa: websocket.tls.caFile,
      exposes: 'feed it calls',
    },
    {
      ...relay,
      path: 'relay',
      transport: 'tcp',
      enabled: relay.upstream !== null,
      credentialKey: 'token',
      credential: null,
      clientCa: relay.tls.caFile,
      // Who may talk to the PBX is the PBX's affair.
      allowUnauthenticated: true,
      exposes: 'talk to the PBX',
    },
    {
      ...hep.udp,
      path: 'hep.udp',
      transport: 'udp',
      credentialKey: 'authKey',
      credential: hep.udp.authKey,
      clientCa: null,
      exposes: 'feed it calls',
    },
    {
      ...hep.tcp,
      path: 'hep.tcp',
      transport: 'tcp',
      credentialKey: 'authKey',
      credential: hep.tcp.authKey,
      clientCa: null,
      exposes: 'feed it calls',
    },
    {
      ...hep.tls,
      path: 'hep.tls',
      transport: 'tcp',
      credentialKey: 'authKey',
      credential: hep.tls.authKey,
      clientCa: hep.tls.caFile,
      exposes: 'feed it calls',
    },
  ];
}

/** Rules between keys that the schema of one key cannot hold. */
export function ruleErrors(config: Config, places: Places): readonly ConfigError[] {
  const running = listeners(config).filter((listener) => listener.enabled);
  return [
    ...running.flatMap((listener) => openListener(listener, places)),
    ...running.flatMap((listener, index) => clash(listener, running.slice(0, index), places)),
    ...tlsErrors(config, places),
    ...peerCount(config, places),
    ...sameNames('peers', config.peers, places),
    ...sameNames('prefixes', config.prefixes, places),
    ...peerAddresses(config, places),
    ...openContext(config, places),
    ...waitPeers(config, places),
  ];
}

/** Whoever can tell facts can change verdicts: without a token only this host may, and only when told so. */
function openContext({ http, context }: Config, places: Places): readonly ConfigError[] {
  const { enabled, token, allowUnauthenticated } = context.api;
  if (!enabled || token !== null) return [];
  if (allowUnauthenticated && isLoopback(http.host)) return [];
  const wrong = allowUnauthenticated
    ? `http.host ${http.host} is not loopback and context.api.token is not set`
    : 'context.api.token is not set';
  const remedy = allowUnauthenticated
    ? 'set context.api.token'
    : 'set context.api.token, or on loopback set context.api.allowUnauthenticated to true';
  const path = ['context', 'api', allowUnauthenticated ? 'allowUnauthenticated' : 'enabled'];
  return [error('CFG_OPEN_LISTENER', places, path, wrong, remedy)];
}

function waitPeers({ context, peers }: Config, places: Places): readonly ConfigError[] {
  return context.waitPeers.flatMap((name, index) => {
    if (peers.some((peer) => peer.name === name)) return [];
    const path = ['context', 'waitPeers', index];
    const wrong = `${quote(name)} is no peer`;
    return [error('CFG_VALUE', places, path, wrong, 'write the name of an entry of peers')];
  });
}

function openListener(listener: Listener, places: Places): readonly ConfigError[] {
  const { host, path, credentialKey, credential, clientCa, allowUnauthenticated, exposes } =
    listener;
  const guarded = credential !== null || clientCa !== null;
  if (isLoopback(host) || guarded || allowUnauthenticated) return [];
  return [
    error(
      'CFG_OPEN_LISTENER',
      places,
      [...path.split('.'), 'host'],
      `${host} is not loopback and ${path}.${credentialKey} is not set`,
      `set ${path}.${credentialKey}, or set ${path}.allowUnauthenticated to true to let anyone who reaches it ${exposes}`,
    ),
  ];
}

function clash(
  listener: Listener,
  others: readonly Listener[],
  places: Places,
): readonly ConfigError[] {
  const other = others.find((candidate) => sameSocket(candidate, listener));
  if (other === undefined) return [];
  // Of the two the one that was configured is to blame, not the one at its default.
  const own = places.has([...listener.path.split('.'), 'port']);
  const [blamed, owner] = own ? [listener, other] : [other, listener];
  return [
    error(
      'CFG_LISTENER_CLASH',
      places,
      [...blamed.path.split('.'), 'port'],
      `${owner.path} listens on ${owner.host}:${owner.port} (${owner.transport}) too`,
      'choose another port',
    ),
  ];
}

function sameSocket(a: Listener, b: Listener): boolean {
  if (a.port === 0 || a.port !== b.port || a.transport !== b.transport) return false;
  const keys = [hostKey(a.host), hostKey(b.host)];
  return keys[0] === keys[1] || WILDCARDS.some((wildcard) => keys.includes(hostKey(wildcard)));
}

function hostKey(host: string): string {
  if (host.toLowerCase() === 'localhost') return hostKey('127.0.0.1');
  const address = parseCidr(host);
  return address.ok ? cidrKey(address.value) : host.toLowerCase();
}

function peerCount(config: Config, places: Places): readonly ConfigError[] {
  const count = config.peers.length;
  if (count <= config.limits.peers) return [];
  const wrong = `${count} entries, more than limits.peers (${config.limits.peers})`;
  return [error('CFG_RANGE', places, ['peers'], wrong, 'remove some, or raise limits.peers')];
}

/** Names become label values: two alike would be one series. */
function sameNames(
  key: 'peers' | 'prefixes',
  list: readonly { readonly name: string }[],
  places: Places,
): readonly ConfigError[] {
  const first = new Map<string, number>();
  return list.flatMap(({ name }, index) => {
    const owner = first.get(name.toLowerCase());
    if (owner === undefined) {
      first.set(name.toLowerCase(), index);
      return [];
    }
    const wrong = `"${name}" is the name of ${key}[${owner}] already`;
    return [error('CFG_PEER_CLASH', places, [key, index, 'name'], wrong, 'choose another name')];
  });
}

/** One network inside another is fine, the longest prefix wins; the same network twice has no winner. */
function peerAddresses(config: Config, places: Places): readonly ConfigError[] {
  const first = new Map<string, string>();
  return config.peers.flatMap(({ name, addresses, hosts, users }, peer) =>
    // With hosts or users, several peers may share an address: they are told apart by those.
    (hosts.length + users.length > 0 ? [] : addresses).flatMap((address, index) => {
      const cidr = parseCidr(address);
      if (!cidr.ok) return [];
      const owner = first.get(cidrKey(cidr.value));
      if (owner === undefined) {
        first.set(cidrKey(cidr.value), name);
        return [];
      }
      const wrong = `"${address}" belongs to the peer ${owner} already`;
      const path = ['peers', peer, 'addresses', index];
      return [error('CFG_PEER_CLASH', places, path, wrong, 'keep one of the two')];
    }),
  );
}

function error(
  code: ConfigErrorCode,
  places: Places,
  path: readonly (string | number)[],
  wrong: string,
  remedy: string,
): ConfigError {
  return { code, place: places.ofValue(path), key: pathText(path), wrong, remedy };
}
