import type { Node, Transaction } from './network.ts';
import type { Leg, Progress, Scene, Side } from './scene.ts';
import type { Header } from './wire.ts';

/** The steps that endings are made of. Each moves the scene's time on. */

/** Sends the INVITE, through whatever comes before it counts, to one callee or to several in parallel. */
export function dial(s: Scene): void {
  // Of more than 32 branches, such as three tries through thirteen hops have, the rest is not followed: a bound.
  if (s.plan.plain !== true && !s.odd.has('many-hops')) preamble(s);
  const forked = s.features.has('fork');
  s.network.decisive = true;
  const first = s.callees[0];
  if (first === undefined) throw new Error('no callee');
  const invite = s.initial([s.caller, ...s.proxies, first], s.renumbered);
  s.renumbered = false;
  const slow = s.proxies.length === 0 && invite.path[0]?.transport === 'UDP' && s.has('slow', 0.05);
  const arrivedAt = send(s, invite, 0);
  if (slow) invite.request(s.now + 500, 0, 0);
  s.legs = [{ invite, tag: s.tagOf(first), arrivedAt, over: false }];
  s.now = arrivedAt;
  if (!forked) {
    if (failsOver(s)) failOver(s);
    return;
  }
  for (const [n, callee] of s.callees.slice(1, -1).entries()) addLeg(s, callee, s.now + n, n + 1);
}

/** Along the hops from `from` on, each of which says 100 to the one before. */
function send(s: Scene, invite: Transaction, from: number): number {
  const links = invite.path.length - 1;
  let time = s.now;
  for (let k = from; k < links; k++) {
    time = invite.request(time, k, k);
    const proxied = k < links - 1;
    if (proxied || s.random.chance(0.7)) invite.respond(time, 100, { by: k + 1, until: k });
  }
  return time;
}

function addLeg(s: Scene, callee: Node, at: number, n: number): Leg {
  const k = s.forker;
  const invite = s.leg.invite.fork(k, [callee], `sip:${s.random.lower(6)}@${callee.sentBy}`, n);
  const arrivedAt = invite.request(at, k);
  if (s.random.chance(0.7)) invite.respond(arrivedAt, 100, { until: k });
  const leg = { invite, tag: s.tagOf(callee), arrivedAt, over: false };
  s.legs.push(leg);
  return leg;
}

/** Where only the far links are seen, nobody knows which branch the caller was told of. */
function failsOver(s: Scene): boolean {
  if (
    s.network.hidden ||
    s.proxies.length === 0 ||
    s.plan.plain === true ||
    s.network.sight === 'far'
  )
    return false;
  return s.has('failover-proxy', 0.12);
}

/** The last proxy tries the first callee, gets a refusal and goes on to the next. */
function failOver(s: Scene): void {
  const k = s.forker;
  const failed = s.leg;
  const status = s.random.pick([503, 500, 480, 408]);
  s.wait(20, 900);
  const at = failed.invite.respond(s.now, status, {
    until: k,
    toTag: failed.tag,
    headers: status === 503 ? [['Reason', 'Q.850;cause=34']] : [],
  });
  failed.invite.hop(at, k, 'ACK', [], failed.tag);
  const callee = s.callees.at(-1);
  if (callee === undefined) throw new Error('no callee to fail over to');
  const next = addLeg(s, callee, at + 1, 1);
  s.legs = [next];
  s.now = next.arrivedAt;
}

const REALM = 'Digest realm="example.com", nonce="abc"';

/** Challenge, redirection, too short a session interval, a gateway that is down: the attempt goes on. */
function preamble(s: Scene): void {
  const [first] = s.callees;
  if (first === undefined) return;
  const through = [s.caller, ...s.proxies, first];
  const nearest = s.proxies.length > 0 ? through.slice(0, 2) : through;
  // Without a branch of its own the next try looks like the first one sent again.
  const told = !(s.odd.has('branch-none') || s.odd.has('branch-0') || s.odd.has('branch-constant'));
  if (told && s.network.sight !== 'far' && s.has('failover-caller', 0.06)) failedGateway(s, first);
  if (s.has('redirect', 0.06)) redirected(s, nearest, through);
  if (s.odd.has('auth-chain')) for (const path of [through, nearest, through]) challenged(s, path);
  if (s.has('digest', 0.2)) challenged(s, s.random.chance(0.6) ? nearest : through);
  if (s.has('interval-422', 0.05)) refusedOnce(s, through, 422, [['Min-SE', '1800']]);
}

function redirected(s: Scene, nearest: readonly Node[], through: readonly Node[]): void {
  for (const status of s.odd.has('redirect-chain') ? [301, 380, 302] : [302]) {
    refusedOnce(s, s.random.chance(0.5) ? nearest : through, status, [
      ['Contact', '<sip:x@b.com>'],
    ]);
  }
}

/** RFC 3263 §4.3: the next server gets the same request with a new branch, so the CSeq stays. */
function failedGateway(s: Scene, callee: Node): void {
  const gateway: Node = { ...callee, address: '203.0.113.9:5060', sentBy: '203.0.113.9:5060' };
  const cause: Header[] = s.has('failover-q34', 0.5) ? [['Reason', 'Q.850;cause=34']] : [];
  refusedOnce(s, [s.caller, gateway], 503, [['Retry-After', '10'], ...cause]);
  s.renumbered = false;
}

function challenged(s: Scene, path: readonly Node[]): void {
  const proxy = path.at(-1)?.role === 'proxy';
  const name = proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  refusedOnce(s, path, proxy ? 407 : 401, [[name, REALM]]);
}

/** An INVITE that ends with this status; the next one has a higher CSeq unless the caller only fails over. */
export function refusedOnce(
  s: Scene,
  path: readonly Node[],
  status: number,
  headers: readonly Header[],
): void {
  const invite = s.initial(path, s.renumbered);
  s.renumbered = true;
  s.now = send(s, invite, 0);
  s.wait(1, 60);
  refuse(s, invite, status, headers, path.length - 1);
  s.wait(5, s.random.chance(0.1) ? 3500 : 150);
}

/** A final response of 300 or more to the client, with the ACK of each hop. */
function refuse(
  s: Scene,
  invite: Transaction,
  status: number,
  headers: readonly Header[],
  by: number,
  until = 0,
  toTag = s.tagOf(s.callees[0] ?? s.caller),
  far: readonly string[] = ['far'],
): void {
  for (let k = by - 1; k >= until; k--) {
    s.now = invite.respond(s.now, status, {
      by: k + 1,
      until: k,
      toTag,
      headers,
      proves: k === 0 ? ['final'] : [...far],
    });
    invite.hop(s.now, k, 'ACK', [], toTag);
  }
}

/** Provisional responses: the first leg's as told, those of other forks alike or none. */
export function progress(s: Scene, plan: Progress): void {
  const words = plan.split(' ').filter((word) => word !== '');
  for (const [n, leg] of s.legs.entries()) {
    if (n > 0 && s.random.chance(0.3)) continue;
    let at = leg.arrivedAt + s.random.int(5, 600);
    for (const word of words) {
      at = provisional(s, leg, Number.parseInt(word, 10), word.endsWith('+'), at);
      // What another tap tells within its lateness nobody can put in order: a caller queues for longer than that.
      at += s.random.int(word === '182' ? 250 : 20, 900);
    }
    if (s.odd.has('late-100')) leg.invite.respond(at - 10, 100, { until: s.forker });
    s.now = Math.max(s.now, at);
  }
}

/** Some gateways give no tag before the answer, or another one. */
function earlyTag({ odd, legs }: Scene, { tag }: Leg): { readonly toTag?: string } {
  if (odd.has('untagged-18x')) return {};
  return { toTag: odd.has('tag-moves') && legs.length === 1 ? `${tag}p` : tag };
}

function provisional(s: Scene, leg: Leg, status: number, media: boolean, at: number): number {
  const reliable = s.features.has('100rel') && status !== 181;
  const early = status === 183 && media;
  const until = 0;
  const arrived = leg.invite.respond(at, status, {
    until,
    ...(reliable ? { toTag: leg.tag } : earlyTag(s, leg)),
    headers: reliable
      ? [
          ['Require', '100rel'],
          ['RSeq', String(s.random.int(1, 9999))],
        ]
      : [],
    body: media ? s.sdp() : null,
    proves: status === 180 ? ['ringing'] : early ? ['early'] : [],
  });
  if (status === 180 && !s.rang) s.ringingAt = arrived;
  s.rang ||= status === 180;
  s.earlyMedia ||= early;
  if (!reliable) return arrived;
  const prack = s.within(leg, 'caller', 'PRACK', { headers: [['RAck', '1 1 INVITE']] });
  const done = prack.respond(prack.request(arrived), 200);
  if (!media || !s.has('early-update', 0.2)) return done;
  const update = s.within(leg, 'caller', 'UPDATE', { body: s.sdp() });
  return update.respond(update.request(done + 5), 200, { body: s.sdp() });
}

/** One leg answers; the proxy cancels the others. Without `acked` the ACK never comes. */
export function answer(s: Scene, acked = true): Leg {
  const winner = s.random.pick(s.legs);
  if (s.odd.has('late-invite') && winner.invite.path[0]?.transport === 'UDP') {
    winner.invite.request(s.now, 0, 0);
  }
  const at = respond200(s, winner);
  const passing = at - 1;
  const losers = s.legs.filter((leg) => leg !== winner && !leg.over);
  const reason: Header[] = s.random.chance(0.8)
    ? [['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]
    : [];
  for (const leg of losers) cancelLeg(leg, passing, s.forker, reason);
  s.now = at;
  s.answeredAt = at;
  if (acked) ack(s, winner, at);
  if (acked && s.odd.has('repeated-200')) repeat200(s, winner, at);
  return winner;
}

/** The ACK was lost behind the last tap: the 2xx comes again, and each time the ACK. */
function repeat200(s: Scene, leg: Leg, at: number): void {
  const { now } = s;
  for (const later of [500, 1500]) {
    s.now = now + later;
    respond200(s, leg);
  }
  s.now = Math.max(s.now, at) + 200;
}

export function respond200(s: Scene, leg: Leg, proves: readonly string[] = []): number {
  leg.over = true;
  return leg.invite.respond(s.now, s.odd.has('2xx-other') ? 202 : 200, {
    toTag: leg.tag,
    headers: [['Contact', `<sip:callee@${leg.invite.path.at(-1)?.sentBy}>`]],
    body: s.sdp(),
    proves: ['answer', ...proves],
  });
}

export function ack(s: Scene, leg: Leg, at: number): void {
  const late = s.features.has('late-offer') ? { body: s.sdp() } : {};
  const shared = s.odd.has('branch-ack') ? leg.invite.branches.slice(0, 1) : [];
  const request = s.within(leg, 'caller', 'ACK', { cseq: leg.invite.cseq, ...late }, shared);
  s.now = Math.max(s.now, request.request(at + 1));
}

/** The node at `first` of the leg's path cancels from there on: CANCEL, 200, 487, ACK of every hop. */
export function cancelLeg(
  leg: Leg,
  at: number,
  first: number,
  reason: readonly Header[],
  until = first,
): number {
  const { invite } = leg;
  const links = invite.path.length - 1;
  let time = at;
  for (let k = first; k < links; k++) {
    time = invite.hop(time, k, 'CANCEL', reason);
    const quick = invite.cancelled(time, k, leg.tag);
    if (k === links - 1) time = Math.max(time, quick);
  }
  leg.over = true;
  return terminated(leg, time, until);
}

/** 487 from the callee back to `until`, each hop with its ACK. */
export function terminated(leg: Leg, at: number, until: number): number {
  const { invite } = leg;
  let time = at;
  for (let k = invite.path.length - 2; k >= until; k--) {
    time = invite.respond(time, 487, { by: k + 1, until: k, toTag: leg.tag, proves: ['final'] });
    invite.hop(time, k, 'ACK', [], leg.tag);
  }
  return time;
}

/** The caller's CANCEL, through every fork. */
export function cancel(s: Scene, reason: readonly Header[]): void {
  const [first, ...others] = s.legs.filter((leg) => !leg.over);
  if (first === undefined) return;
  const { forker } = s;
  const at = s.now;
  const nearDone = cancelUpTo(first, at, forker, reason);
  for (const leg of others) cancelLeg(leg, nearDone, forker, reason);
  const far = cancelLeg(first, nearDone, forker, reason, 0);
  s.now = far;
}

function cancelUpTo(leg: Leg, at: number, forker: number, reason: readonly Header[]): number {
  let time = at;
  for (let k = 0; k < forker; k++) {
    time = leg.invite.hop(time, k, 'CANCEL', reason);
    leg.invite.cancelled(time, k, leg.tag);
  }
  return time;
}

/** The leg's refusal as far as the last proxy, or to the caller where there is none. */
export function refuseLeg(
  s: Scene,
  leg: Leg,
  status: number,
  headers: readonly Header[],
  until: number,
): void {
  leg.over = true;
  refuse(s, leg.invite, status, headers, leg.invite.path.length - 1, until, leg.tag);
}

/** A final response that the last proxy makes or passes on, to the caller. */
export function proxyRefuses(
  s: Scene,
  status: number,
  headers: readonly Header[],
  toTag: string = s.random.hex(12),
): void {
  // What a proxy rewrote proves nothing of what it got.
  const far = s.features.has('503-as-500') ? [] : ['far'];
  refuse(s, s.leg.invite, status, headers, s.forker, 0, toTag, far);
}

export function talk(s: Scene): void {
  s.wait(20, s.random.pick([50, 900, 20_000, 60_000, 600_000]));
}

/** BYE of one side, and its answer. */
export function bye(s: Scene, leg: Leg, by: Side, reason: readonly Header[] = []): void {
  const up = s.now - s.answeredAt;
  if (by === 'callee' && up > 29_000 && up < 42_000) s.features.add('callee-bye-at-32s');
  const request = s.within(leg, by, 'BYE', { headers: reason });
  const arrived = request.request(s.now);
  const fate = s.random.next();
  if (fate < 0.06) {
    s.features.add('bye-challenged');
    const back = request.respond(arrived, 401, { headers: [['WWW-Authenticate', REALM]] });
    const credentials: Header = ['Authorization', REALM];
    const again = s.within(leg, by, 'BYE', { headers: [credentials, ...reason] });
    s.now = again.respond(again.request(back + 20), 200);
  } else if (fate < 0.1) {
    s.features.add('bye-481');
    s.now = request.respond(arrived, 481);
  } else if (fate < 0.14) {
    s.features.add('bye-unanswered');
    for (const later of [500, 1500, 3500, 7500]) request.request(s.now + later);
    const proxied = request.path.length > 2;
    if (proxied) request.respond(s.now + 32_000, 408, { by: 1 });
    s.now += 32_100;
  } else {
    s.now = request.respond(arrived + s.random.int(1, 20), 200);
  }
}
