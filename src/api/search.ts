/** Which of the kept calls a request is about. */
import type { Query } from './parameters.ts';
import type { RecentCall, RecentCalls } from './recent-calls.ts';

/** Calls looked at before others get their turn: the relay runs on this thread. */
const SLICE = 4096;
/** Verdicts of one page, characters; a page that would be longer ends early. */
export const PAGE_CHARACTERS_MAX = 2_097_152;

type Test = (call: RecentCall) => boolean;

/** One test for what was asked; made once a request. */
export function testOf(query: Query, store: RecentCalls): Test {
  const tests: Test[] = [];
  const text = (name: string): string | null => {
    const value = query[name];
    return value === undefined ? null : String(value);
  };
  for (const name of ['outcome', 'reason', 'attribution', 'direction'] as const) {
    const wanted = text(name);
    if (wanted !== null) tests.push((call) => call[name] === wanted);
  }
  const abnormal = text('abnormal');
  if (abnormal !== null) tests.push((call) => call.abnormal === (abnormal === 'true'));
  const peer = text('peer');
  if (peer !== null) tests.push((call) => call.peerIn === peer || call.peerOut === peer);
  const callId = text('callId');
  if (callId !== null) tests.push((call) => hasCallId(call, callId));
  const number = text('number');
  if (number !== null) tests.push(ofNumber(store.numberKey(number)));
  const q = text('q');
  if (q !== null) tests.push(anyOf(q, store));
  const { from, to } = query;
  if (typeof from === 'number') tests.push((call) => call.endedAt >= from);
  if (typeof to === 'number') tests.push((call) => call.endedAt < to);
  return (call) => tests.every((test) => test(call));
}

function hasCallId(call: RecentCall, callId: string): boolean {
  return call.callId === callId || call.callIds.includes(callId);
}

function ofNumber(key: string): Test {
  return (call) => call.numbers.includes(key);
}

/** A part of a Call-ID counts only where it is shown: else digits could be guessed one by one. */
function anyOf(q: string, store: RecentCalls): Test {
  const number = ofNumber(store.numberKey(q));
  return (call) =>
    call.callId.includes(q) ||
    call.callIds.includes(q) ||
    call.reason === q ||
    call.outcome === q ||
    call.ids.includes(q) ||
    number(call);
}

/** The newest calls before `before` that pass, and whether there may be more. */
export async function findCalls(
  store: RecentCalls,
  query: Query,
  before: number,
): Promise<{ readonly calls: readonly RecentCall[]; readonly next: number | null }> {
  const test = testOf(query, store);
  const limit = Number(query.limit);
  const calls: RecentCall[] = [];
  let looked = 0;
  let room = PAGE_CHARACTERS_MAX;
  for (let seq = Math.min(before, store.next) - 1; seq >= store.first; seq--) {
    const call = store.at(seq);
    if (call !== null && test(call)) {
      room -= call.verdict.length;
      if (calls.length === limit || (room < 0 && calls.length > 0)) return { calls, next: seq + 1 };
      calls.push(call);
    }
    if (++looked % SLICE === 0) await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return { calls, next: null };
}
