import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { readInto } from './capture-reading.ts';
import type { CaptureTask, FromCaptureThread } from './capture-thread.ts';
import { type CaptureProgress, STANDARD_INPUT } from './captures.ts';
import { Pipeline } from './pipeline.ts';
import { BatchWriter } from './scan-batch.ts';
import { standardInput } from './sources/standard-input.ts';

/** The thread of `callfate analyze` that reads captures, decodes and scans; another one follows the calls. */
async function main(): Promise<void> {
  const { names } = workerData as CaptureTask;
  const post = (message: FromCaptureThread): void => parentPort?.postMessage(message);
  let progress: CaptureProgress = { read: 0, total: null };
  const writer = new BatchWriter((words) => post({ type: 'batch', words, progress }));
  const pipeline = new Pipeline(writer, { authKey: null }, writer.place);
  const reading = await readInto(pipeline, {
    names,
    input: names.includes(STANDARD_INPUT) ? standardInput() : Readable.from([]),
    turn: async (now) => {
      progress = now;
      writer.flush();
      return true;
    },
  });
  writer.flush();
  const { frames, discards } = pipeline.health;
  post({ type: 'done', reading, health: { frames, discards } });
}

await main();
