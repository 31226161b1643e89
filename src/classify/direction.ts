import type { Ended } from '../calls/call.ts';
import type { Direction, EndedBy, EndedByRole } from './outcome.ts';

/** Which role each side of a call is played by, for `direction`. */
const OUTSIDE = new Set(['carrier']);
const INSIDE = new Set(['agent', 'pbx', 'ivr', 'queue', 'voicemail', 'proxy']);

/** From the roles of who sent the call and who was called; `unknown` as soon as neither is a carrier or both inside. */
function directionOf(roleIn: string, roleOut: string): Direction {
  const fromOutside = OUTSIDE.has(roleIn);
  const toOutside = OUTSIDE.has(roleOut);
  if (fromOutside) return toOutside ? 'transit' : 'inbound';
  if (toOutside) return 'outbound';
  return INSIDE.has(roleIn) && INSIDE.has(roleOut) ? 'internal' : 'unknown';
}

/** By the roles of the peers; where those do not tell, by the task that made the call. */
export function directionOfCall({ context }: Ended, roleIn: string, roleOut: string): Direction {
  const byRoles = directionOf(roleIn, roleOut);
  if (byRoles !== 'unknown' || context.length === 0) return byRoles;
  const task = context.find(({ kind }) => kind === 'task');
  if (task === undefined) return byRoles;
  return task.value === 'inbound' ? 'inbound' : 'outbound';
}

/** A person behind a carrier is a customer, one at an agent's address an agent; all other peers are the platform. */
const PARTY_ROLE: Readonly<Record<string, EndedByRole>> = {
  carrier: 'customer',
  agent: 'agent',
  pbx: 'platform',
  ivr: 'platform',
  queue: 'platform',
  voicemail: 'platform',
  proxy: 'platform',
};

/** The role of whoever ended the call. */
export function roleOfEnder(endedBy: EndedBy, roleIn: string, roleOut: string): EndedByRole {
  switch (endedBy) {
    case 'caller':
      return PARTY_ROLE[roleIn] ?? 'unknown';
    case 'callee':
      return PARTY_ROLE[roleOut] ?? 'unknown';
    case 'platform':
      return 'platform';
    case 'network':
      return roleOut === 'carrier' || roleIn === 'carrier' ? 'carrier' : 'unknown';
    case 'observer':
    case 'unknown':
      return 'unknown';
  }
}
