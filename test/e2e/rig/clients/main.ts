/**
 * Two phones over WebSocket, registered at Kamailio, call each other while both are mirrored to callfate.
 *
 * Arguments: library of the caller, library of the callee, plan, number of calls, and a tag that makes the user names
 * unique; in lower case, because the registrar folds it in a GRUU and JsSIP does not. Prints one line: a `Report`.
 */
import { BROWSER_GLOBALS, JsSipPhone } from './jssip-phone.ts';
import { Mirror } from './mirror.ts';
import { type CalleePlan, type Library, type Phone, PLANS, type Plan } from './phone.ts';
import { SipJsPhone } from './sipjs-phone.ts';

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

async function main([caller, callee, plan, count, tag]: readonly string[]): Promise<Report> {
  const mirror = new Mirror();
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
  await alice.stop();
  await bob.stop();
  await mirror.close();
  return { callIds, frames: mirror.frames, registers: mirror.registers };
}

const report = await main(process.argv.slice(2));
process.stdout.write(`${JSON.stringify(report)}\n`, () => process.exit(0));
