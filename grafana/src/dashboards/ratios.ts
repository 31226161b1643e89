/** Panels of the recorded ratios. What each counts is defined in docs/ratios.md. */
import { muchIsGood } from './colours.ts';
import type { Query, Step } from './spec.ts';

interface RatioRow {
  readonly name: string;
  readonly title: string;
  /** What it says, and what to do when it falls. */
  readonly meaning: string;
  readonly steps: readonly Step[];
}

export const RATIOS = {
  asr: {
    name: 'asr',
    title: 'ASR',
    meaning:
      'Answer-seizure ratio (E.425): attempts that were answered. People who do not answer lower it, so compare it with its own past.',
    steps: muchIsGood(0.3, 0.45),
  },
  ner: {
    name: 'ner',
    title: 'NER',
    meaning:
      'Network effectiveness ratio (E.425): attempts that reached the called side, whatever people did then. A fall is the fault of a network: look at the final statuses of the peer.',
    steps: muchIsGood(0.9, 0.95),
  },
  abr: {
    name: 'abr',
    title: 'ABR',
    meaning:
      'Answer-bid ratio (E.425): answered of all bids. It lies below ASR where set-up fails before a circuit is seized.',
    steps: muchIsGood(0.3, 0.45),
  },
  seer: {
    name: 'seer',
    title: 'SEER',
    meaning:
      'Session establishment effectiveness ratio (RFC 6076): like SER, and busy or declined calls count as reached. A fall means that set-up fails.',
    steps: muchIsGood(0.85, 0.95),
  },
  ser: {
    name: 'ser',
    title: 'SER',
    meaning:
      'Session establishment ratio (RFC 6076): INVITEs answered with 200, redirected ones left out.',
    steps: muchIsGood(0.3, 0.45),
  },
  isa: {
    name: 'isa',
    title: 'ISA',
    meaning:
      'Ineffective session attempts (RFC 6076): the share that failed with 408, 500, 503 or 504. Little is good: a rise is overload or an outage on the way.',
    steps: [
      { at: null, colour: 'green' },
      { at: 0.05, colour: 'orange' },
      { at: 0.1, colour: 'red' },
    ],
  },
  scr: {
    name: 'scr',
    title: 'SCR',
    meaning:
      'Session completion ratio (RFC 6076): sessions that were set up and ended in order. A fall means that calls break off.',
    steps: muchIsGood(0.3, 0.45),
  },
} as const satisfies Record<string, RatioRow>;

export type RatioName = keyof typeof RATIOS;

/** Of whole jobs: one line for each job. */
export function jobRatio(name: RatioName, legend = '{{job}}'): Query {
  return { expr: `job:callfate_${name}:ratio_rate\${window}{job=~"$job"}`, legend };
}

/** Of peers, apart by direction. */
export function peerRatio(name: RatioName): Query {
  const matchers = 'job=~"$job",peer=~"$peer",direction=~"$direction"';
  return {
    expr: `job_peer_direction:callfate_${name}:ratio_rate\${window}{${matchers}}`,
    legend: '{{peer}} {{direction}}',
  };
}

/** Said wherever a recorded ratio is shown. */
export const RECORDED =
  'Recorded by callfate.rules.yaml for the whole job: without those rules it is empty, and Instance does not apply. No value means no attempts.';
