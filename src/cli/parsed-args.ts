/** What a command line comes to. */

/** What `--format` takes; the first is the default. */
export const FORMATS = ['table', 'json', 'jsonl', 'csv', 'prometheus'] as const;
export type AnalyzeFormat = (typeof FORMATS)[number];

export interface RunArgs {
  readonly command: 'run';
  /** null: the embedded defaults and the environment. */
  readonly config: string | null;
  /** Interface to capture from; null: as the configuration says. */
  readonly interface: string | null;
  /** A capture comes on standard input. */
  readonly pcap: boolean;
}
export interface AnalyzeArgs {
  readonly command: 'analyze';
  readonly config: string | null;
  /** At least one; `-` at most once. */
  readonly files: readonly string[];
  readonly format: AnalyzeFormat;
  /** Call-ID to show; null: all calls are summed up. */
  readonly call: string | null;
  /** The one vocabulary to tell endings in; null: those that the configuration enables. */
  readonly vocabulary: string | null;
  /** Threads that work on it, 1 or 2; null: as it pays off. */
  readonly threads: 1 | 2 | null;
}
export interface CheckConfigArgs {
  readonly command: 'check-config';
  readonly config: string | null;
  readonly print: boolean;
}
export interface ExplainArgs {
  readonly command: 'explain';
  readonly config: string | null;
  /** The words behind the command, a space between each. */
  readonly query: string;
  readonly json: boolean;
}
export interface DemoArgs {
  readonly command: 'demo';
  readonly config: string | null;
  /** null: the one that answers where the configuration says, else one of the demo's own. */
  readonly url: string | null;
}
export type Args =
  | RunArgs
  | AnalyzeArgs
  | CheckConfigArgs
  | ExplainArgs
  | DemoArgs
  | { readonly command: 'help' }
  | { readonly command: 'version' };
