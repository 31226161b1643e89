/** A SIP client over WebSocket, whichever library it is made of. */

export const LIBRARIES = ['sip.js', 'jssip'] as const;
export type Library = (typeof LIBRARIES)[number];

/** How a call goes: what the caller and the callee do. */
export const PLANS = {
  'hang-up': { caller: 'hang_up', callee: 'answer' },
  cancel: { caller: 'cancel', callee: 'ring' },
  busy: { caller: 'wait', callee: 'busy' },
  decline: { caller: 'wait', callee: 'decline' },
  vanish: { caller: 'vanish', callee: 'answer' },
} as const;
export type Plan = keyof typeof PLANS;
export type CallerPlan = (typeof PLANS)[Plan]['caller'];
export type CalleePlan = (typeof PLANS)[Plan]['callee'];

/** Status with which a callee refuses. */
export const REFUSALS = { busy: 486, decline: 603 } as const;

/** The PBX, or callfate's relay in front of it. */
export const SERVER = process.argv.includes('relay')
  ? 'ws://127.0.0.1:8061'
  : 'ws://127.0.0.1:8088';
export const DOMAIN = 'e2e.invalid';

/** There is no media: what is offered need only look like audio. */
export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 8',
  'a=rtpmap:8 PCMA/8000',
  '',
].join('\r\n');

export interface Phone {
  /** Connects and registers. */
  start(): Promise<void>;
  /** Calls that user; resolves with the Call-ID when the call is over, or up for who is to vanish. */
  call(user: string, plan: CallerPlan): Promise<string>;
  /** Unregisters and disconnects. */
  stop(): Promise<void>;
}

/** Lets the next step see a moment pass, as between two people. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 200));
