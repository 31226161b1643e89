import { CaptureInput } from './capture-input.ts';
import { type CaptureOptions, type CaptureReport, readCaptures } from './captures.ts';
import type { Pipeline } from './pipeline.ts';

/** What reading captures came to, besides messages. Plain data, so that it can cross to a thread. */
export interface CaptureReading
  extends Pick<CaptureInput, 'now' | 'setBack' | 'cut' | 'unknownLinks'> {
  readonly captures: readonly CaptureReport[];
  /** Time of the first packet, ms; null without packets. */
  readonly from: number | null;
}

/** Reads captures to their end, from files to messages. */
export async function readInto(
  pipeline: Pipeline,
  options: Omit<CaptureOptions, 'packet'>,
): Promise<CaptureReading> {
  const input = new CaptureInput(pipeline);
  let from: number | null = null;
  const captures = await readCaptures({
    ...options,
    packet: (record) => {
      input.packet(record);
      from ??= input.now;
    },
  });
  input.finish();
  const { now, setBack, cut, unknownLinks } = input;
  return { captures, from, now, setBack, cut, unknownLinks };
}
