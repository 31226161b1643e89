import {
  Inviter,
  type Session,
  type SessionDescriptionHandler,
  SessionState,
  UserAgent,
} from 'sip.js';
import type { DialledCall, PhonePlan } from './calls.ts';
import { CREDENTIALS, DOMAIN, SDP } from './dialog.ts';
import type { WebSocketClass } from './mirror.ts';
import { PHONE_CONTACT, PHONE_USER } from './pbx.ts';

const NO_MEDIA: SessionDescriptionHandler = {
  close: () => undefined,
  getDescription: () => Promise.resolve({ body: SDP, contentType: 'application/sdp' }),
  hasDescription: (contentType) => contentType === 'application/sdp',
  setDescription: () => Promise.resolve(),
  sendDtmf: () => false,
};

/** sip.js, with a stub in place of media. */
export class Phone {
  readonly #agent: UserAgent;

  private constructor(server: string) {
    this.#agent = new UserAgent({
      uri: addressOf(PHONE_USER),
      contactName: PHONE_CONTACT,
      authorizationUsername: PHONE_USER,
      authorizationPassword: PHONE_USER,
      transportOptions: { server },
      sessionDescriptionHandlerFactory: () => NO_MEDIA,
      logBuiltinEnabled: false,
      gracefulShutdown: false,
      // It sends 180 by itself, and 487 when the CANCEL comes.
      delegate: { onInvite: () => undefined },
    });
  }

  /** Connects to `server` through that WebSocket class: sip.js finds it nowhere but in the global scope. */
  static async start(server: string, socketClass: WebSocketClass): Promise<Phone> {
    const own = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket');
    Object.defineProperty(globalThis, 'WebSocket', { value: socketClass, configurable: true });
    try {
      const phone = new Phone(server);
      await phone.#agent.start();
      return phone;
    } finally {
      if (own === undefined) Reflect.deleteProperty(globalThis, 'WebSocket');
      else Object.defineProperty(globalThis, 'WebSocket', own);
    }
  }

  /** Dials and does what the plan says. `ended` resolves when the call is over. */
  dial({ number, phone }: Pick<DialledCall, 'number' | 'phone'>): {
    callId: string;
    ended: Promise<void>;
  } {
    const inviter = new Inviter(this.#agent, addressOf(number), { extraHeaders: [CREDENTIALS] });
    return { callId: inviter.request.callId, ended: play(inviter, phone) };
  }

  /** Disconnects. */
  async stop(): Promise<void> {
    await this.#agent.stop();
  }
}

async function play(inviter: Inviter, plan: PhonePlan): Promise<void> {
  const over = reaches(inviter, SessionState.Terminated);
  const moments = {
    answered: reaches(inviter, SessionState.Established),
    ...invite(inviter),
  };
  if (plan !== null) {
    await moments[plan.when];
    if (plan.send === 'CANCEL') await inviter.cancel();
    else {
      await new Promise<void>((resolve) => {
        void inviter.bye({ requestDelegate: { onAccept: () => resolve() } });
      });
    }
  }
  await over;
}

interface Moments {
  readonly trying: Promise<void>;
  readonly ringing: Promise<void>;
}

function invite(inviter: Inviter): Moments {
  let tried: () => void = () => undefined;
  let rang: () => void = () => undefined;
  const trying = new Promise<void>((resolve) => {
    tried = resolve;
  });
  const ringing = new Promise<void>((resolve) => {
    rang = resolve;
  });
  void inviter.invite({ requestDelegate: { onTrying: () => tried(), onProgress: () => rang() } });
  return { trying, ringing };
}

function reaches(session: Session, state: SessionState): Promise<void> {
  return new Promise((resolve) => {
    session.stateChange.addListener((now) => {
      if (now === state) resolve();
    });
  });
}

function addressOf(user: string) {
  const uri = UserAgent.makeURI(`sip:${user}@${DOMAIN}`);
  if (!uri) throw new Error(`${user} makes no URI`);
  return uri;
}
