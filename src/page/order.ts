import type { Outcome } from '../classify/outcome.ts';

/** Every outcome once, as the page lists them. */
const ORDER: Readonly<Record<Outcome, number>> = {
  completed: 0,
  transferred: 1,
  answered_by_platform: 2,
  voicemail: 3,
  busy: 4,
  no_answer: 5,
  declined: 6,
  cancelled: 7,
  abandoned: 8,
  redirected: 9,
  invalid_number: 10,
  answered_elsewhere: 11,
  unreachable: 12,
  blocked: 13,
  dropped: 14,
  failed: 15,
  lost: 16,
};

export const OUTCOME_ORDER = (Object.keys(ORDER) as Outcome[]).sort((a, b) => ORDER[a] - ORDER[b]);
