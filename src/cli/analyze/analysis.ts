import { type CaptureReading, readInto } from '../../capture-reading.ts';
import type { CaptureProgress } from '../../captures.ts';
import type { Vocabulary } from '../../classify/vocabulary/vocabulary.ts';
import type { Config } from '../../config/schema.ts';
import { Engine, type OnVerdict } from '../../engine.ts';
import { engineOptions } from '../../engine-options.ts';
import { BatchReader } from '../../scan-batch.ts';
import { VERSION } from '../../version.ts';
import type { AnalyzeArgs } from '../args.ts';
import { Output } from './output.ts';
import { Progress } from './progress.ts';
import type { CaptureThreads } from './threads.ts';

/** One reading of all captures through a whole engine. */
export interface Pass extends CaptureReading {
  readonly engine: Engine;
}

/** Whoever reads the output wants no more of it. */
const NOTHING_READ: CaptureReading = {
  captures: [],
  from: null,
  now: 0,
  setBack: 0,
  cut: 0,
  unknownLinks: new Map(),
};

/** What a pass is told besides the command line. */
export interface PassOptions {
  readonly onVerdict: OnVerdict;
  readonly prepare?: (engine: Engine) => void;
}

/** One run of the command: the captures, the configuration, and standard output. */
export class Analysis {
  readonly args: AnalyzeArgs;
  readonly config: Config;
  readonly output = new Output(process.stdout);
  readonly #vocabularies: readonly Vocabulary[];
  readonly #threads: CaptureThreads | null;

  /** `vocabularies`: those in which verdicts are told. `threads`: those that read; null: this one does. */
  constructor(
    args: AnalyzeArgs,
    config: Config,
    vocabularies: readonly Vocabulary[],
    threads: CaptureThreads | null,
  ) {
    this.args = args;
    this.config = config;
    this.#vocabularies = vocabularies;
    this.#threads = threads;
  }

  /** Reads all captures once. */
  async pass({ onVerdict, prepare }: PassOptions): Promise<Pass> {
    const told = this.#vocabularies;
    const options = { ...engineOptions(this.config, VERSION, told), authKey: null };
    const engine = new Engine(options, onVerdict);
    prepare?.(engine);
    const reading = await this.#read(engine);
    // What had its end keeps it; what was still in progress is lost.
    engine.tracker.drain();
    return { engine, ...reading };
  }

  async #read({ pipeline }: Engine): Promise<CaptureReading> {
    const progress = new Progress(
      process.stderr.isTTY ? (text) => process.stderr.write(text) : null,
      () => performance.now(),
    );
    const turn = async (read: CaptureProgress): Promise<boolean> => {
      progress.show(read, pipeline.messages);
      await this.output.flush();
      return !this.output.isGone;
    };
    const thread = this.#threads?.take() ?? null;
    const reading =
      thread === null
        ? await readInto(pipeline, { names: this.args.files, input: process.stdin, turn })
        : await thread.follow({ batches: new BatchReader(), pipeline, turn });
    progress.clear();
    return reading ?? NOTHING_READ;
  }
}
