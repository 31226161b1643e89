/** callfate, Prometheus and a PBX in one namespace. */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Verdict } from '../../../src/classify/outcome.ts';
import { CONFIGURATION, Namespace, ROOT } from './namespace.ts';
import { Prometheus } from './prometheus.ts';
import type { ProcessSpec } from './protocol.ts';

const TAIL_LINES = 40;

export interface Setup {
  /** Configuration of callfate, in test/e2e/conf. */
  readonly callfate: string;
  /** Writes what the programs read beside that into the directory of the run, before they start. */
  readonly prepare?: (directory: string) => Promise<void>;
  /** Configuration of Prometheus, given the directory of the run; absent: prometheus.yml in test/e2e/conf. */
  readonly prometheus?: (directory: string) => string;
  /** What feeds callfate, given the directory of the run; absent: something that is started later. */
  readonly pbx?: (directory: string) => ProcessSpec;
}

/** `file`: in test/e2e/conf, or an absolute path. */
export function callfateWith(file: string, name = 'callfate'): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [join(ROOT, 'dist/main.js'), 'run', '--config', resolve(CONFIGURATION, file)],
    ready: [{ kind: 'http', url: 'http://127.0.0.1:9606/readyz' }],
  };
}

function prometheusIn(directory: string, configuration: string): ProcessSpec {
  return {
    name: 'prometheus',
    command: 'prometheus',
    args: [
      `--config.file=${configuration}`,
      '--enable-feature=exemplar-storage',
      `--storage.tsdb.path=${join(directory, 'prometheus-data')}`,
      '--web.listen-address=127.0.0.1:9090',
      '--log.level=warn',
    ],
    ready: [{ kind: 'http', url: 'http://127.0.0.1:9090/-/ready' }],
  };
}

/** Of a log that is being written; the last line may be there in part. */
export function wholeLines(log: string): readonly string[] {
  return log.split('\n').slice(0, -1);
}

export class Stack {
  readonly namespace: Namespace;
  readonly prometheus: Prometheus;
  readonly #failed: string[] = [];

  private constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.prometheus = new Prometheus(namespace);
  }

  /** Whatever fails, nothing keeps running. */
  static async open(name: string, setup: Setup): Promise<Stack> {
    const namespace = await Namespace.open(name);
    const stack = new Stack(namespace);
    const { directory } = namespace;
    const scraping = setup.prometheus?.(directory) ?? join(CONFIGURATION, 'prometheus.yml');
    try {
      await setup.prepare?.(directory);
      await namespace.start(callfateWith(setup.callfate));
      await namespace.start(prometheusIn(directory, scraping));
      if (setup.pbx) await namespace.start(setup.pbx(directory));
    } catch (error) {
      await stack.showLogs(name);
      await stack.close();
      throw error;
    }
    return stack;
  }

  /** The verdicts in the log of callfate on these calls. */
  async verdicts(callIds: readonly string[]): Promise<Verdict[]> {
    const log = await readFile(join(this.namespace.directory, 'callfate.out'), 'utf8');
    return wholeLines(log)
      .map((line) => JSON.parse(line) as Partial<Verdict>)
      .filter((line): line is Verdict => callIds.includes(line.callId ?? ''));
  }

  /** The end of the logs of the services, and of what was started under this name, on standard error; keeps all. */
  async showLogs(name: string): Promise<void> {
    this.#failed.push(name);
    const { directory } = this.namespace;
    const files = (await readdir(directory, { recursive: true })).sort();
    const services = files.filter((file) =>
      /^(callfate\.out|\w+\.err|asterisk\/.+\.log)$/.test(file),
    );
    const own = files.filter((file) => file.startsWith(`${name}-`) && /\.(err|errors)$/.test(file));
    for (const file of [...services, ...own]) {
      const text = (await readFile(join(directory, file), 'utf8')).trim();
      if (text === '') continue;
      console.error(`---- ${file}\n${text.split('\n').slice(-TAIL_LINES).join('\n')}`);
    }
    console.error(`---- logs are kept in ${directory}`);
  }

  async close(): Promise<void> {
    await this.namespace.close();
    if (this.#failed.length === 0)
      await rm(this.namespace.directory, { recursive: true, force: true });
  }
}
