/** Rule files of Prometheus, and what the generator writes. */

export interface RecordingRule {
  /** `level:metric:operations`; `level` is the labels that are kept. */
  readonly record: string;
  readonly expr: string;
}

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly interval: string;
  readonly rules: readonly (RecordingRule | AlertingRule)[];
}

/** A file that is made out of the tables. */
export interface Output {
  /** From the root of the project. */
  readonly path: string;
  text(): string;
}
