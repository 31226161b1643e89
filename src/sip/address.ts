/**
 * Addresses of From, To, Contact, Refer-To and the Request-URI (RFC 3261 section 20.10 and 25.1), read from text when
 * somebody asks. Tolerant: what cannot be read is null, and the rest is given.
 */

/** Longest user part `uriUser` gives, characters. */
export const URI_USER_MAX = 128;

export interface AddressParam {
  /** In lower case. */
  readonly name: string;
  /** As sent, without quotes; null for a parameter without `=`. */
  readonly value: string | null;
}

export interface Address {
  /** Unquoted and unescaped; null when there is none. */
  readonly display: string | null;
  /** In lower case; null when the text has no scheme. */
  readonly scheme: string | null;
  /** User part as sent, without a password, or the number of a `tel:` URI; null when there is none. */
  readonly user: string | null;
  /** In lower case, an IPv6 host without its brackets; null when there is none or the URI is not hierarchical. */
  readonly host: string | null;
  /** 1..65535; null when absent or not a port. */
  readonly port: number | null;
  readonly uriParams: readonly AddressParam[];
  /** Of the header, not of the URI. Without angle brackets every parameter is the header's. */
  readonly params: readonly AddressParam[];
  readonly tag: string | null;
}

/** Schemes whose URI is `user@host`; text without a scheme is read like them. Of others only the scheme is read. */
const USER_HOST_SCHEMES: ReadonlySet<string> = new Set(['sip', 'sips', 'im', 'pres']);
const PARAMS_MAX = 32;
const PORT_MAX = 65_535;

type Uri = Pick<Address, 'scheme' | 'user' | 'host' | 'port' | 'uriParams'>;

/** Reads one name-addr or addr-spec with its header parameters. Never throws; linear in length. */
export function parseAddress(value: string): Address {
  const open = openingBracket(value);
  const close = open < 0 ? -1 : value.indexOf('>', open);
  // Without angle brackets the parameters belong to the header (RFC 3261 section 20).
  const end = open < 0 ? endOfAddrSpec(value) : close < 0 ? value.length : close;
  const params = paramsOf(value, end, ',');
  return {
    display: open < 0 ? null : displayName(value.slice(0, open).trim()),
    ...uriOf(value.slice(open + 1, end).trim()),
    params,
    tag: params.find(({ name }) => name === 'tag')?.value ?? null,
  };
}

/**
 * The user part or telephone number of an address or URI, percent-decoded and cut at `URI_USER_MAX`; null when there
 * is none. The parameters of a telephone number (`+1234;rn=+1999@host`) and the visual separators of a `tel:` URI are
 * not part of the number (RFC 3966 section 3).
 */
export function uriUser(value: string): string | null {
  const { scheme, user } = parseAddress(value);
  if (user === null) return null;
  const number = /^(\+?[0-9*#().-]+);/.exec(user)?.[1] ?? user;
  const text = percentDecode(scheme === 'tel' ? number.replace(/[().-]/g, '') : number);
  return text.slice(0, URI_USER_MAX).replace(/[\ud800-\udbff]$/, '');
}

/** Index of the `<` outside quotes, -1 when there is none. A quote that is never closed quotes nothing. */
function openingBracket(value: string): number {
  for (let at = 0; at < value.length; at++) {
    if (value[at] === '<') return at;
    if (value[at] !== '"') continue;
    const close = closingQuote(value, at);
    if (close < 0) return value.indexOf('<', at);
    at = close;
  }
  return -1;
}

function closingQuote(value: string, open: number): number {
  for (let at = open + 1; at < value.length; at++) {
    if (value[at] === '"') return at;
    if (value[at] === '\\') at++;
  }
  return -1;
}

/** A `;` before the `@` stands in the user part (RFC 4475 section 3.1.1.9): a tag or other token has no `@`. */
function endOfAddrSpec(value: string): number {
  const end = value.indexOf(';', Math.max(value.indexOf('@'), 0));
  return end < 0 ? value.length : end;
}

function displayName(text: string): string | null {
  if (text === '') return null;
  if (!text.startsWith('"')) return text;
  const close = closingQuote(text, 0);
  return text.slice(1, close < 0 ? text.length : close).replace(/\\(.)/gs, '$1');
}

function uriOf(text: string): Uri {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase() ?? null;
  const rest = scheme === null ? text : text.slice(scheme.length + 1);
  if (scheme === 'tel') return telUri(rest);
  const at = rest.indexOf('@');
  if (scheme === null ? at < 0 : !USER_HOST_SCHEMES.has(scheme)) {
    return { scheme, user: null, host: null, port: null, uriParams: [] };
  }
  const user = at < 0 ? '' : (rest.slice(0, at).split(':', 1)[0] ?? '');
  const [, ipv6, name = '', digits] =
    /^(?:\[([^\]]*)\]|([^:;?/@\s]*))(?::([0-9]{1,5})(?![0-9]))?/.exec(rest.slice(at + 1)) ?? [];
  const host = (ipv6 ?? name).toLowerCase();
  const port = Number(digits ?? 0);
  return {
    scheme,
    user: user === '' ? null : user,
    host: host === '' ? null : host,
    port: port >= 1 && port <= PORT_MAX ? port : null,
    uriParams: paramsOf(rest, at + 1, '?'),
  };
}

function telUri(rest: string): Uri {
  const end = rest.indexOf(';');
  const number = (end < 0 ? rest : rest.slice(0, end)).trim();
  return {
    scheme: 'tel',
    user: number === '' ? null : number,
    host: null,
    port: null,
    uriParams: end < 0 ? [] : paramsOf(rest, end, '?'),
  };
}

/** `;name=value` from the first `;` at or behind `from` on, up to `stop` outside quotes. */
function paramsOf(text: string, from: number, stop: ',' | '?'): AddressParam[] {
  const params: AddressParam[] = [];
  for (let at = delimiter(text, from, stop); text[at] === ';' && params.length < PARAMS_MAX; ) {
    const end = delimiter(text, at + 1, stop);
    const part = text.slice(at + 1, end);
    const equals = part.indexOf('=');
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? null : unquote(part.slice(equals + 1).trim());
    if (name !== '') params.push({ name, value });
    at = end;
  }
  return params;
}

/** Index of the next `;` or `stop` outside quotes, or the length. A quote that is never closed quotes nothing. */
function delimiter(text: string, from: number, stop: string): number {
  let closed = true;
  for (let at = from; at < text.length; at++) {
    if (text[at] === ';' || text[at] === stop) return at;
    if (text[at] !== '"' || !closed) continue;
    const close = closingQuote(text, at);
    closed = close >= 0;
    if (closed) at = close;
  }
  return text.length;
}

function unquote(text: string): string {
  return text.startsWith('"') ? (displayName(text) ?? '') : text;
}

/** Octets that are UTF-8 become text; others stay one character an octet. */
function percentDecode(text: string): string {
  const octets = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  if (!/^[\0-\xff]*$/.test(octets)) return octets;
  const decoded = Buffer.from(octets, 'latin1').toString('utf8');
  return decoded.includes('\ufffd') ? octets : decoded;
}
