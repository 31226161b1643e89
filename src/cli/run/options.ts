/** What `callfate run` is told on the command line. */
export interface RunOptions {
  /** Path of the configuration file; null: defaults and environment. */
  readonly file: string | null;
  /** Interface to capture from, in place of the configured one; null: as configured. */
  readonly interface?: string | null;
  /** A live capture comes on standard input. */
  readonly pcap?: boolean;
}
