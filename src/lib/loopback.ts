/** Addresses of this host, and how a request names one. No parser of its own is needed to be strict here. */

const IPV4 = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/;
const IPV6 = /^[\da-f:.]*:[\da-f:.]*$/i;
/** 127.0.0.0/8 within IPv6, as `URL` writes it. */
const MAPPED = /^\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]$/;

/** All four octets, none above 255: `127.0.0.1.example` is a name. */
function isIpv4(text: string): boolean {
  return IPV4.test(text) && text.split('.').every((octet) => Number(octet) <= 255);
}

/** Only a literal loopback address, however it is spelt, or the name localhost. IPv6 stands without brackets. */
export function isLoopback(host: string): boolean {
  if (isIpv4(host)) return host.startsWith('127.');
  if (!IPV6.test(host)) return host.toLowerCase() === 'localhost';
  const url = `http://[${host}]/`;
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return hostname === '[::1]' || MAPPED.test(hostname);
}

/** True when a `Host` header (RFC 9110 section 7.2) holds an address or `localhost`, with a port or without. */
export function isAddressed(header: string): boolean {
  const name = header.replace(/:\d*$/, '');
  if (name.startsWith('[') && name.endsWith(']')) return IPV6.test(name.slice(1, -1));
  return isIpv4(name) || name.toLowerCase() === 'localhost';
}
