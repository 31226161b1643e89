/**
 * Runs inside the network namespace of one suite: starts and stops its processes and fetches URLs, as told on standard
 * input. The end of standard input ends everything. It is PID 1 of its own PID namespace, so nothing can outlive it.
 *
 * Argument: the directory for logs, which is also the working directory of every process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { poll } from './poll.ts';
import type { Command, Exit, Fetched, ProcessSpec, Ready, Reply, Request } from './protocol.ts';

const STOP_MS = 10_000;
/** `st` of /proc/net/tcp: TCP_LISTEN. */
const LISTENING = '0A';

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
}

class Supervisor {
  readonly #directory: string;
  readonly #processes = new Map<string, Running>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  perform(command: Command): Promise<unknown> {
    switch (command.op) {
      case 'start':
        return this.#start(command.spec, command.deadlineMs);
      case 'wait':
        return this.#wait(command.name, command.deadlineMs);
      case 'stop':
        return this.#stop(command.name, command.deadlineMs);
      case 'fetch':
        return get(command.url);
    }
  }

  /** Newest first: what scrapes or feeds another process stops before it. */
  async stopAll(): Promise<void> {
    for (const name of [...this.#processes.keys()].reverse()) await this.#stop(name, STOP_MS);
  }

  async #start(spec: ProcessSpec, deadlineMs: number): Promise<null> {
    if (this.#processes.has(spec.name)) throw new Error(`${spec.name} was started before`);
    const log = (suffix: string) => openSync(join(this.#directory, `${spec.name}.${suffix}`), 'w');
    const child = spawn(spec.command, spec.args, {
      cwd: this.#directory,
      stdio: ['ignore', log('out'), log('err')],
    });
    const exited = new Promise<Exit>((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: error.message }));
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const running: Running = { child, exited, exit: undefined };
    void exited.then((exit) => {
      running.exit = exit;
    });
    this.#processes.set(spec.name, running);
    for (const ready of spec.ready) {
      await poll(
        async () => {
          if (running.exit) throw new Error(`${spec.name} ended: ${JSON.stringify(running.exit)}`);
          return (await this.#isReady(ready)) || undefined;
        },
        deadlineMs,
        () => `${spec.name} is not ready: ${JSON.stringify(ready)}`,
      );
    }
    return null;
  }

  #wait(name: string, deadlineMs: number): Promise<Exit> {
    const running = this.#find(name);
    return poll(
      () => running.exit,
      deadlineMs,
      () => `${name} is still running`,
    );
  }

  async #stop(name: string, deadlineMs: number): Promise<Exit> {
    const { child, exited } = this.#find(name);
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
    const exit = await exited;
    clearTimeout(timer);
    return exit;
  }

  async #isReady(ready: Ready): Promise<boolean> {
    switch (ready.kind) {
      case 'http':
        return answers(ready.url);
      case 'log':
        return holds(join(this.#directory, ready.file), ready.text);
      case 'udp':
      case 'tcp':
        return isBound(ready.kind, ready.address, ready.port);
    }
  }

  #find(name: string): Running {
    const running = this.#processes.get(name);
    if (!running) throw new Error(`${name} was never started`);
    return running;
  }
}

async function get(url: string): Promise<Fetched> {
  const response = await fetch(url);
  return { status: response.status, body: await response.text() };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await get(url)).status === 200;
  } catch {
    return false;
  }
}

function holds(file: string, text: string): boolean {
  return existsSync(file) && readFileSync(file, 'latin1').includes(text);
}

/** Reads /proc/net/{udp,tcp}, where an address is hexadecimal in host order (little endian) and a port is not. */
function isBound(protocol: 'udp' | 'tcp', address: string, port: number): boolean {
  const octets = address.split('.').reverse();
  const local = [
    octets.map((octet) => Number(octet).toString(16).padStart(2, '0')).join(''),
    port.toString(16).padStart(4, '0'),
  ]
    .join(':')
    .toUpperCase();
  return readFileSync(`/proc/net/${protocol}`, 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some((row) => row[1] === local && (protocol === 'udp' || row[3] === LISTENING));
}

async function answer(supervisor: Supervisor, line: string): Promise<void> {
  const { id, command } = JSON.parse(line) as Request;
  const reply: Reply = await supervisor.perform(command).then(
    (value) => ({ id, ok: true, value }),
    (error: unknown) => ({ id, ok: false, error: String(error) }),
  );
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}

async function main(directory: string): Promise<void> {
  const supervisor = new Supervisor(directory);
  for await (const line of createInterface({ input: process.stdin })) {
    void answer(supervisor, line);
  }
  await supervisor.stopAll();
  process.exit(0);
}

await main(process.argv[2] ?? '.');
