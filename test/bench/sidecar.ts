import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { PEERS } from './in-memory.ts';

/** The compiled benchmark lies in .cache/bench/test/bench. */
const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
const MAIN = join(PROJECT, 'dist/main.js');

/** Idle: less than this share of a core over so many ms. Calls that ended settle for a part of it. */
const SETTLE_MS = 1000;
const SETTLED_SHARE = 0.05;

/** `callfate run` as a process of its own, with the built program and the defaults; its log lines go to nowhere. */
export class Sidecar {
  readonly #child: ChildProcess;
  readonly #folder: string;
  /** From spawning to its being ready, ms. */
  readonly startMillis: number;
  readonly #welcome: string;

  private constructor(child: ChildProcess, folder: string, startMillis: number, welcome: string) {
    this.#child = child;
    this.#folder = folder;
    this.startMillis = startMillis;
    this.#welcome = welcome;
  }

  get http(): number {
    return portIn(this.#welcome, /http:\/\/127\.0\.0\.1:(\d+)/);
  }
  get hep(): number {
    return portIn(this.#welcome, /UDP to +127\.0\.0\.1:(\d+)/);
  }
  get hepTcp(): number {
    return portIn(this.#welcome, /over TCP to +127\.0\.0\.1:(\d+)/);
  }
  get websocket(): number {
    return portIn(this.#welcome, /mirror .*ws:\/\/127\.0\.0\.1:(\d+)/);
  }
  get relay(): number {
    return portIn(this.#welcome, /through +ws:\/\/127\.0\.0\.1:(\d+)/);
  }

  /** `extra`: sections of the configuration besides, or in place of, those that every run has. */
  static async start(extra: Readonly<Record<string, unknown>> = {}): Promise<Sidecar> {
    const folder = mkdtempSync(join(tmpdir(), 'callfate-bench-'));
    const file = join(folder, 'callfate.yaml');
    const any = { port: 0 };
    // JSON is YAML.
    const config = { http: any, websocket: any, hep: { udp: any }, peers: PEERS, ...extra };
    writeFileSync(file, JSON.stringify(config));
    const from = performance.now();
    const child = spawn(process.execPath, [MAIN, 'run', '--config', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let welcome = '';
    while (!/scrape .*\n/.test(welcome)) {
      const [text] = await once(child.stderr, 'data');
      welcome += text;
    }
    child.stderr.resume();
    return new Sidecar(child, folder, performance.now() - from, welcome);
  }

  /** CPU time of all its threads so far, µs. */
  cpuMicros(): number {
    return cpuMicrosOf(this.#child.pid ?? 0);
  }

  /** CPU time of the edge's thread alone, µs: WebSocket, HTTP, log lines. */
  edgeMicros(): number {
    const { pid = 0 } = this.#child;
    return taskMicros(pid, String(pid));
  }

  /**
   * Its CPU time so far, µs, once it has nothing to do any more: with what it still had to do when the load ended, and
   * before a scrape adds to it.
   */
  async settledMicros(): Promise<number> {
    for (let last = this.cpuMicros(); ; ) {
      await pause(SETTLE_MS);
      const now = this.cpuMicros();
      if (now - last < SETTLED_SHARE * SETTLE_MS * 1000) return now;
      last = now;
    }
  }

  residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
  }

  /** CPU time of its processes: a tcpdump, µs. */
  childMicros(): number {
    const { pid = 0 } = this.#child;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1');
    const threads = readdirSync(`/proc/${pid}/task`).map((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1'),
    );
    const pids = new Set(`${children} ${threads.join(' ')}`.split(' ').filter((one) => one.trim()));
    return [...pids].reduce((sum, one) => sum + cpuMicrosOf(Number(one)), 0);
  }

  /** The sum of all series of this name and, in the text, `labels`. */
  async metric(name: string, labels = ''): Promise<number> {
    return sumOf(await this.metrics(), name, labels);
  }

  /** The text of a scrape. */
  async metrics(): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.http}/metrics`);
    return response.text();
  }

  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
    rmSync(this.#folder, { recursive: true });
  }
}

/** In the text of a scrape: the sum of all series of this name and, in the text, `labels`. */
export function sumOf(metrics: string, name: string, labels = ''): number {
  return metrics
    .split('\n')
    .filter((line) => line.startsWith(name) && !/\w/.test(line[name.length] ?? ''))
    .filter((line) => line.includes(labels))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
}

/** CPU time of all threads of a process so far, µs. */
export function cpuMicrosOf(pid: number): number {
  const tasks = readdirSync(`/proc/${pid}/task`);
  return tasks.reduce((sum, task) => sum + taskMicros(pid, task), 0);
}

function taskMicros(pid: number, task: string): number {
  const [nanos = '0'] = readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ');
  return Number(nanos) / 1000;
}

function portIn(text: string, pattern: RegExp): number {
  const port = pattern.exec(text)?.[1];
  if (port === undefined) throw new Error(`no port: ${text}`);
  return Number(port);
}
