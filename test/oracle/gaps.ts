import type { OracleCall } from './generate.ts';

/**
 * A shape of calls that the engine gets wrong today. Its calls are held out of the runs and stand in a test that has to
 * fail, so that the gap goes with the fault.
 */
export interface Gap {
  readonly name: string;
  /** What is wrong; the report with it says what would be right. */
  readonly why: string;
  /** Only under these faults; all when left out. */
  readonly faults?: readonly string[];
  /** The fault that shows it. */
  readonly shownBy: string;
  readonly matches: (call: OracleCall) => boolean;
}

const OUT_OF_ORDER = ['reordered', 'delayed', 'mirrored', 'mirrored far', 'all at once'];
const LOSS = ['loss 1 %', 'loss 5 %', 'loss 20 %'];
const RETRIED = ['digest', 'redirect', 'interval-422'];
/** Endings whose status says nothing by itself, so that the engine looks for one behind it. */
const GENERIC = /^(?:cancel|early-bye|48[08]|50|proxy-timer)/;

const has = (call: OracleCall, ...shapes: readonly string[]): boolean =>
  shapes.some((shape) => call.shapes.has(shape));

export const GAPS: readonly Gap[] = [
  {
    name: 'a branch that was passed over decides',
    why: 'the Reason or the final of a gateway that failed over beats that of the next one',
    shownBy: 'clean',
    matches: (call) =>
      has(call, 'failover-q34') || (has(call, 'failover-proxy') && GENERIC.test(call.ending)),
  },
  {
    name: '500 passed on by a second proxy',
    why: 'the 503 stands two hops behind the 500 that the caller got',
    shownBy: 'clean',
    matches: (call) => has(call, '503-as-500') && has(call, 'proxies-2'),
  },
  {
    name: '487 that nobody asked for',
    why: 'a proxy that gave up is told as the caller',
    shownBy: 'clean',
    matches: (call) => call.ending === 'proxy-timer-487',
  },
  {
    name: 'analytics in cause 21',
    why: 'the block of an analytics engine is told as the callee',
    shownBy: 'clean',
    matches: (call) => call.ending === '603-analytics-q21',
  },
  {
    name: 'two answers',
    why: 'the BYE of the dialog that the caller did not keep ends the call, or none does',
    shownBy: 'clean',
    matches: (call) => call.ending === 'two-answers',
  },
  {
    name: 'ACK of a refusal seen before its INVITE',
    why: 'it is taken for the ACK of a 2xx, so that the INVITE begins a second attempt',
    faults: OUT_OF_ORDER,
    shownBy: 'reordered',
    matches: (call) => has(call, ...RETRIED, 'challenge-given-up'),
  },
  {
    name: 'a retried INVITE with losses',
    why: 'where its own INVITE or final is lost, an older 503 decides, its final finds no hop, or its ACK a 2xx',
    faults: LOSS,
    shownBy: 'loss 20 %',
    matches: (call) => has(call, 'failover-caller', ...RETRIED),
  },
  {
    name: 'dialog_timeout with losses',
    why: 'the Reason alone says that the platform ended the call',
    faults: LOSS,
    shownBy: 'loss 20 %',
    matches: (call) => call.ending === 'platform-bye-reason',
  },
];

/** The gaps that a call falls into under this fault. */
export function gapsOf(call: OracleCall, fault: string): Gap[] {
  return GAPS.filter((gap) => (gap.faults?.includes(fault) ?? true) && gap.matches(call));
}
