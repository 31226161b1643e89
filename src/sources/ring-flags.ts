import type { FrameMeta } from './source.ts';

const FLAG_HEP = 1;
export const FLAG_FROM_CONNECTION = 2;
const FLAG_CLOSING = 4;
export const FLAG_FROM_CLIENT = 8;
const FLAG_RUN = 16;
export const FLAG_SIP_RUN = 32;

/** What a frame is, in the octet that a record has for it. */
export function flagsOf({ payload, fromConnection, fromClient }: FrameMeta): number {
  return (
    (payload === 'hep' ? FLAG_HEP : 0) |
    (payload === 'hep_run' ? FLAG_RUN : 0) |
    (payload === 'sip_run' ? FLAG_SIP_RUN : 0) |
    (payload === 'closing' ? FLAG_CLOSING : 0) |
    (fromConnection === true ? FLAG_FROM_CONNECTION : 0) |
    (fromClient === true ? FLAG_FROM_CLIENT : 0)
  );
}

export function payloadOf(flags: number): FrameMeta['payload'] {
  if ((flags & FLAG_CLOSING) !== 0) return 'closing';
  if ((flags & FLAG_RUN) !== 0) return 'hep_run';
  return (flags & FLAG_HEP) === 0 ? 'sip' : 'hep';
}
