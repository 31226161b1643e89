import { type Addresses, App } from '../../app.ts';
import { errorLine, errorLines } from '../../config/errors.ts';
import { reloadable } from '../../config/reload.ts';
import { loadSetup, type Setup } from '../../config/setup.ts';
import type { EngineThread } from '../../engine-client.ts';
import { createLogger, type Logger } from '../../lib/log.ts';
import { countSeries } from '../../series.ts';
import { receiveBufferWarning } from '../../sources/hep-udp.ts';
import { VERSION } from '../../version.ts';
import { EXIT } from '../args.ts';
import type { RunOptions } from './options.ts';

/** Runs until SIGTERM or SIGINT. Resolves with the exit code. */
export async function runSidecar(options: RunOptions, thread: EngineThread): Promise<number> {
  const loaded = load(options);
  if (!loaded.ok) {
    for (const line of errorLines(loaded.error)) say(inWordsOf(options, line));
    return EXIT.configuration;
  }
  return new Sidecar(loaded.value, options, thread).run();
}

/** The configuration with what the command line says instead: as if it were a variable, and so checked alike. */
function load({ file, interface: name = null }: RunOptions): ReturnType<typeof loadSetup> {
  const environment =
    name === null ? process.env : { ...process.env, CALLFATE_CAPTURE_INTERFACE: name };
  return loadSetup({ file, environment }, countSeries);
}

/** A mistake is named as it was typed. */
function inWordsOf({ interface: name = null }: RunOptions, line: string): string {
  const variable = 'CALLFATE_CAPTURE_INTERFACE: capture.interface: ';
  return name !== null && line.startsWith(variable)
    ? `--interface: ${line.slice(variable.length)}`
    : line;
}

class Sidecar {
  #setup: Setup;
  readonly #options: RunOptions;
  readonly #logger: Logger;
  readonly #app: App;
  #finish: (code: number) => void = () => undefined;
  /** Nobody can read the metrics any more. */
  #isOver = false;

  constructor(setup: Setup, options: RunOptions, thread: EngineThread) {
    const { config } = setup;
    this.#setup = setup;
    this.#options = options;
    this.#logger = createLogger({
      level: config.log.level,
      queueBytes: config.limits.logQueueBytes,
      onDrop: (lines) => this.#dropped(lines),
    });
    this.#app = new App({
      setup,
      version: VERSION,
      thread,
      logger: this.#logger,
      onFatal: (error) => {
        say(`callfate: the engine stopped: ${error.message}`);
        this.#logger.error({ stack: error.stack }, 'the engine stopped');
        this.#finish(EXIT.failure);
      },
      pcap: options.pcap ?? false,
      onCaptureEnd: (problem) => {
        if (problem !== null) say(`callfate: standard input: ${problem}`);
        this.#finish(problem === null ? EXIT.ok : EXIT.failure);
      },
    });
  }

  async run(): Promise<number> {
    const done = new Promise<number>((resolve) => {
      this.#finish = resolve;
    });
    // Before the first await: a signal that comes while the parts start must not kill them half way.
    process.once('SIGTERM', () => this.#finish(EXIT.ok));
    process.once('SIGINT', () => this.#finish(EXIT.ok));
    process.on('SIGHUP', () => this.#reload());
    try {
      this.#welcome(await this.#app.start());
      this.#app.reloaded(true);
    } catch (error) {
      say(`callfate: ${error instanceof Error ? error.message : String(error)}`);
      await this.#app.stop();
      return EXIT.failure;
    }
    const code = await done;
    await this.#app.stop();
    this.#isOver = true;
    return code;
  }

  #dropped(lines: number): void {
    this.#app.linesDropped(lines);
    if (this.#isOver) say(`callfate: standard output did not take ${lines} lines of the log`);
  }

  /** Takes over the reloadable keys of the file as it stands now, or keeps everything and says why. */
  #reload(): void {
    const next = load(this.#options);
    const allowed = next.ok ? reloadable(this.#setup.config, next.value.config) : null;
    if (next.ok && allowed?.ok) {
      this.#setup = next.value;
      this.#app.reload(next.value);
      this.#app.reloaded(true);
      this.#logger.info({ changed: allowed.value }, 'configuration reloaded');
      return;
    }
    this.#app.reloaded(false);
    const lines = next.ok
      ? allowed?.ok === false
        ? [errorLine(allowed.error)]
        : []
      : errorLines(next.error);
    for (const line of lines) say(line);
    this.#logger.error({ errors: lines }, 'configuration not reloaded, the old one stays');
  }

  #welcome(addresses: Addresses): void {
    say(welcomeLines(addresses).join('\n'));
    const buffer = addresses.hep === null ? null : receiveBufferWarning(addresses.hep);
    if (buffer !== null) this.#logger.warn(buffer);
    const fallback = addresses.hep?.fallback ?? null;
    if (fallback !== null)
      this.#logger.info(
        `HEP over UDP is received one datagram at a time (${fallback}); see hep.udp.receiver`,
      );
    this.#logger.info({ version: VERSION, ...addresses }, 'callfate is ready');
  }
}

/** Where to send SIP and where to scrape. */
function welcomeLines(addresses: Addresses): string[] {
  const { http, websocket, relay, hep, hepTcp, hepTls, capture } = addresses;
  const lines = [`callfate ${VERSION} is ready`];
  if (websocket !== null) {
    const url = `${websocket.secure ? 'wss' : 'ws'}://${hostPort(websocket.host, websocket.port)}${websocket.path}`;
    lines.push(`  mirror SIP over WebSocket to  ${url} (subprotocol sip)`);
  }
  if (hep !== null) lines.push(`  send HEP v3 over UDP to       ${hostPort(hep.host, hep.port)}`);
  if (relay !== null) {
    const url = `${relay.secure ? 'wss' : 'ws'}://${hostPort(relay.host, relay.port)}`;
    lines.push(`  WebSocket to the PBX through  ${url} (on to ${relay.upstream})`);
  }
  for (const [name, reach] of [
    ['TCP', hepTcp],
    ['TLS', hepTls],
  ] as const) {
    if (reach === null) continue;
    lines.push(`  send HEP v3 over ${name} to       ${hostPort(reach.host, reach.port)}`);
  }
  if (capture !== null) {
    lines.push(`  capturing from                ${capture === '-' ? 'standard input' : capture}`);
  }
  const metrics = `${http.secure ? 'https' : 'http'}://${hostPort(http.host, http.port)}`;
  lines.push(`  watch calls as they end       ${metrics}/`);
  lines.push(`  scrape                        ${metrics}/metrics`);
  lines.push('  try it                        npm run demo (or: callfate demo)');
  return lines;
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Words for people go to standard error: standard output is JSON lines only. */
function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
