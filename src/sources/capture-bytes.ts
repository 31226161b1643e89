import { createReadStream, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Where the bytes of a capture come from. */
export interface ByteSource {
  /** Bytes to expect as stored; null: nobody knows. */
  readonly size: number | null;
  /** Bytes taken from where they are stored, before decompression. */
  readonly taken: number;
  /** Writes the next bytes into `target` and says how many; 0: there are no more. Rejects when they cannot be read. */
  read(target: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** RFC 1952 section 2.3.1. */
const GZIP = [0x1f, 0x8b] as const;
const GUNZIP_CHUNK = 262_144;
/** Bytes of a file read at a time: they stay in the core's own cache until they are looked at. */
const FILE_CHUNK = 262_144;

/** Opens a file, compressed by gzip or not. Rejects with one clear line when it cannot be opened. */
export async function openFile(path: string): Promise<ByteSource> {
  try {
    const handle = await open(path);
    const stat = await handle.stat();
    if (stat.isDirectory()) {
      await handle.close();
      throw new Error('is a directory');
    }
    // A pipe can be read only once: nothing may be tried on it.
    if (!stat.isFile()) return piped(handle.createReadStream(), null);
    if (!(await isGzip(handle))) return new PlainFile(handle, stat.size);
    await handle.close();
    return piped(createReadStream(path), stat.size);
  } catch (error) {
    throw new Error(`${path}: ${reasonOf(error)}`);
  }
}

/** Reads a stream to its end, decompressing it when it begins like gzip. */
export async function openStream(stream: Readable): Promise<ByteSource> {
  return piped(stream, null);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : '';
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'no permission to read it';
  return error.message;
}

async function isGzip(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0);
  return bytesRead === 2 && buffer[0] === GZIP[0] && buffer[1] === GZIP[1];
}

class PlainFile implements ByteSource {
  readonly size: number;
  taken = 0;
  readonly #handle: FileHandle;

  constructor(handle: FileHandle, size: number) {
    this.#handle = handle;
    this.size = size;
  }

  async read(target: Uint8Array): Promise<number> {
    // By this thread, which has nothing else to do: what one of Node's reads for it lies in the cache of another core. The
    // position is given, since finding out about gzip has read already.
    const length = Math.min(target.length, FILE_CHUNK);
    const count = readSync(this.#handle.fd, target, 0, length, this.taken);
    this.taken += count;
    return count;
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function piped(stream: Readable, size: number | null): Promise<ByteSource> {
  const source = new StreamBytes(stream, size);
  await source.begin();
  return source;
}

class StreamBytes implements ByteSource {
  readonly size: number | null;
  taken = 0;
  readonly #stream: Readable;
  #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(stream: Readable, size: number | null) {
    this.size = size;
    this.#stream = stream;
    this.#chunks = this.#count();
  }

  /** Looks at the first bytes, which may come one by one. */
  async begin(): Promise<void> {
    let first = Buffer.alloc(0);
    while (first.length < GZIP.length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) break;
      first = Buffer.concat([first, value]);
    }
    if (first[0] !== GZIP[0] || first[1] !== GZIP[1]) {
      this.#chunk = first;
      return;
    }
    const compressed = Readable.from(chain(first, this.#chunks));
    const gunzip = createGunzip({ chunkSize: GUNZIP_CHUNK });
    compressed.on('error', (error) => gunzip.destroy(error));
    this.#chunks = compressed.pipe(gunzip)[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async read(target: Uint8Array): Promise<number> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return 0;
      this.#chunk = value;
    }
    const count = Math.min(target.length, this.#chunk.length);
    target.set(this.#chunk.subarray(0, count));
    this.#chunk = this.#chunk.subarray(count);
    return count;
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }

  async *#count(): AsyncGenerator<Buffer> {
    for await (const chunk of this.#stream) {
      this.taken += chunk.length;
      yield chunk;
    }
  }
}

async function* chain(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
