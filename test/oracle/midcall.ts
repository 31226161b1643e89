import type { Leg, Scene, Side } from './scene.ts';

/** What goes on while a call is up, and leaves it up. */
const EVENTS: Readonly<Record<string, (s: Scene, leg: Leg, by: Side) => void>> = {
  reinvite: (s, leg, by) => reinvite(s, leg, by, 200),
  'reinvite-488': (s, leg, by) => reinvite(s, leg, by, 488),
  'reinvite-glare': (s, leg, by) => {
    const other = by === 'caller' ? 'callee' : 'caller';
    const at = s.now;
    reinvite(s, leg, by, 491);
    const after = s.now;
    s.now = at + 1;
    reinvite(s, leg, other, 491);
    s.now = Math.max(s.now, after);
    s.wait(2100, 4000);
    reinvite(s, leg, by, 200);
  },
  'session-refresh': (s, leg, by) => refresh(s, leg, by),
  hold: (s, leg, by) => {
    reinvite(s, leg, by, 200, 'sendonly');
    s.wait(200, 20_000);
    reinvite(s, leg, by, 200, 'sendrecv');
  },
  'hold-update': (s, leg, by) => {
    for (const direction of ['inactive', 'sendrecv']) {
      const update = s.within(leg, by, 'UPDATE', { body: s.sdp(direction) });
      s.now = update.respond(update.request(s.now), 200, { body: s.sdp() });
      s.wait(200, 9000);
    }
  },
  info: (s, leg, by) => plain(s, leg, by, 'INFO', 200),
  'options-405': (s, leg, by) => plain(s, leg, by, 'OPTIONS', 405),
  options: (s, leg, by) => plain(s, leg, by, 'OPTIONS', 200),
  message: (s, leg, by) => plain(s, leg, by, 'MESSAGE', 200),
};

export function midcall(s: Scene, leg: Leg): void {
  if (!s.random.chance(0.45)) return;
  for (let i = s.random.int(1, 3); i > 0; i--) {
    const name = s.random.pick(Object.keys(EVENTS));
    s.features.add(name);
    s.wait(60, 9000);
    EVENTS[name]?.(s, leg, s.random.pick(['caller', 'callee']));
  }
}

/** An UPDATE that refreshes the session, and whose 2xx sets no timer. */
export function refresh(s: Scene, leg: Leg, by: Side): void {
  const update = s.within(leg, by, 'UPDATE', {
    headers: [['Session-Expires', '1800;refresher=uac']],
  });
  s.now = update.respond(update.request(s.now), 200);
}

function plain(s: Scene, leg: Leg, by: Side, method: string, status: number): void {
  const request = s.within(leg, by, method);
  s.now = request.respond(request.request(s.now), status);
}

/** A re-INVITE with its final and its ACK; a refusal leaves the call as it was (RFC 3261 §14.1). */
export function reinvite(
  s: Scene,
  leg: Leg,
  by: Side,
  status: number,
  direction = 'sendrecv',
): void {
  // To a callee without a tag it has no To-tag, as a new call has (RFC 3261 §12.2.2): nobody could tell them apart.
  const sender = leg.tag === '' ? 'callee' : by;
  const request = s.within(leg, sender, 'INVITE', { body: s.sdp(direction) });
  const arrived = request.request(s.now);
  if (s.random.chance(0.6)) request.respond(arrived, 100);
  const last = request.path.length - 1;
  if (status >= 300) {
    let time = arrived;
    for (let k = last - 1; k >= 0; k--) {
      time = request.respond(time, status, { by: k + 1, until: k });
      request.hop(time, k, 'ACK', []);
    }
    s.now = time;
    return;
  }
  const back = request.respond(arrived + 2, status, { body: s.sdp() });
  const ack = s.within(leg, sender, 'ACK', { cseq: request.cseq });
  s.now = ack.request(back);
}
