/** JsSIP with no media behind it. */
import { UA, WebSocketInterface } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession.js';
import {
  type CalleePlan,
  type CallerPlan,
  DOMAIN,
  type Phone,
  pause,
  REFUSALS,
  SDP,
  SERVER,
} from './phone.ts';

export const NO_MEDIA = { mediaConstraints: { audio: false, video: false } };

interface Description {
  readonly type: string;
  readonly sdp: string;
}

/** As much of RTCPeerConnection as JsSIP uses; every step succeeds at once. */
class SilentPeerConnection {
  readonly iceGatheringState = 'complete';
  readonly iceConnectionState = 'connected';
  readonly signalingState = 'stable';
  localDescription: Description | null = null;

  addEventListener(): void {}
  removeEventListener(): void {}
  close(): void {}

  createOffer(): Promise<Description> {
    return Promise.resolve({ type: 'offer', sdp: SDP });
  }

  createAnswer(): Promise<Description> {
    return Promise.resolve({ type: 'answer', sdp: SDP });
  }

  setLocalDescription(description: Description): Promise<void> {
    this.localDescription = description;
    return Promise.resolve();
  }

  setRemoteDescription(): Promise<void> {
    return Promise.resolve();
  }
}

class SilentSessionDescription {
  readonly type: string;
  readonly sdp: string;

  constructor(init: Description) {
    this.type = init.type;
    this.sdp = init.sdp;
  }
}

/** What a browser gives JsSIP and Node does not. */
export const BROWSER_GLOBALS = {
  window: globalThis,
  RTCPeerConnection: SilentPeerConnection,
  RTCSessionDescription: SilentSessionDescription,
} as const;

export class JsSipPhone implements Phone {
  readonly #agent: UA;

  constructor(user: string, plan: CalleePlan) {
    this.#agent = new UA({
      sockets: [new WebSocketInterface(SERVER)],
      uri: `sip:${user}@${DOMAIN}`,
      session_timers: false,
    });
    this.#agent.on('newRTCSession', ({ originator, session }: SessionEvent) => {
      if (originator === 'remote') void receive(session, plan);
    });
  }

  async start(): Promise<void> {
    const registered = new Promise<void>((resolve, reject) => {
      this.#agent.once('registered', () => resolve());
      this.#agent.once('registrationFailed', ({ cause }) => reject(new Error(cause)));
    });
    this.#agent.start();
    await registered;
  }

  async call(user: string, plan: CallerPlan): Promise<string> {
    const callId = new Promise<string>((resolve) => {
      this.#agent.once('newRTCSession', ({ request }: SessionEvent) => resolve(request.call_id));
    });
    await new Promise<void>((resolve) => {
      const session = this.#agent.call(`sip:${user}@${DOMAIN}`, NO_MEDIA);
      const later = () => void pause().then(() => session.terminate());
      if (plan === 'hang_up') session.once('confirmed', later);
      if (plan === 'cancel') session.once('progress', later);
      if (plan === 'vanish') session.once('confirmed', () => void pause().then(resolve));
      session.once('ended', () => resolve());
      session.once('failed', () => resolve());
    });
    return callId;
  }

  async stop(): Promise<void> {
    const disconnected = new Promise<void>((resolve) => {
      this.#agent.once('disconnected', () => resolve());
    });
    // It unregisters first.
    this.#agent.stop();
    await disconnected;
  }
}

interface SessionEvent {
  readonly originator: string;
  readonly session: RTCSession;
  readonly request: { readonly call_id: string };
}

/** The library has sent 180 by itself when it hands over the session. */
async function receive(session: RTCSession, plan: CalleePlan): Promise<void> {
  if (plan === 'ring') return;
  await pause();
  if (plan === 'answer') session.answer(NO_MEDIA);
  else session.terminate({ status_code: REFUSALS[plan] });
}
