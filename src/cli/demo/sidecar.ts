import { App } from '../../app.ts';
import type { Verdict } from '../../classify/outcome.ts';
import { type Config, DEFAULTS } from '../../config/schema.ts';
import { shippedVocabularies } from '../../config/setup.ts';
import { createLogger } from '../../lib/log.ts';
import { VERSION } from '../../version.ts';
import type { Listeners } from './play.ts';
import { readScrape, type Scrape, total } from './scrape.ts';

/** A callfate to show calls to. */
export interface Sidecar {
  /** Base of its HTTP address, without a slash at the end. */
  readonly url: string;
  readonly listeners: Listeners;
  /** Longest wait for the last verdict, ms. */
  readonly waitMs: number;
  /** The verdicts so far by Call-ID; null for one whose log is not ours to read. */
  readonly verdicts: ReadonlyMap<string, Verdict> | null;
  /** Rejects with one clear line when there is no answer, or not callfate's. */
  scrape(): Promise<Scrape>;
  close(): Promise<void>;
}

const SCRAPE_MS = 5000;
/** Above the windows of the configuration: for two clocks, a slow machine and the scrape itself. */
const SLACK_MS = 3000;
/** An address to listen on everywhere, and the one to reach it by. */
const REACHED_BY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** Windows that are short: nothing is late on loopback, and the 503 waits for a second try that never comes. */
const OWN: Config = {
  ...DEFAULTS,
  log: { ...DEFAULTS.log, redactNumbers: false },
  http: { ...DEFAULTS.http, port: 0 },
  websocket: { ...DEFAULTS.websocket, port: 0 },
  hep: { ...DEFAULTS.hep, udp: { ...DEFAULTS.hep.udp, port: 0 } },
  calls: { ...DEFAULTS.calls, reorderWindowMs: 200, retryWindowMs: 500 },
};

/** Starts a sidecar in this process, on free ports of loopback, with the defaults otherwise. */
export async function startSidecar(): Promise<Sidecar> {
  const verdicts = new Map<string, Verdict>();
  let fatal: Error | null = null;
  const all = shippedVocabularies(OWN);
  const app = new App({
    setup: { config: OWN, vocabularies: { all, enabled: all } },
    version: VERSION,
    logger: createLogger({ level: 'info', destination: { write: (line) => keep(line, verdicts) } }),
    onFatal: (error) => {
      fatal = error;
    },
  });
  const { http, websocket, hep } = await app.start();
  app.reloaded(true);
  const url = `http://${hostPort(http.host, http.port)}`;
  return {
    url,
    listeners: {
      mirror: websocket && {
        url: `ws://${hostPort(websocket.host, websocket.port)}${websocket.path}`,
        token: null,
      },
      hep: hep && { host: hep.host, port: hep.port, authKey: null },
    },
    waitMs: waitFor(OWN),
    verdicts,
    scrape: () => (fatal === null ? fetchScrape(url, null) : Promise.reject(fatal)),
    close: () => app.stop(),
  };
}

/**
 * A sidecar that runs already. `config` says its ports and credentials; `url`, when not null, where its HTTP is, and then
 * its other listeners are looked for on that host too.
 */
export function runningSidecar(config: Config, url: string | null): Sidecar {
  const { http, websocket, hep } = config;
  const host = url === null ? null : new URL(url).hostname.replace(/^\[|\]$/g, '');
  const at = (own: string): string => host ?? REACHED_BY[own] ?? own;
  const [web, socket] = [schemeOf('http', http), schemeOf('ws', websocket)];
  const base = url ?? `${web}://${hostPort(at(http.host), http.port)}`;
  const mirror = {
    url: `${socket}://${hostPort(at(websocket.host), websocket.port)}${websocket.path}`,
    token: websocket.token,
  };
  const agent = { host: at(hep.udp.host), port: hep.udp.port, authKey: hep.udp.authKey };
  return {
    url: base.replace(/\/+$/, ''),
    listeners: {
      mirror: websocket.enabled ? mirror : null,
      hep: hep.udp.enabled ? agent : null,
    },
    waitMs: waitFor(config),
    verdicts: null,
    scrape: () => fetchScrape(base.replace(/\/+$/, ''), http.token),
    close: () => Promise.resolve(),
  };
}

/** `http` or `ws`, with an `s` where the listener has a certificate. */
function schemeOf(name: 'http' | 'ws', { tls }: Config['http'] | Config['websocket']): string {
  return tls.certFile === null ? name : `${name}s`;
}

function keep(line: string, verdicts: Map<string, Verdict>): void {
  const entry = JSON.parse(line) as Verdict & { readonly msg: string };
  if (entry.msg === 'call ended') verdicts.set(entry.callId, entry);
}

/** A 503 is judged after the retry window, everything else after the reorder window. */
function waitFor({ calls }: Config): number {
  return Math.max(calls.retryWindowMs, calls.reorderWindowMs) + SLACK_MS;
}

async function fetchScrape(url: string, token: string | null): Promise<Scrape> {
  const response = await answerOf(url, token);
  if (response.status === 401) throw new Error(`${url} asks for a token; set http.token`);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url}/metrics answers ${response.status}: ${text.trim()}`);
  const scrape = readScrape(text);
  if (total(scrape, 'callfate_build_info') === 0) throw new Error(`${url} is not callfate`);
  return scrape;
}

async function answerOf(url: string, token: string | null): Promise<Response> {
  try {
    return await fetch(`${url}/metrics`, {
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(SCRAPE_MS),
    });
  } catch {
    throw new Error(`nothing answers at ${url}`);
  }
}

/** As it stands in a URL. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
