/**
 * A browser that calls numbers at Asterisk through callfate's relay, one after the other, and waits until each call is
 * over. It does not register.
 *
 * Arguments: the library, then the numbers. Prints one line: their Call-IDs.
 */
import { UA, WebSocketInterface } from 'jssip';
import type { RTCSession } from 'jssip/lib/RTCSession.js';
import { Inviter, SessionState, UserAgent } from 'sip.js';
import { BROWSER_GLOBALS, NO_MEDIA } from './jssip-phone.ts';
import { Relayed } from './relayed.ts';
import { NO_MEDIA_HANDLER } from './sipjs-phone.ts';

const SERVER = 'ws://127.0.0.1:8061/ws';
const HOST = '127.0.0.1:5060';

/** Calls one number; resolves with the Call-ID when the call is over. */
type Call = (number: string) => Promise<string>;

async function withSipJs(): Promise<Call> {
  const agent = new UserAgent({
    uri: uriOf('browser'),
    transportOptions: { server: SERVER },
    sessionDescriptionHandlerFactory: () => NO_MEDIA_HANDLER,
    logBuiltinEnabled: false,
  });
  await agent.start();
  return async (number) => {
    const inviter = new Inviter(agent, uriOf(number));
    const over = new Promise<void>((resolve) => {
      inviter.stateChange.addListener((state) => {
        if (state === SessionState.Terminated) resolve();
      });
    });
    await inviter.invite();
    await over;
    return inviter.request.callId;
  };
}

async function withJsSip(): Promise<Call> {
  const agent = new UA({
    sockets: [new WebSocketInterface(SERVER)],
    uri: `sip:browser@${HOST}`,
    register: false,
    session_timers: false,
  });
  const connected = new Promise((resolve) => agent.once('connected', resolve));
  agent.start();
  await connected;
  return async (number) => {
    const callId = new Promise<string>((resolve) => {
      agent.once('newRTCSession', ({ request }: NewSession) => resolve(request.call_id));
    });
    await new Promise<void>((resolve) => {
      const session: RTCSession = agent.call(`sip:${number}@${HOST}`, NO_MEDIA);
      session.once('ended', () => resolve());
      session.once('failed', () => resolve());
    });
    return callId;
  };
}

interface NewSession {
  readonly request: { readonly call_id: string };
}

function uriOf(user: string) {
  const uri = UserAgent.makeURI(`sip:${user}@${HOST}`);
  if (!uri) throw new Error(`${user} makes no URI`);
  return uri;
}

const [library, ...numbers] = process.argv.slice(2);
Object.assign(globalThis, BROWSER_GLOBALS, { WebSocket: new Relayed().webSocketClass() });
const call = await (library === 'jssip' ? withJsSip() : withSipJs());
const callIds: string[] = [];
for (const number of numbers) callIds.push(await call(number));
process.stdout.write(`${JSON.stringify(callIds)}\n`, () => process.exit(0));
