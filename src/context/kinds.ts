/**
 * What signalling alone cannot know of a call: a closed set of kinds, each with its closed set of values. Within a major
 * version both only grow. Facts come from stage rules over SIP, from the context API and from media statistics; what they
 * mean for the verdict is said by rules, never here.
 */
export const CONTEXT_KINDS = {
  /** `name` is the stage. */
  stage: ['entered', 'left'],
  agent: ['offered', 'answered', 'rejected', 'timeout', 'none_available', 'connection_lost'],
  ivr: ['detected', 'completed'],
  voicemail: ['detected', 'message_left'],
  playback: ['complete', 'partial'],
  /** What a recorded voice told the caller. */
  announcement: [
    'power_off',
    'not_exist',
    'invalid',
    'arrears',
    'out_of_area',
    'call_reminder',
    'restricted',
    'forwarding',
  ],
  /** `enforcedBy` is who refused, `subject` whose number, account or area it is about. */
  policy: ['blacklist', 'hours', 'area', 'rate', 'credit', 'tariff', 'concurrency', 'spam', 'scam'],
  limit: ['silence', 'duration', 'join', 'registration'],
  /** `name`, if given, is who did not hear: `caller` or `callee`. */
  media: ['no_audio', 'one_way', 'interrupted'],
  device: ['mic', 'conflict', 'unresponsive', 'interrupted'],
  /** `name` is the component: `llm`, `asr`, … */
  component: [
    'open_failed',
    'connection_lost',
    'runtime_error',
    'corrupt_payload',
    'error',
    'unknown_error',
  ],
  /** How an outbound campaign or an inbound line set the call up. */
  task: ['manual', 'preview', 'fixed', 'predictive', 'inbound'],
  forward: ['pstn', 'internal'],
  transfer: ['blind', 'attended'],
  /** The platform refused a call that it never sent as SIP. */
  refused: ['refused'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ContextKind = keyof typeof CONTEXT_KINDS;

export const CONTEXT_KIND_NAMES = Object.keys(CONTEXT_KINDS) as readonly ContextKind[];

/** Stages that a fact can name: where a call is beyond its signalling. */
export const CONTEXT_STAGES = [
  'greeting',
  'ivr',
  'queue',
  'agent_ringing',
  'voicemail',
  'talking',
  'on_hold',
  'transfer',
] as const;

/** Who refused (`enforcedBy`) and whom it is about (`subject`) of a policy. */
export const ENFORCERS = ['platform', 'carrier', 'network'] as const;
export const SUBJECTS = ['caller', 'callee', 'agent', 'account'] as const;

/** Where a fact came from: a stage rule over SIP, the context API, or media statistics. */
export const CONTEXT_SOURCES = ['rule', 'api', 'media'] as const;
export type ContextSource = (typeof CONTEXT_SOURCES)[number];

/** One fact on a call as the engine keeps it. Absent parts are null. */
export interface ContextNote {
  readonly kind: ContextKind;
  /** One of `CONTEXT_KINDS[kind]`. */
  readonly value: string;
  readonly name: string | null;
  readonly enforcedBy: string | null;
  readonly subject: string | null;
  /** ms since the epoch. */
  readonly at: number;
  /** Of the event that brought it; null for a stage rule. */
  readonly id: string | null;
  readonly source: ContextSource;
}

/** One fact on a call as a verdict shows it. Absent parts are null. */
export interface ContextFact extends Omit<ContextNote, 'at'> {
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

/** `agent.timeout` for every kind and value, in the order of the table. */
export const CONTEXT_NAMES: readonly string[] = CONTEXT_KIND_NAMES.flatMap((kind) =>
  CONTEXT_KINDS[kind].map((value) => `${kind}.${value}`),
);

const KNOWN: ReadonlySet<string> = new Set(CONTEXT_NAMES);

/** Kind and value of `agent.timeout`; null when the closed set does not have it. */
export function contextName(
  name: string,
): { readonly kind: ContextKind; readonly value: string } | null {
  if (!KNOWN.has(name)) return null;
  const [kind, value] = name.split('.');
  return { kind: kind as ContextKind, value: value ?? '' };
}
