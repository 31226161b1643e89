/** Every bit of the result depends on every bit of the value. */
export function avalanche(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b | 0);
  return (x ^ (x >>> 16)) | 0;
}

/** Stable, unkeyed 64-bit hash of a string as 16 hex digits (FNV-1a in two lanes): the same in every process. */
export function stableId(text: string): string {
  let a = 0x811c9dc5 | 0;
  let b = 0x01000193 | 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x5bd1e995);
    b ^= b >>> 15;
  }
  return hex(avalanche(a)) + hex(avalanche(b ^ a));
}

/** Eight digits, of the 32 bits. */
export function hex(value: number): string {
  return String.fromCharCode(
    nibble(value >>> 28),
    nibble(value >>> 24),
    nibble(value >>> 20),
    nibble(value >>> 16),
    nibble(value >>> 12),
    nibble(value >>> 8),
    nibble(value >>> 4),
    nibble(value),
  );
}

function nibble(value: number): number {
  const n = value & 0xf;
  return n < 10 ? 0x30 + n : 0x57 + n;
}
