import type { Duplex } from 'node:stream';
import type { ChunkBin } from './chunk-bin.ts';
import type { WsRunEvents, WsRunStream } from './source.ts';

export type CreateRunReader = (maxBytes: number, events: WsRunEvents) => WsRunStream;

/**
 * Reads the plain frames of a connection of `ws` in its place, which takes several buffers and events a frame, and hands
 * it all others. `ws` has just begun to listen, and nothing was read yet.
 */
export function readRuns(
  stream: Duplex,
  maxBytes: number,
  createReader: CreateRunReader,
  bin: ChunkBin,
  messages: WsRunEvents['messages'],
): void {
  const [others, ...more] = stream.listeners('data');
  // Another version of `ws` may listen in another way: it reads all of it then.
  if (others === undefined || more.length > 0) return;
  let isPlain = true;
  const onData = (chunk: Buffer): void => {
    reader.push(chunk);
    // `ws` may keep what it was given.
    if (isPlain) bin.free(chunk);
  };
  const onClose = (): void => {
    if (!stream.readableEnded) reader.leave();
  };
  const reader = createReader(maxBytes, {
    messages,
    others: (bytes) => others.call(stream, bytes),
    left: () => {
      isPlain = false;
      stream.on('data', others as (chunk: Buffer) => void);
      stream.off('data', onData);
      stream.off('close', onClose);
    },
  });
  // The first listener would make the stream flow: in this order it does already.
  stream.on('data', onData);
  stream.off('data', others as (chunk: Buffer) => void);
  // When the connection closes `ws` reads what is left in the stream, first of it what is kept here.
  stream.prependListener('close', onClose);
}
