import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Below the ports that the system gives to clients, so that nobody is given one in between; a range a worker. */
const FIRST_PORT = 20_000;
const PORTS_OF_WORKER = 500;
const WORKERS = 24;
const base = FIRST_PORT + (Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS) * PORTS_OF_WORKER;
const given = { count: 0 };

/** A port that nothing listens on, another one each time. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_OF_WORKER; tries++) {
    const port = base + (given.count++ % PORTS_OF_WORKER);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port from ${base} on`);
}

/** For TCP and for UDP. */
async function isFree(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const bound = new Promise<boolean>((resolve) => {
    socket.once('listening', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  socket.bind(port, '127.0.0.1');
  const isFreeForUdp = await bound;
  socket.close();
  return isFreeForUdp && (await isFreeForTcp(port));
}

async function isFreeForTcp(port: number): Promise<boolean> {
  const server = createServer();
  const listening = new Promise<boolean>((resolve) => {
    server.once('listening', () => resolve(true));
    server.once('error', () => resolve(false));
  });
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  await new Promise((resolve) => server.close(resolve));
  return true;
}

/** What the tests themselves are told by variables is no setting of the sidecar, and it would refuse it. */
const OWN_ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('CALLFATE_')),
);

export interface Ports {
  readonly http: number;
  readonly websocket: number;
  readonly hep: number;
}

/** `callfate run` as a process of its own, from dist, with a configuration file that can be changed. */
export class Sidecar {
  readonly ports: Ports;
  readonly file: string;
  readonly #folder: string;
  #child: ChildProcess | null = null;
  stdout = '';
  stderr = '';

  private constructor(ports: Ports, folder: string) {
    this.ports = ports;
    this.#folder = folder;
    this.file = join(folder, 'callfate.yaml');
  }

  static async prepare(): Promise<Sidecar> {
    const ports = { http: await freePort(), websocket: await freePort(), hep: await freePort() };
    return new Sidecar(ports, mkdtempSync(join(tmpdir(), 'callfate-')));
  }

  /** Writes the configuration: fixed ports, short windows, then `more` (whole top-level sections of YAML). */
  configure(more = ''): void {
    const { http, websocket, hep } = this.ports;
    writeFileSync(
      this.file,
      [
        `http: {port: ${http}}`,
        `websocket: {port: ${websocket}}`,
        `hep: {udp: {port: ${hep}, receiveBufferBytes: 262144}}`,
        'calls: {max: 1000, reorderWindowMs: 50, retryWindowMs: 100}',
        more,
        '',
      ].join('\n'),
    );
  }

  /** Writes these lines in place of the configuration. */
  rewrite(lines: readonly string[]): void {
    const calls = 'calls: {max: 1000, reorderWindowMs: 50, retryWindowMs: 100}';
    writeFileSync(this.file, [...lines, calls, ''].join('\n'));
  }

  /** `main`: another built command than that of this project; `node`: how Node is started. */
  start(main = MAIN, node: readonly string[] = [process.execPath]): void {
    const [program = '', ...options] = node;
    const child = spawn(program, [...options, main, 'run', '--config', this.file], {
      env: OWN_ENVIRONMENT,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout?.on('data', (text) => {
      this.stdout += text;
    });
    child.stderr?.on('data', (text) => {
      this.stderr += text;
    });
    this.#child = child;
  }

  async ready(): Promise<void> {
    await until(() => this.stderr.includes('is ready') || this.#isOver);
  }

  /** From now on nobody reads its standard output, until `read`. */
  stopReading(): void {
    this.#child?.stdout?.pause();
  }

  read(): void {
    this.#child?.stdout?.resume();
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  get #isOver(): boolean {
    return this.#child?.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Exit code, once the process has ended and its output is read. */
  async exited(): Promise<number | null> {
    const child = this.#child;
    if (child === null) return null;
    if (!this.#isOver) await new Promise((resolve) => child.once('close', resolve));
    return child.exitCode;
  }

  /** The lines of ended calls. */
  calls(): Record<string, unknown>[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.includes('"msg":"call ended"'))
      .map((line) => JSON.parse(line));
  }

  async metric(line: string): Promise<string | undefined> {
    const response = await fetch(`http://127.0.0.1:${this.ports.http}/metrics`);
    const text = await response.text();
    return text
      .split('\n')
      .find((one) => one.startsWith(`${line} `))
      ?.slice(line.length + 1);
  }

  async send(...packets: readonly Uint8Array[]): Promise<void> {
    const socket = createSocket('udp4');
    for (const packet of packets) {
      await new Promise((resolve) => socket.send(packet, this.ports.hep, '127.0.0.1', resolve));
    }
    socket.close();
  }

  async close(): Promise<void> {
    this.signal('SIGKILL');
    this.read();
    await this.exited();
    rmSync(this.#folder, { recursive: true });
  }
}
