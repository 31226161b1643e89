/**
 * Two phones over WebSocket, registered at Kamailio, call each other while both are mirrored to callfate, or relayed by
 * it.
 *
 * Arguments: library of the caller, library of the callee, plan, number of calls, a tag that makes the user names
 * unique, in lower case, because the registrar folds it in a GRUU and JsSIP does not, and `mirror` or `relay`. Prints one
 * line: a `Report`.
 */

import type { WebSocket } from 'ws';
import { BROWSER_GLOBALS, JsSipPhone } from './jssip-phone.ts';
import { Mirror } from './mirror.ts';
import { type CalleePlan, type Library, type Phone, PLANS, type Plan, pause } from './phone.ts';
import { Relayed } from './relayed.ts';
import { SipJsPhone } from './sipjs-phone.ts';

/** How callfate sees the phones. */
export interface Tap {
  /** Frames seen, and those of them that belong to a REGISTER. */
  readonly frames: number;
  readonly registers: number;
  webSocketClass(): new (url: string, protocols?: string) => WebSocket;
  /** Resolves when callfate has received what it was sent. */
  close(): Promise<void>;
}

export interface Report {
  readonly callIds: readonly string[];
  /** Frames copied to callfate, and those of them that belong to a REGISTER. */
  readonly frames: number;
  readonly registers: number;
}

const PHONES: Readonly<Record<Library, new (user: string, plan: CalleePlan) => Phone>> = {
  'sip.js': SipJsPhone,
  jssip: JsSipPhone,
};

async function main(words: readonly string[]): Promise<Report> {
  const [caller, callee, plan, count, tag, way] = words;
  const relayed = way === 'relay' ? new Relayed() : null;
  const mirror: Tap = relayed ?? new Mirror();
  Object.assign(globalThis, BROWSER_GLOBALS, { WebSocket: mirror.webSocketClass() });
  const steps = PLANS[plan as Plan];
  const alice = new PHONES[caller as Library](`alice-${tag}`, 'ring');
  const bob = new PHONES[callee as Library](`bob-${tag}`, steps.callee);
  await bob.start();
  await alice.start();
  const callIds: string[] = [];
  for (let call = 0; call < Number(count); call += 1) {
    callIds.push(await alice.call(`bob-${tag}`, steps.caller));
  }
  if (steps.caller === 'vanish') {
    relayed?.vanish();
    await pause();
    return { callIds, frames: mirror.frames, registers: mirror.registers };
  }
  await alice.stop();
  await bob.stop();
  await mirror.close();
  return { callIds, frames: mirror.frames, registers: mirror.registers };
}

const report = await main(process.argv.slice(2));
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
