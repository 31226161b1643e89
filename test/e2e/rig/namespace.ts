/**
 * A network namespace of its own for one suite: fixed ports collide with nothing, and only loopback exists in it. The
 * PID namespace around it dies with the supervisor, which dies with this process: nothing is left behind.
 */
import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command, Exit, Fetched, ProcessSpec, Reply, Request, Values } from './protocol.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** What the programs of the tests read. */
export const CONFIGURATION = join(ROOT, 'test/e2e/conf');
const COMPILED = join(ROOT, '.cache/e2e');
/** Debian keeps `kamailio` and `ip` in /usr/sbin, which an ordinary user's PATH may lack. */
export const SEARCH_PATH: readonly string[] = [
  ...(process.env.PATH ?? '').split(delimiter),
  '/usr/sbin',
  '/sbin',
];
const START_MS = 20_000;
const STOP_MS = 10_000;
const CLOSE_MS = 30_000;

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Namespace {
  /** Logs of every process, and whatever they write to their working directory. */
  readonly directory: string;
  readonly #supervisor: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<void>;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(directory: string) {
    this.directory = directory;
    // Without root a user namespace gives the right to make the others.
    const asRoot = process.getuid?.() === 0 ? [] : ['--map-root-user'];
    const isolate = ['--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const script = 'ip link set lo up && exec "$@"';
    const inside = [process.execPath, join(COMPILED, 'supervisor.js'), directory];
    this.#supervisor = spawn(
      'unshare',
      [...asRoot, ...isolate, '--', 'sh', '-c', script, 'sh', ...inside],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { ...process.env, PATH: SEARCH_PATH.join(delimiter) },
      },
    );
    this.#ended = new Promise((resolve) => {
      this.#supervisor.once('error', () => resolve());
      this.#supervisor.once('exit', () => resolve());
    });
    void this.#ended.then(() => this.#abandon());
    createInterface({ input: this.#supervisor.stdout }).on('line', (line) => this.#settle(line));
  }

  /** Compiles the programs that run inside (Node 20 runs no TypeScript) and starts the supervisor. */
  static async open(name: string): Promise<Namespace> {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    await promisify(execFile)(tsc, ['-p', join(ROOT, 'test/e2e/rig/tsconfig.json')]);
    return new Namespace(await mkdtemp(join(tmpdir(), `callfate-e2e-${name}-`)));
  }

  /** The path of a compiled program, such as `clients/main.js`. */
  program(file: string): string {
    return join(COMPILED, file);
  }

  /** Resolves when the process is ready. */
  async start(spec: ProcessSpec): Promise<void> {
    await this.#send({ op: 'start', spec, deadlineMs: START_MS });
  }

  wait(name: string, deadlineMs: number): Promise<Exit> {
    return this.#send({ op: 'wait', name, deadlineMs });
  }

  stop(name: string): Promise<Exit> {
    return this.#send({ op: 'stop', name, deadlineMs: STOP_MS });
  }

  fetch(url: string): Promise<Fetched> {
    return this.#send({ op: 'fetch', url });
  }

  async close(): Promise<void> {
    this.#supervisor.stdin.end();
    const timer = setTimeout(() => this.#supervisor.kill('SIGKILL'), CLOSE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #send<C extends Command>(command: C): Promise<Values[C['op']]> {
    this.#lastId += 1;
    const request: Request = { id: this.#lastId, command };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, {
        resolve: (value) => resolve(value as Values[C['op']]),
        reject,
      });
      this.#supervisor.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  #settle(line: string): void {
    const reply = JSON.parse(line) as Reply;
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (reply.ok) waiting?.resolve(reply.value);
    else waiting?.reject(new Error(reply.error));
  }

  #abandon(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the namespace has ended'));
    this.#waiting.clear();
  }
}
