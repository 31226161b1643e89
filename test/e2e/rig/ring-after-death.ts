/**
 * A sidecar that captures from loopback through a ring and whose engine dies. Says on standard output what the process
 * holds of rings before, and after the engine was started again: mappings and sockets.
 *
 *     ring-after-death.js DIST
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

/** What is used of the program. */
interface Program {
  readonly DEFAULTS: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly createLogger: (options: object) => object;
  readonly App: new (
    options: object,
  ) => {
    start(): Promise<{ readonly http: { readonly port: number } }>;
    stop(): Promise<void>;
  };
}

const POLL_MS = 50;
const FILES = ['app.js', 'config/schema.js', 'lib/log.js'] as const;

async function load(dist: string): Promise<Program> {
  const parts = await Promise.all(FILES.map((file) => import(join(dist, file))));
  return Object.assign({}, ...parts) as Program;
}

/** Mappings of sockets, and open packet sockets: `sk RefCnt Type Proto Iface R Rmem User Inode`. */
function held(): string {
  const maps = readFileSync('/proc/self/maps', 'latin1');
  const rows = readFileSync('/proc/net/packet', 'latin1').trim().split('\n').slice(1);
  const names = new Set(rows.map((line) => `socket:[${line.trim().split(/\s+/).at(-1)}]`));
  const open = readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return names.has(readlinkSync(`/proc/self/fd/${descriptor}`));
    } catch {
      return false;
    }
  });
  return `${maps.split('\n').filter((line) => line.includes('socket:[')).length} ${open.length}`;
}

async function main(dist: string): Promise<void> {
  const { App, DEFAULTS, createLogger } = await load(dist);
  const posted: Worker[] = [];
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function post(...args: Parameters<typeof postMessage>): void {
    posted.push(this);
    postMessage.apply(this, args);
  };
  const capture = { ...DEFAULTS.capture, interface: 'lo', receiver: 'ring', filter: 'udp' };
  const config = {
    ...DEFAULTS,
    http: { ...DEFAULTS.http, port: 0 },
    websocket: { ...DEFAULTS.websocket, enabled: false },
    // It is started again only where calls pass through the process.
    relay: { ...DEFAULTS.relay, port: 0, upstream: 'ws://127.0.0.1:9' },
    capture,
  };
  const app = new App({
    setup: { config, vocabularies: { all: [], enabled: [] } },
    version: 'test',
    logger: createLogger({ level: 'silent' }),
    onFatal: (error: Error) => {
      throw error;
    },
  });
  const { http } = await app.start();
  const runs = async (): Promise<boolean> => {
    const answer = await fetch(`http://127.0.0.1:${http.port}/metrics`);
    const text = await answer.text();
    return (
      /^callfate_capture_ring 1$/m.test(text) && /^callfate_engine_restarts_total 1$/m.test(text)
    );
  };
  const before = held();
  // A message that it does not understand is the end of the thread.
  posted.at(-1)?.postMessage({ type: 'reload', options: null });
  while (!(await runs().catch(() => false))) await pause(POLL_MS);
  const after = held();
  await app.stop();
  process.stdout.write(`${JSON.stringify({ before, after, end: held() })}\n`);
}

await main(process.argv[2] ?? '');
