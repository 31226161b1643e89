const DOUBLE_CRLF = Buffer.from('\r\n\r\n');
export const KEEP_ALIVE_ANSWER = '\r\n';

/** Nothing, or nothing but line ends. */
export function isKeepAlive(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x0d || byte === 0x0a);
}

/** A double CRLF asks for a single one (RFC 5626 section 3.5.1, RFC 7118 section 6). */
export function asksForAnswer(bytes: Uint8Array): boolean {
  return DOUBLE_CRLF.equals(bytes);
}
