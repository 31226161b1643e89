import { CaptureInput } from '../../capture-input.ts';
import { type CaptureReport, readCaptures } from '../../captures.ts';
import type { Vocabulary } from '../../classify/vocabulary/vocabulary.ts';
import type { Config } from '../../config/schema.ts';
import { Engine, type OnVerdict } from '../../engine.ts';
import { engineOptions } from '../../engine-options.ts';
import { VERSION } from '../../version.ts';
import type { AnalyzeArgs } from '../args.ts';
import { Output } from './output.ts';
import { Progress } from './progress.ts';

/** One reading of all captures through a whole engine. */
export interface Pass {
  readonly engine: Engine;
  readonly input: CaptureInput;
  readonly captures: readonly CaptureReport[];
  /** Time of the first packet, ms; null without packets. */
  readonly from: number | null;
}

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

  /** `vocabularies`: those in which verdicts are told. */
  constructor(args: AnalyzeArgs, config: Config, vocabularies: readonly Vocabulary[]) {
    this.args = args;
    this.config = config;
    this.#vocabularies = vocabularies;
  }

  /** Reads all captures once. */
  async pass({ onVerdict, prepare }: PassOptions): Promise<Pass> {
    const told = this.#vocabularies;
    const options = { ...engineOptions(this.config, VERSION, told), authKey: null };
    const engine = new Engine(options, onVerdict);
    prepare?.(engine);
    const { pipeline } = engine;
    const input = new CaptureInput(pipeline);
    const progress = new Progress(
      process.stderr.isTTY ? (text) => process.stderr.write(text) : null,
      () => performance.now(),
    );
    let from: number | null = null;
    const captures = await readCaptures({
      names: this.args.files,
      input: process.stdin,
      packet: (record) => {
        input.packet(record);
        from ??= input.now;
      },
      turn: async (read) => {
        progress.show(read, pipeline.messages);
        await this.output.flush();
        return !this.output.isGone;
      },
    });
    progress.clear();
    input.finish();
    // What had its end keeps it; what was still in progress is lost.
    engine.tracker.drain();
    return { engine, input, captures, from };
  }
}
