/** `192.0.2.1:5060` or `[2001:db8::1]:5060` out of the 36 address bytes; see `FrameMeta.addresses`. */
export function endpointText(addresses: Uint8Array, address: number, port: number): string {
  const number = ((addresses[port] ?? 0) << 8) | (addresses[port + 1] ?? 0);
  const bytes = addresses.subarray(address, address + 16);
  return isIpv4(bytes) ? `${bytes.subarray(12).join('.')}:${number}` : `[${ipv6(bytes)}]:${number}`;
}

function isIpv4(bytes: Uint8Array): boolean {
  return bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((b) => b === 0);
}

/** RFC 5952 section 4.2: the first of the longest runs of zeroes is left out. */
function ipv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  const zeroes = groups.map((_, start) => {
    const end = groups.findIndex((group, i) => i >= start && group !== '0');
    return (end < 0 ? groups.length : end) - start;
  });
  const longest = Math.max(...zeroes);
  if (longest < 2) return groups.join(':');
  const start = zeroes.indexOf(longest);
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + longest).join(':')}`;
}
