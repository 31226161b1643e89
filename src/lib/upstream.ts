import { fail, ok, type Result } from './result.ts';

/** Where the PBX's own WebSocket listener is. */
export interface Upstream {
  readonly secure: boolean;
  /** Name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const DEFAULT_PORTS = { 'ws:': 80, 'wss:': 443 } as const;

/** Reads `ws://host:port` or `wss://host:port`; fails with what is wrong. Path and query come from the client. */
export function parseUpstream(text: string): Result<Upstream, string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:')) {
    return fail('is no ws:// or wss:// URL');
  }
  const { username, password, pathname, search, hash } = url;
  if (pathname !== '/' || `${username}${password}${search}${hash}` !== '') {
    return fail('holds more than scheme, host and port');
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (host === '') return fail('names no host');
  const port = url.port === '' ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  return ok({ secure: url.protocol === 'wss:', host, port });
}
