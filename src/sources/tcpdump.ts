import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** What is captured. */
export interface FilterSource {
  /** Name or path of the program. */
  readonly program: string;
  /** Interface, or `any`. */
  readonly interface: string;
  /** pcap-filter(7) expression; empty: everything. */
  readonly filter: string;
  /** The link type that a filter is made for, as `tcpdump -L` names it. */
  readonly linkType: string;
}

export interface TcpdumpOptions extends Omit<FilterSource, 'linkType'> {
  /** Kernel buffer to ask for, KiB. */
  readonly bufferKib: number;
  /** Bytes of a capture, as they come. */
  readonly onData: (bytes: Buffer) => void;
  /** It ended although nobody stopped it; `text`: the last it said. */
  readonly onEnd: (text: string) => void;
}

/** A tcpdump that captures. */
export interface Tcpdump {
  /** Packets that kernel and interface dropped since its start; null: it did not say yet. */
  dropped(): number | null;
  /** Asks it to say how many were dropped. */
  ask(): void;
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** What it says when it captures; anything else before is a reason why not. */
const LISTENING = /listening on /;
/** `12 packets dropped by kernel`: sums since its start, on SIGUSR1 and at its end. */
const DROPPED = /(\d+) packets? dropped by (kernel|interface)/g;
const SAID_MAX = 4096;
/** 4,096 instructions, the most that the kernel takes, as text. */
const FILTER_MAX = 262_144;
/** Until it captures, and until it has ended. */
const START_MS = 10_000;
const STOP_MS = 2000;

/** What to do when the kernel forbids it. */
const PRIVILEGES =
  'capturing needs CAP_NET_RAW: run as root, or "setcap cap_net_raw,cap_net_admin+ep $(command -v tcpdump)"';

/**
 * Starts tcpdump and resolves when it captures. Rejects with one clear line when it cannot: it is not there, may not,
 * or understands interface or filter otherwise.
 */
export async function startTcpdump(options: TcpdumpOptions): Promise<Tcpdump> {
  const { program, filter } = options;
  const args = ['-i', options.interface, '-n', '-U', '-B', String(options.bufferKib), '-w', '-'];
  // Behind `--`, a filter cannot be read as an option.
  const child = spawn(program, filter === '' ? args : [...args, '--', filter], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C in a terminal is for callfate, which then stops it.
    detached: true,
  });
  const running = new RunningTcpdump(child, options);
  try {
    await running.started();
  } catch (error) {
    child.kill('SIGKILL');
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`cannot capture from ${options.interface}: ${why}`);
  }
  return running;
}

/**
 * What `tcpdump -ddd` prints: the filter as the kernel takes it, made for this very interface, since what can be asked
 * of it depends on that. Rejects with one clear line.
 */
export function compileFilter({ program, filter, ...of }: FilterSource): Promise<string> {
  const args = ['-i', of.interface, '-y', of.linkType, '-ddd', '--', filter];
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: START_MS, maxBuffer: FILTER_MAX }, (error, output, said) => {
      if (error === null) resolve(output);
      else if ('code' in error && typeof error.code === 'number')
        reject(new Error(reasonOf(said, program)));
      else reject(new Error(adviceOn(error, program)));
    });
  });
}

class RunningTcpdump implements Tcpdump {
  readonly #child: Child;
  readonly #exited: Promise<void>;
  /** The end of what it said on standard error. */
  #said = '';
  #drops: number | null = null;
  #state: 'starting' | 'running' | 'stopping' = 'starting';
  #settle: (error: Error | null) => void = () => undefined;

  constructor(child: Child, { program, onData, onEnd }: TcpdumpOptions) {
    this.#child = child;
    child.stdout.on('data', onData);
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#hear(text));
    child.on('error', (error) => this.#settle(new Error(adviceOn(error, program))));
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
      // Not `exit`: its last words may come after it.
      child.once('close', () => {
        if (this.#state === 'starting') this.#settle(new Error(reasonOf(this.#said, program)));
        if (this.#state === 'running') onEnd(oneLine(this.#said) || 'it ended');
      });
    });
  }

  started(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(
        () => this.#settle(new Error(`no packet source within ${START_MS / 1000} s`)),
        START_MS,
      );
      this.#settle = (error) => {
        clearTimeout(late);
        if (error === null) resolve();
        else reject(error);
      };
    });
  }

  dropped(): number | null {
    return this.#drops;
  }

  ask(): void {
    if (this.#state === 'running') this.#child.kill('SIGUSR1');
  }

  async stop(): Promise<void> {
    this.#state = 'stopping';
    this.#child.kill('SIGTERM');
    const late = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await this.#exited;
    clearTimeout(late);
    // A program around it may leave somebody behind who keeps them open.
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #hear(text: string): void {
    this.#said = (this.#said + text).slice(-SAID_MAX);
    if (this.#state === 'starting' && LISTENING.test(this.#said)) {
      this.#state = 'running';
      this.#settle(null);
    }
    const sums = new Map([...this.#said.matchAll(DROPPED)].map(([, count, by]) => [by, count]));
    if (sums.size === 0) return;
    this.#drops = [...sums.values()].reduce((sum, count) => sum + Number(count), 0);
  }
}

function adviceOn(error: Error, program: string): string {
  const isMissing = 'code' in error && error.code === 'ENOENT';
  return isMissing ? `${program} is not installed` : `${program}: ${oneLine(error.message)}`;
}

function reasonOf(said: string, program: string): string {
  const text = oneLine(said) || `${program} ended at once`;
  return /permi/i.test(text) ? `${text}; ${PRIVILEGES}` : text;
}

function oneLine(text: string): string {
  return text
    .trim()
    .split(/\s*\n\s*/)
    .join(' ');
}
