/** A status and Reasons as a call would have carried them, judged by the tables that judge calls. */
import type { BranchFact, Ended, ReasonFact } from '../calls/call.ts';
import { UNTOLD } from '../calls/untold.ts';
import { type Classified, classify } from '../classify/classify.ts';
import { statusRow } from '../classify/sip-status.ts';

/** Where something was said decides what it means. */
interface Setting {
  readonly id: SettingId;
  /** Ends a sentence that begins with what was said. */
  readonly words: string;
  readonly seenIn: ReasonFact['seenIn'];
  readonly ending: Ended['ending'];
  readonly rang: boolean;
  readonly answered: boolean;
}

export const SETTING_IDS = ['refused', 'refused_ringing', 'cancel', 'bye'] as const;
export type SettingId = (typeof SETTING_IDS)[number];

/** Long enough for every rule that asks whether it rang for long. */
const RING_MS = 30_000;
const TALK_MS = 60_000;

export const SETTINGS: readonly Setting[] = [
  {
    id: 'refused',
    words: 'in the final response, before it rang',
    seenIn: 'response',
    ending: 'rejected',
    rang: false,
    answered: false,
  },
  {
    id: 'refused_ringing',
    words: `in the final response, after ${RING_MS / 1000} s of ringing`,
    seenIn: 'response',
    ending: 'rejected',
    rang: true,
    answered: false,
  },
  {
    id: 'cancel',
    words: 'in the CANCEL of a ringing call',
    seenIn: 'cancel',
    ending: 'cancelled',
    rang: true,
    answered: false,
  },
  {
    id: 'bye',
    words: 'in the BYE of an answered call',
    seenIn: 'bye',
    ending: 'hung_up',
    rang: true,
    answered: true,
  },
];

/** RFC 4497 §8.4.1 sends 500 when a cause has no status of its own; any cause that says something beats it. */
const STATUS_OF_CAUSE = 500;
const NOBODY = { configured: false, name: () => 'other', role: () => '' };

/** The verdict on a call that ended so; `status` null: only Reasons were given. */
export function judgeWire(
  status: number | null,
  reasons: readonly string[],
  setting: Setting,
): Classified {
  return classify(endedOf(status ?? STATUS_OF_CAUSE, reasons, setting), NOBODY);
}

function endedOf(status: number, reasons: readonly string[], setting: Setting): Ended {
  const { rang, answered, ending } = setting;
  const answeredAt = answered ? RING_MS : null;
  const endedAt = (rang ? RING_MS : 1000) + (answered ? TALK_MS : 0);
  const final = answered ? 200 : ending === 'cancelled' ? 487 : status;
  return {
    ...UNTOLD,
    ending,
    startedAt: 0,
    cancelSeen: true,
    ackSeen: true,
    firstResponseAt: 0,
    ringingAt: rang ? 0 : null,
    answeredAt,
    cancelAt: ending === 'cancelled' ? endedAt : null,
    byeAt: answered ? endedAt : null,
    endedAt,
    status: final,
    phrase: statusRow(final).phrase,
    endedBy: answered ? 'callee' : ending === 'cancelled' ? 'caller' : null,
    branches: [branchOf(final, endedAt)],
    reasons: reasons.map((raw) => reasonOf(raw, final, endedAt, setting)),
  };
}

function reasonOf(raw: string, status: number, at: number, { seenIn }: Setting): ReasonFact {
  const answer = seenIn === 'response';
  const by = answer ? null : seenIn === 'bye' ? 'callee' : 'caller';
  return { raw, seenIn, status: answer ? status : 0, by, branch: answer ? 0 : -1, at };
}

function branchOf(status: number, endedAt: number): BranchFact {
  return {
    peer: 0,
    cseq: 1,
    vias: 1,
    status,
    key: true,
    invited: true,
    passedOver: false,
    cancelled: false,
    provisional: 0,
    startedAt: 0,
    endedAt,
  };
}
