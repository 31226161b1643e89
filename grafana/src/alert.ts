/** What an alert is: a row of the table of alerts. */
import type { Clock } from './clock.ts';

/** What an alert is about: decides what inhibits what (see alertmanager.ts). */
export const KINDS = {
  outcome: 'how calls end',
  traffic: 'whether there are calls at all',
  blind: 'callfate does not see what it should: this inhibits `outcome` of the same sidecar',
  input: 'what one source hands in',
  sidecar: 'callfate itself',
} as const;
export type Kind = keyof typeof KINDS;

export interface Alert {
  readonly name: string;
  readonly kind: Kind;
  readonly severity: 'critical' | 'warning';
  /** The expression, with its windows by the clock. Its value is a share where `value` says so. */
  readonly expr: (t: Clock) => string;
  /** Minutes for which it has to hold. */
  readonly for: number;
  /** One line with the labels that tell one alert from another. */
  readonly summary: string;
  /** When it fires, in words. */
  readonly when: string;
  /** Cause and first step: of the reason that the label `reason` names, of a reason named here, or in own words. */
  readonly advice:
    | { readonly by: 'label'; readonly reasons: readonly string[] }
    | { readonly by: 'reason'; readonly reason: string }
    | { readonly by: 'words'; readonly cause: string; readonly step: string };
  /** What to look at next, for the runbook; Markdown. */
  readonly next: readonly string[];
  /** It tells of a sidecar that does not answer. */
  readonly unreachable?: boolean;
}
