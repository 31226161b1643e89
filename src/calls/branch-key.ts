import type { SlabHash } from '../lib/slab-hash.ts';
import { FIELD, type SipScanner } from '../sip/scan.ts';
import { hasCookie } from '../sip/via.ts';

/**
 * Hash of what names the transaction at its hop: the branch, where it has the cookie (RFC 3261 §8.1.1.7). An older peer
 * has none, or any, which names one only together with its sent-by; the rest of the Via grows on the way back (§18.2.1).
 */
export function branchKey(hash: SlabHash, { at }: SipScanner): number {
  const start = at[2 * FIELD.branch] as number;
  const end = at[2 * FIELD.branch + 1] as number;
  const own = hash.short(start, end);
  if (hasCookie(start, end)) return own;
  const sentBy = hash.short(at[2 * FIELD.sentBy] as number, at[2 * FIELD.sentBy + 1] as number);
  return Math.imul(own, 31) ^ sentBy;
}
