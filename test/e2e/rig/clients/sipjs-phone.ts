/** sip.js with no media behind it. */
import {
  type Invitation,
  Inviter,
  Registerer,
  RegistererState,
  type Session,
  type SessionDescriptionHandler,
  SessionState,
  UserAgent,
} from 'sip.js';
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

export const NO_MEDIA_HANDLER: SessionDescriptionHandler = {
  close: () => undefined,
  getDescription: () => Promise.resolve({ body: SDP, contentType: 'application/sdp' }),
  hasDescription: (contentType) => contentType === 'application/sdp',
  setDescription: () => Promise.resolve(),
  sendDtmf: () => false,
};

export class SipJsPhone implements Phone {
  readonly #agent: UserAgent;
  readonly #registerer: Registerer;

  constructor(user: string, plan: CalleePlan) {
    this.#agent = new UserAgent({
      uri: addressOf(user),
      transportOptions: { server: SERVER },
      sessionDescriptionHandlerFactory: () => NO_MEDIA_HANDLER,
      logBuiltinEnabled: false,
      delegate: {
        onInvite: (invitation) => {
          void receive(invitation, plan);
        },
      },
    });
    this.#registerer = new Registerer(this.#agent);
  }

  async start(): Promise<void> {
    await this.#agent.start();
    const registered = this.#reaches(RegistererState.Registered);
    await this.#registerer.register();
    await registered;
  }

  async call(user: string, plan: CallerPlan): Promise<string> {
    const inviter = new Inviter(this.#agent, addressOf(user));
    const over = reaches(inviter, SessionState.Terminated);
    const answered = reaches(inviter, SessionState.Established);
    const ringing = new Promise<void>((resolve) => {
      void inviter.invite({
        requestDelegate: {
          onProgress: ({ message }) => {
            if (message.statusCode === 180) resolve();
          },
        },
      });
    });
    if (plan === 'vanish') {
      await answered;
      await pause();
      return inviter.request.callId;
    }
    if (plan === 'hang_up') {
      await answered;
      await pause();
      await new Promise<void>((resolve) => {
        void inviter.bye({ requestDelegate: { onAccept: () => resolve() } });
      });
    }
    if (plan === 'cancel') {
      await ringing;
      await pause();
      await inviter.cancel();
    }
    await over;
    return inviter.request.callId;
  }

  async stop(): Promise<void> {
    const unregistered = this.#reaches(RegistererState.Unregistered);
    await this.#registerer.unregister();
    await unregistered;
    await this.#agent.stop();
  }

  #reaches(state: RegistererState): Promise<void> {
    return new Promise((resolve) => {
      this.#registerer.stateChange.addListener((now) => {
        if (now === state) resolve();
      });
    });
  }
}

/** The library has sent 180 by itself when it hands over the invitation. */
async function receive(invitation: Invitation, plan: CalleePlan): Promise<void> {
  if (plan === 'ring') return;
  await pause();
  if (plan === 'answer') await invitation.accept();
  else await invitation.reject({ statusCode: REFUSALS[plan] });
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
