/**
 * docs/state-machine.md, written from `src/calls/transitions.ts` and from calls that are played to their end. After a
 * change to either:
 *
 *     npx vitest run --project unit test/calls/state-machine-doc.test.ts -u
 */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  AGES,
  DEADLINES,
  type Deadline,
  nextState,
  SIGNAL,
  SIGNALS,
  type Signal,
  STATE,
  STATES,
  type State,
  TRANSITIONS,
} from '../../src/calls/transitions.ts';
import { keyRows } from '../../src/config/keys.ts';
import { ANSWERED, CALLER_BYE, CANCELLED, RINGING } from '../support/calls.ts';
import { play } from '../support/sip.ts';

const PAGE = join(import.meta.dirname, '../../docs/state-machine.md');

const STATE_MEANINGS = {
  embryo: 'Something of a call was seen before its INVITE. Not an attempt yet.',
  calling: 'INVITE sent, nothing came back.',
  proceeding: 'A provisional response that does not say that the callee is alerted.',
  ringing: '180: the callee is alerted.',
  cancelling: 'The caller sent CANCEL; no final response yet.',
  retryable: 'A final response that the caller may answer with another INVITE.',
  rejected: "A final response of 300 or more on every branch of the caller's hop.",
  answered: '2xx, or proof of one.',
  broken: 'A request inside the dialog was answered 481 or 408 (RFC 5057 section 5.1).',
  hung_up: 'BYE.',
} as const satisfies Record<State, string>;

const SIGNAL_MEANINGS = {
  invite: "The attempt's first INVITE.",
  retry: 'INVITE with a higher CSeq: other credentials, other target.',
  trying: '100.',
  progress: '181, 182, 183, an unknown 1xx.',
  ringing: '180.',
  retryable_reject:
    "The last branch of the caller's hop ended with 3xx, 401, 407, 415, 420, 422 or 503.",
  reject: "The last branch of the caller's hop ended with another final response of 300 or more.",
  reopen: "A branch of the caller's hop turned up that has no final response yet.",
  answer: '2xx to the INVITE, or proof of it.',
  cancel: "CANCEL on the branch of the caller's hop.",
  dialog_failed: '481 or 408 to a request inside the dialog.',
  bye: 'BYE, from whomever, of the last dialog that was up.',
  revive: 'The BYE ended one of two answered dialogs; the other one is up (RFC 3261 §13.2.2.4).',
} as const satisfies Record<Signal, string>;

const DEADLINE_KEYS = {
  reorder: 'calls.reorderWindowMs',
  retry: 'calls.retryWindowMs',
  noResponse: 'calls.timeouts.noResponseSeconds',
  setup: 'calls.timeouts.setupSeconds',
  cancel: 'calls.timeouts.cancelSeconds',
  answered: 'calls.timeouts.answeredSeconds',
} as const satisfies Record<Deadline, string>;

/** A call that stands in a state when its deadline passes: the signals that lead there, and the messages behind them. */
interface Course {
  readonly state: State;
  readonly when: string;
  readonly signals: readonly Signal[];
  readonly script: string;
}

const COURSES: readonly Course[] = [
  {
    state: 'calling',
    when: 'the INVITE was sent once or twice again, or never',
    signals: ['invite'],
    script: '0 > INVITE',
  },
  {
    state: 'calling',
    when: 'the INVITE was sent again three times or more',
    signals: ['invite'],
    script: `
      0 > INVITE
      500 > INVITE
      1500 > INVITE
      3500 > INVITE`,
  },
  {
    state: 'proceeding',
    when: 'always',
    signals: ['invite', 'trying'],
    script: `
      0 > INVITE
      20 < 100`,
  },
  { state: 'ringing', when: 'always', signals: ['invite', 'trying', 'ringing'], script: RINGING },
  {
    state: 'cancelling',
    when: 'always',
    signals: ['invite', 'trying', 'ringing', 'cancel'],
    script: `${RINGING}
      4000 > CANCEL`,
  },
  {
    state: 'retryable',
    when: 'the final was 401 or 407',
    signals: ['invite', 'retryable_reject'],
    script: `
      0 > INVITE
      20 < 407`,
  },
  {
    state: 'retryable',
    when: 'the final was another one',
    signals: ['invite', 'retryable_reject'],
    script: `
      0 > INVITE
      20 < 503`,
  },
  {
    state: 'rejected',
    when: 'the caller had sent CANCEL',
    signals: ['invite', 'trying', 'ringing', 'cancel', 'reject'],
    script: CANCELLED,
  },
  {
    state: 'rejected',
    when: 'otherwise',
    signals: ['invite', 'trying', 'ringing', 'reject'],
    script: `${RINGING}
      4000 < 486`,
  },
  {
    state: 'answered',
    when: 'always',
    signals: ['invite', 'trying', 'ringing', 'answer'],
    script: ANSWERED,
  },
  {
    state: 'broken',
    when: 'no BYE followed',
    signals: ['invite', 'trying', 'ringing', 'answer', 'dialog_failed'],
    script: `${ANSWERED}
      9000 > REINVITE n=2
      9010 < 481 REINVITE n=2`,
  },
  {
    state: 'hung_up',
    when: 'the dialog was up',
    signals: ['invite', 'trying', 'ringing', 'answer', 'bye'],
    script: CALLER_BYE,
  },
  {
    state: 'hung_up',
    when: 'the caller sent it before any answer, and the INVITE was then rejected (RFC 3261 section 15)',
    signals: ['invite', 'trying', 'ringing', 'bye', 'reject'],
    script: `${RINGING}
      4000 > BYE
      4010 < 200 BYE
      4020 < 487`,
  },
];

const code = (text: string): string => `\`${text}\``;
const row = (...cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(...head), row(...head.map(() => '---')), ...rows.map((cells) => row(...cells))].join(
    '\n',
  );
}

function diagram(): string {
  const arrows = STATES.flatMap((from) => {
    const signalsTo = new Map<State, Signal[]>();
    for (const signal of SIGNALS) {
      const to = TRANSITIONS[from][signal];
      if (to !== undefined) signalsTo.set(to, [...(signalsTo.get(to) ?? []), signal]);
    }
    return [...signalsTo].map(([to, signals]) => `  ${from} --> ${to}: ${signals.join(', ')}`);
  });
  const ends = STATES.map((state) => `  ${state} --> [*]: ${DEADLINES[state]}`);
  return ['```mermaid', 'stateDiagram-v2', '  [*] --> embryo', ...arrows, ...ends, '```'].join(
    '\n',
  );
}

function deadlineOf(state: State): string[] {
  const path = DEADLINE_KEYS[DEADLINES[state]];
  const key = keyRows().find((known) => known.path === path);
  const unit = path.endsWith('Ms') ? 'ms' : 's';
  return [DEADLINES[state], code(path), `${String(key?.fallback)} ${unit}`];
}

function stateTable(): string {
  const rows = STATES.map((state) => [
    code(state),
    STATE_MEANINGS[state],
    ...deadlineOf(state),
    AGES[state] ?? '-',
  ]);
  return table(['State', 'Means', 'Deadline', 'Key', 'Default', 'Age counts as'], rows);
}

function transitionTable(): string {
  const rows = STATES.map((state) => [
    code(state),
    ...SIGNALS.map((signal) => TRANSITIONS[state][signal] ?? '-'),
  ]);
  return table(['State', ...SIGNALS.map(code)], rows);
}

function endingTable(): string {
  const rows = COURSES.map(({ state, when, script }) => {
    const { ended, verdicts } = play(script);
    return [
      code(state),
      when,
      code(ended[0]?.ending ?? 'none'),
      verdicts.map(({ outcome, reason }) => `${code(outcome)}, ${code(reason)}`).join('; '),
    ];
  });
  return table(['State', 'When', 'Ending', 'A call played so was'], rows);
}

function page(): string {
  return `# State machine

<!-- Generated from src/calls/transitions.ts. Regenerate:
     npx vitest run --project unit test/calls/state-machine-doc.test.ts -u -->

What callfate knows of an attempt at any moment is one of ${STATES.length} states. A message becomes one of ${SIGNALS.length} signals, a table says the
next state, and each state has one deadline. When that passes, the attempt ends, exactly once, and is judged
([verdicts.md](verdicts.md)). Facts such as moments, branches and Reason headers are kept beside the state.

Signals speak of the caller's hop: of the hops seen, the one whose INVITE has the fewest Vias. What a proxy does behind
it, its own CANCELs and failed branches included, changes no state.

## Diagram

An arrow to the end bears the name of the deadline that leads there.

${diagram()}

## States

${stateTable()}

The last column is the label \`stage\` of \`callfate_oldest_attempt_age_seconds\`.

- Each change of state sets the deadline anew; so do 180, 181, 182, 183 and their repeats in a state that they do not
  change, and every re-INVITE and UPDATE of an answered call.
- With a session timer (RFC 4028) an answered call is given up after twice its interval without a refresh, when that is
  earlier.
- In a state whose deadline is \`reorder\` the attempt is over: it waits for messages that arrive late, then it is judged.
- Where the caller's BYE came before any answer, the final response of the INVITE is awaited first, as after a CANCEL
  (\`calls.timeouts.cancelSeconds\`): a 487 makes it a cancelled call.
- An embryo whose INVITE follows in time becomes an attempt, with all that was seen before. Otherwise it was an orphan:
  counted in \`callfate_orphans_total\`, and never a call.

## Signals

${table(
  ['Signal', 'Made from'],
  SIGNALS.map((signal) => [code(signal), SIGNAL_MEANINGS[signal]]),
)}

## Transitions

A dash leaves the state as it is.

${transitionTable()}

## Endings

What the attempt is found to have ended with when the deadline of its state passes. The last column comes from a call
that the test plays.

${endingTable()}

Three things end an attempt before its deadline:

- A new INVITE of the same caller under the same Call-ID with a higher CSeq, once the first was rejected, answered or hung
  up: the old attempt ends as its state says, and the new one is an attempt of its own.
- The table is full: the oldest attempt in set-up, or without one the call answered first, ends as \`evicted\`.
- callfate stops: an attempt that would end as \`expired\` ends as \`shutdown\`.
`;
}

test('docs/state-machine.md is current', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE);
});

describe('the calls of the page', () => {
  test.each(COURSES)('lead to $state, $when', ({ state, signals }) => {
    const last = signals.reduce((now, signal) => nextState(now, SIGNAL[signal]), STATE.embryo);
    expect(STATES[last]).toBe(state);
  });

  test('cover every state but that of an embryo', () => {
    const covered = new Set(COURSES.map(({ state }) => state));
    expect(STATES.filter((state) => !covered.has(state))).toEqual(['embryo']);
  });

  test('end exactly once each', () => {
    for (const { script } of COURSES) expect(play(script).ended).toHaveLength(1);
  });

  test('an embryo is no attempt', () => {
    const { ended, counters } = play('0 > BYE');
    expect(ended).toEqual([]);
    expect([...counters.orphans].reduce((sum, count) => sum + count)).toBe(1);
  });
});

test('every state can be reached and left', () => {
  const reached = new Set(STATES.flatMap((state) => Object.values(TRANSITIONS[state])));
  expect(STATES.filter((state) => !reached.has(state))).toEqual(['embryo']);
  expect(Object.keys(DEADLINES)).toEqual([...STATES]);
});
