import type { Node } from './network.ts';
import type { Oddities } from './oddities.ts';
import type { Random } from './random.ts';
import { AGENTS, PROXIES, type Style, type Transport } from './styles.ts';
import type { Spelling } from './wire.ts';

/** Who takes part in a call of one leg: agents and proxies, and how each writes its messages. */

/** The proxies of the path; a spiral passes the first again, many hops some of one operator's. */
export function hops(proxies: readonly Node[], odd: Oddities): readonly Node[] {
  const [first, second] = proxies;
  if (first === undefined || second === undefined) return proxies;
  if (odd.has('spiral')) return [first, second, first];
  if (!odd.has('many-hops')) return proxies;
  const more = Array.from({ length: odd.random.int(9, 12) }, (_, i): Node => {
    const address = `198.51.100.${100 + i}:5060`;
    return { ...second, address, sentBy: address, tap: 2100 + i };
  });
  return [first, ...more];
}

export function spellingOf(r: Random, odd: Oddities): Spelling {
  return {
    names: r.chance(0.15) ? 'compact' : r.chance(0.1) ? 'lower' : 'canonical',
    eol: r.chance(0.07) ? '\n' : '\r\n',
    folded: r.chance(0.08),
    viaList: r.chance(0.1),
    oddities: odd.names,
  };
}

export function userAgent(
  odd: Oddities,
  r: Random,
  role: 'caller' | 'callee',
  host: number,
  spelling: Spelling,
  mixed: boolean,
  peer?: Transport,
): Node {
  const fits = AGENTS.filter(
    ({ transports }) => mixed || peer === undefined || transports.includes(peer),
  );
  const style: Style = r.pick(fits);
  const transport = mixed || peer === undefined ? r.pick(style.transports) : peer;
  const browser = transport === 'WS' || transport === 'WSS';
  const address = `192.0.2.${host * 10 + r.int(0, 9)}:${browser ? r.int(30_000, 60_000) : 5060}`;
  const usual = browser ? `${r.lower(12)}.invalid` : address;
  const sentBy = browser ? usual : oddSentBy(odd, usual, role, host);
  return { role, address, sentBy, transport, style, tap: 100 + host, spelling };
}

/** A private address behind some NAT may be the other side's as well. */
function oddSentBy(odd: Oddities, usual: string, role: string, host: number): string {
  if (odd.has('via-ipv6')) return `[2001:db8::${host}]:5060`;
  if (odd.has('via-name')) return `${role}-${host}.example.com`;
  if (odd.has('via-no-port')) return usual.replace(/:\d+$/, '');
  return odd.has('via-twins') ? '192.168.1.10:5060' : usual;
}

export function proxy(r: Random, index: number): Node {
  const address = `198.51.100.${index}:5060`;
  const spelling: Spelling = {
    names: 'canonical',
    eol: '\r\n',
    folded: false,
    viaList: false,
    oddities: new Set(),
  };
  const style = r.pick(PROXIES);
  return {
    role: 'proxy',
    address,
    sentBy: address,
    transport: 'UDP',
    style,
    tap: 2000 + index,
    spelling,
  };
}

export function hostOf(node: Node): string {
  return node.sentBy.replace(/:\d+$/, '');
}
