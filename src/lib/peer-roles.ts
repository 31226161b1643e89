/** What a peer can be configured as. */
export const PEER_ROLES = [
  'carrier',
  'agent',
  'pbx',
  'ivr',
  'queue',
  'voicemail',
  'proxy',
] as const;
