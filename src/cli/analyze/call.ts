import type { Ended } from '../../calls/call.ts';
import type { CaptureReport } from '../../captures.ts';
import type { Verdict } from '../../classify/outcome.ts';
import type { Analysis } from './analysis.ts';
import { LadderCollector, printable, renderLadder } from './ladder.ts';

/** A verdict with the Call-IDs of its legs. */
interface Found {
  readonly verdict: Verdict;
  readonly callIds: readonly string[];
}

/** What came of it besides the output. */
export interface CallReport {
  readonly captures: readonly CaptureReport[];
  /** A call has the Call-ID. */
  readonly isFound: boolean;
}

/** Calls under one Call-ID that are shown; more are not. */
const CALLS_MAX = 100;

/**
 * `--call`: the verdicts of every call with a leg of this Call-ID, and its messages. Which legs belong to it is only
 * known at its end, so files are read twice; of standard input there are only the messages of the Call-ID itself.
 */
export async function callReport(analysis: Analysis, callId: string): Promise<CallReport> {
  const found: Found[] = [];
  const own = new LadderCollector([callId]);
  const first = await analysis.pass({
    onVerdict: (verdict, legs) => {
      const callIds = callIdsOf(legs);
      if (callIds.includes(callId) && found.length < CALLS_MAX) found.push({ verdict, callIds });
    },
    prepare: ({ pipeline }) => {
      pipeline.tap = (message, packet) => own.take(message, packet);
    },
  });
  const { captures } = first;
  if (analysis.output.isGone) return { captures, isFound: true };
  if (found.length === 0) {
    process.stderr.write(`callfate: no call has the Call-ID ${printable(callId)}\n`);
    return { captures, isFound: false };
  }
  const collected = await collect(analysis, callId, found, own);
  if (analysis.args.format === 'json') {
    const calls = found.map(({ verdict, callIds }) => ({
      verdict,
      messages: collected.messages.filter((one) => callIds.includes(one.callId)),
    }));
    analysis.output.write(`${JSON.stringify({ schema: 1, calls }, null, 2)}\n`);
  } else {
    const texts = found.map(({ verdict, callIds }) => {
      const messages = collected.messages.filter((one) => callIds.includes(one.callId));
      return renderLadder(verdict, messages, collected.left);
    });
    analysis.output.write(texts.join('\n'));
  }
  return { captures, isFound: true };
}

async function collect(
  analysis: Analysis,
  callId: string,
  found: readonly Found[],
  own: LadderCollector,
): Promise<LadderCollector> {
  const callIds = new Set(found.flatMap((one) => one.callIds));
  if (callIds.size === 1) return own;
  if (analysis.args.files.includes('-')) {
    process.stderr.write(
      `callfate: standard input is read once: of ${callIds.size} legs, only the messages of ${printable(callId)} are shown\n`,
    );
    return own;
  }
  const all = new LadderCollector(callIds);
  await analysis.pass({
    onVerdict: () => undefined,
    prepare: ({ pipeline }) => {
      pipeline.tap = (message, packet) => all.take(message, packet);
    },
  });
  return all;
}

function callIdsOf(legs: readonly Ended[]): readonly string[] {
  return [...new Set(legs.map((leg) => leg.callId))];
}
