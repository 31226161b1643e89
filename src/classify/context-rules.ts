import type { Case, Fact } from './facts.ts';
import type { Stage } from './outcome.ts';
import { readings } from './readings.ts';
import type { ReasonId } from './reasons.ts';
import type { Rule } from './rule.ts';

/** Packets take a moment: a shorter call says nothing about its media. */
const MEDIA_TELLS_MS = 5000;

/** How facts that were told are read. What each means stands in `FACT_ROWS`. */
export const CONTEXT_RULES: readonly Rule[] = [
  {
    id: 'fact-went-on',
    on: 'context',
    kind: 'context',
    when: (f, c) => readings.contextKnown(f, c) && readings.contextWentOn(f, c),
    reason: readings.context,
    weight: 'none',
    why: 'the call went on after it: a step, not the end',
  },
  {
    id: 'fact-and-left',
    on: 'context',
    kind: 'context',
    when: (f, c) => isAgentStep(f) && readings.contextKnown(f, c) && isLeaving(c),
    reason: readings.context,
    weight: 'none',
    why: 'the customer left before another agent was tried',
  },
  {
    id: 'fact-impossible',
    on: 'context',
    kind: 'context',
    when: (f, c) => readings.contextKnown(f, c) && !readings.contextPossible(f, c),
    reason: readings.context,
    weight: 'impossible',
    why: 'a fact that does not fit whether the call was answered, or by whom',
  },
  {
    id: 'media-short',
    on: 'context',
    kind: 'inference',
    sources: ['media'],
    when: (f, c) => readings.contextKnown(f, c) && !isLongEnough(c),
    reason: readings.context,
    weight: 'none',
    why: 'media statistics of a call too short to tell',
  },
  {
    id: 'media-statistics',
    on: 'context',
    kind: 'inference',
    sources: ['media'],
    when: (f, c) => readings.contextKnown(f, c),
    reason: readings.context,
    weight: 'specific',
    certainty: 'inferred',
    why: 'media statistics: packets were not received',
  },
  {
    id: 'fact-by-rule',
    on: 'context',
    kind: 'context',
    sources: ['rule'],
    // What a rule saw in the INVITE is where the call was sent, not what became of it there.
    when: (f, c) => readings.contextKnown(f, c) && c.connected,
    reason: readings.context,
    weight: 'row',
    certainty: 'inferred',
    why: 'a stage rule over the signalling',
  },
  {
    id: 'fact',
    on: 'context',
    kind: 'context',
    sources: ['api'],
    when: (f, c) => readings.contextKnown(f, c),
    reason: readings.context,
    weight: 'row',
    why: 'what the platform told of the call',
  },
];

/** Where customers give up, and what that is called. */
const LEFT_IN: readonly (readonly [Stage, ReasonId, string])[] = [
  ['greeting', 'abandoned_greeting', 'the customer left during the greeting'],
  ['ivr', 'abandoned_ivr', 'the customer left in the IVR'],
  ['queue', 'abandoned_queue', 'the customer left the queue'],
  ['agent_ringing', 'abandoned_agent_ringing', 'the customer left while an agent was rung'],
  ['voicemail', 'abandoned_voicemail', 'the customer left at the voicemail and left no message'],
  ['on_hold', 'abandoned_on_hold', 'the customer left on hold'],
];

/** How a call stopped, where facts tell the stage it was in. They stand above the rows that only know of peers. */
export const STAGE_RULES: readonly Rule[] = [
  {
    id: 'left-queued',
    on: 'ending',
    kind: 'inference',
    when: (_, c) => isLeaving(c) && isQueuedBySip(c),
    reason: 'abandoned_queue',
    weight: 'specific',
    certainty: 'assumed',
    why: 'the customer left after 182 Queued; a later 180 or 200 that was missed would say otherwise',
  },
  ...LEFT_IN.map(
    ([stage, reason, why]): Rule => ({
      id: `left-${stage.replace('_', '-')}`,
      on: 'ending',
      kind: 'context',
      when: (_, c) => c.timeline.told === stage && isLeaving(c) && isAbandoned(c, stage),
      reason,
      weight: 'specific',
      why,
    }),
  ),
  {
    id: 'left-held',
    on: 'ending',
    kind: 'inference',
    when: (_, c) => c.ended.ending === 'hung_up' && isLeavingHold(c),
    reason: 'abandoned_on_hold',
    weight: 'specific',
    certainty: 'assumed',
    why: 'the customer hung up while held by the other side (RFC 3264 §8.4), unless a resume was missed',
  },
  {
    id: 'ended-in-ivr',
    on: 'ending',
    kind: 'context',
    when: (_, c) => c.timeline.told === 'ivr' && c.ended.ending === 'hung_up' && c.connected,
    reason: 'ivr_completed',
    weight: 'specific',
    certainty: 'inferred',
    why: 'the platform ended the call in its IVR',
  },
  {
    id: 'ended-in-voicemail',
    on: 'ending',
    kind: 'context',
    when: (_, c) => c.timeline.told === 'voicemail' && c.ended.ending === 'hung_up',
    reason: 'voicemail_reached',
    weight: 'specific',
    certainty: 'inferred',
    why: 'the call ended at the voicemail',
  },
  {
    id: 'ended-waiting',
    on: 'ending',
    kind: 'context',
    when: (_, c) => isWaiting(c) && c.ended.ending === 'hung_up',
    reason: 'answered_by_platform',
    weight: 'generic',
    certainty: 'assumed',
    why: 'the platform ended the call before an agent answered, and nothing says why',
  },
];

function isAgentStep(fact: Fact): boolean {
  return (
    fact.type === 'context' &&
    fact.note.kind === 'agent' &&
    (fact.note.value === 'timeout' || fact.note.value === 'rejected')
  );
}

/** The customer ended it: who called, or who was called when the platform made the call. */
function isLeaving({ ended, outbound }: Case): boolean {
  if (ended.ending === 'cancelled') return !outbound;
  if (ended.ending !== 'hung_up' || ended.glare) return false;
  return ended.endedBy === (outbound ? 'callee' : 'caller');
}

/** Only a 182 says that the call waits (RFC 3261 §21.1.4): what would have ended the wait may have been missed. */
function isQueuedBySip({ ended, timeline }: Case): boolean {
  if (timeline.told !== 'queue' || ended.queuedAt === null) return false;
  return ended.context.every(({ source }) => source !== 'api');
}

/** At a voicemail only who is told to be there by the platform, and to have left nothing, gave up. */
function isAbandoned({ ended }: Case, stage: Stage): boolean {
  if (stage !== 'voicemail') return true;
  const told = ended.context.filter(({ kind, name }) => kind === 'voicemail' || name === stage);
  return told.every(({ source, kind }) => source === 'api' && kind === 'stage');
}

function isLeavingHold(c: Case): boolean {
  const { heldBy, endedBy } = c.ended;
  return heldBy !== null && heldBy !== endedBy && isLeaving(c);
}

function isWaiting({ timeline }: Case): boolean {
  const { told } = timeline;
  return told === 'queue' || told === 'greeting' || told === 'agent_ringing';
}

function isLongEnough({ ended }: Case): boolean {
  return ended.answeredAt !== null && ended.endedAt - ended.answeredAt >= MEDIA_TELLS_MS;
}
