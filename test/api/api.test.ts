/** The API over real HTTP, on calls that the engine judged; every answer is held to the document that it serves. */
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { CallDetail } from '../../src/api/call-ladder.ts';
import type { CallRow } from '../../src/api/call-row.ts';
import { ENDPOINTS } from '../../src/api/endpoints.ts';
import { openApiDocument } from '../../src/api/openapi.ts';
import type { Parameter } from '../../src/api/parameters.ts';
import type { Summary } from '../../src/api/summary.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { CALLER_BYE, CANCELLED } from '../support/calls.ts';
import { Desk, type DeskOptions, tell } from '../support/recent.ts';

const SESSION = 'ab30317f1a784dc48ff824d0d3715d86';
/** Digits that the callee and the Call-ID share. */
const NUMBER = '4930123456';

const BUSY = tell(
  `0 > INVITE id=busy-${NUMBER} caller=alice callee=+${NUMBER}
   20 < 100 id=busy-${NUMBER}
   500 < 486 id=busy-${NUMBER} | Reason: Q.850;cause=34
   510 > ACK id=busy-${NUMBER} fail`,
);
const TWO_LEGS = tell(
  `0 > INVITE id=a | Session-ID: ${SESSION};remote=00000000000000000000000000000000
   50 > INVITE id=b from=b1 src=10.0.0.2:5060 dst=10.0.0.9:5060 | Session-ID: ${SESSION};remote=00000000000000000000000000000000
   400 < 503 id=b from=b1 src=10.0.0.9:5060 dst=10.0.0.2:5060 | Reason: Q.850;cause=34
   500 < 500 id=a`,
);
const COMPLETED = tell(CALLER_BYE);
const GAVE_UP = tell(CANCELLED);
const EVERY = [...BUSY, ...TWO_LEGS, ...COMPLETED, ...GAVE_UP];

const desks: Desk[] = [];
afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});

async function open(options: DeskOptions = {}): Promise<Desk> {
  const desk = await new Desk(options).open();
  desks.push(desk);
  desk.add(...EVERY);
  return desk;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Parameters<typeof z.fromJSONSchema>[0];
  }[];
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content: Readonly<Record<string, { schema: { $ref: string } }>>;
      }
    >
  >;
  readonly security?: readonly object[];
}

const DOCUMENT = JSON.parse(JSON.stringify(openApiDocument())) as {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Parameters<typeof z.fromJSONSchema>[0]>>;
  };
};

function schemaOf(operation: Operation, status: number, type: string): z.ZodType {
  const media = type.split(';')[0] ?? '';
  const name = operation.responses[status]?.content[media]?.schema.$ref.split('/').at(-1) ?? '';
  const schema = DOCUMENT.components.schemas[name];
  if (schema === undefined) throw new Error(`${operation.operationId} has no ${status} ${media}`);
  return z.fromJSONSchema(schema);
}

/** Asks, and holds status, type and body of the answer to the document. */
async function ask(desk: Desk, path: string, headers: Record<string, string> = {}) {
  const answer = await desk.ask(path, headers);
  const bare = path.split('?')[0] ?? '';
  const row = ENDPOINTS.find((one) => {
    const [before = '', after] = one.path.split('{id}');
    return after === undefined ? bare === one.path : bare.startsWith(before);
  });
  const operation = DOCUMENT.paths[row?.path ?? '']?.[row?.method ?? ''];
  if (operation === undefined) throw new Error(`${path} is not in the document`);
  schemaOf(operation, answer.status, answer.type).parse(answer.body);
  return answer;
}

const callsOf = (body: unknown): readonly CallRow[] =>
  (body as { calls: readonly CallRow[] }).calls;
const idsOf = (body: unknown): string[] => callsOf(body).map(({ callId }) => callId);

describe('the document', () => {
  test('is OpenAPI 3.1 and is served as it is', async () => {
    const desk = await open();
    const { status, body } = await ask(desk, '/v1/openapi.json');
    expect(status).toBe(200);
    expect(body).toEqual(DOCUMENT);
    expect(DOCUMENT.openapi).toBe('3.1.0');
  });

  test('every reference leads somewhere', () => {
    const references = JSON.stringify(DOCUMENT).match(/#\/components\/schemas\/\w+/g) ?? [];
    expect(references.length).toBeGreaterThan(ENDPOINTS.length);
    const names = references.map((one) => one.split('/').at(-1) ?? '');
    expect(names.filter((name) => !(name in DOCUMENT.components.schemas))).toEqual([]);
  });

  test.each(ENDPOINTS.filter(({ method }) => method === 'get'))(
    '$path is there, asks for the token, and knows no other method',
    async ({ path }) => {
      const desk = await open({ http: { bearerToken: () => 'secret-1' } });
      const id = BUSY[0]?.verdict.id ?? '';
      const url = `${path.replace('{id}', id)}${path.endsWith('explain') ? '?q=486' : ''}`;
      const headers = { Authorization: 'Bearer secret-1' };
      expect((await desk.ask(url, headers, 'HEAD')).status).toBe(200);
      expect((await ask(desk, url)).status).toBe(401);
      const refused = await desk.ask(url, headers, 'DELETE');
      expect(refused.status).toBe(405);
      expect(refused.headers.get('allow')).toBe('GET, HEAD');
      expect(refused.type).toBe('application/problem+json');
    },
  );

  test('facts that are all refused are answered as it says, under a token of their own', async () => {
    const operation = DOCUMENT.paths['/v1/context']?.post;
    if (operation === undefined) throw new Error('it is not in the document');
    const desk = await open({
      http: {
        bearerToken: () => 'secret-1',
        context: {
          token: () => 'secret-2',
          maxBodyBytes: 4096,
          maxBatch: 3,
          submit: () => null,
          onEvent: () => undefined,
          onRefused: () => undefined,
        },
      },
    });
    const tell = async (token: string) => {
      const answer = await fetch(`http://127.0.0.1:${desk.port}/v1/context`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${token}`,
          'Content-Type': 'application/cloudevents+json',
        },
        body: '{}',
      });
      const type = answer.headers.get('content-type') ?? '';
      schemaOf(operation, answer.status, type).parse(await answer.json());
      return answer.status;
    };
    expect([await tell('secret-2'), await tell('secret-1')]).toEqual([422, 401]);
    expect(operation.security).toEqual([{ contextToken: [] }, { certificate: [] }, {}]);
    expect(operation.responses[401]?.description).toContain('context.api.token');
    const refused = Object.values(DOCUMENT.paths).flatMap((path) => Object.values(path));
    for (const { responses } of refused) expect(responses[403]?.description).toContain('Host');
  });

  test('a path that is not there is a problem too', async () => {
    const desk = await open();
    for (const path of [
      '/v1/nothing',
      '/v1/calls/',
      '/v1/calls/a/b',
      `/v1/calls/${'x'.repeat(200)}`,
    ]) {
      const { status, type } = await desk.ask(path);
      expect({ path, status, type }).toEqual({
        path,
        status: 404,
        type: 'application/problem+json',
      });
    }
  });

  /** A value that its row allows. */
  const good = (row: Parameter): string => {
    switch (row.kind) {
      case 'word':
        return row.choices[0] ?? '';
      case 'reason':
        return 'user_busy';
      case 'time':
        return '2026-11-21T10:00:00Z';
      case 'integer':
        return String(row.max);
      case 'text':
        return row.name === 'cursor' ? 'test-1' : '486';
    }
  };
  const CASES = ENDPOINTS.filter(
    ({ method, id }) => method === 'get' && id !== 'streamCalls',
  ).flatMap(({ path, parameters }) =>
    parameters.map((row: Parameter) => ({ path, row, name: row.name })),
  );

  test.each(CASES)('$path takes $name as the document says', async ({ path, row }) => {
    const desk = await open();
    const operation = DOCUMENT.paths[path]?.get;
    const documented = operation?.parameters.find(({ name }) => name === row.name);
    expect(documented?.in).toBe('query');
    const value = good(row);
    const typed = row.kind === 'integer' ? Number(value) : value;
    z.fromJSONSchema(documented?.schema ?? {}).parse(typed);
    expect((await ask(desk, `${path}?${row.name}=${encodeURIComponent(value)}`)).status).toBe(200);
    if (path === '/v1/explain') return;
    const wrong = row.kind === 'text' ? '' : 'no such thing';
    const refused = await ask(desk, `${path}?${row.name}=${encodeURIComponent(wrong)}`);
    expect(refused.status).toBe(400);
    expect(refused.text).toContain(`"detail":"${row.name}: `);
  });

  test.each([
    '/v1/calls',
    '/v1/stream',
    '/v1/summary',
    '/v1/health',
    '/v1/vocabularies',
    '/v1/explain',
  ])('%s refuses parameters that it does not know, and those given twice', async (path) => {
    const desk = await open();
    expect((await ask(desk, `${path}?colour=red`)).status).toBe(400);
    expect((await ask(desk, `${path}?window=60&window=60`)).status).toBe(400);
    expect((await ask(desk, `${path}?q=486&foo=1`)).status).toBe(400);
    expect((await ask(desk, `${path}?q=486&q=487`)).status).toBe(400);
  });
});

describe('/v1/calls', () => {
  test('lists the newest first, page by page, each once', async () => {
    const desk = await open();
    const seen: string[] = [];
    let next: string | null = null;
    do {
      const cursor: string = next === null ? '' : `&cursor=${next}`;
      const { body } = await ask(desk, `/v1/calls?limit=1${cursor}`);
      seen.push(...callsOf(body).map(({ id }) => id));
      next = (body as { next: string | null }).next;
    } while (next !== null);
    expect(seen).toEqual(EVERY.map(({ verdict }) => verdict.id).toReversed());
  });

  test('a page goes on where it was, whatever ended since', async () => {
    const desk = await open();
    const first = (await ask(desk, '/v1/calls?limit=2')).body as { next: string };
    desk.add(...COMPLETED);
    const { body } = await ask(desk, `/v1/calls?limit=2&cursor=${first.next}`);
    expect(callsOf(body).map(({ id }) => id)).toEqual(
      EVERY.slice(0, -2)
        .map(({ verdict }) => verdict.id)
        .toReversed(),
    );
  });

  test('a cursor of an earlier run is gone', async () => {
    const desk = await open();
    expect((await ask(desk, '/v1/calls?cursor=other-3')).status).toBe(410);
    expect((await ask(desk, '/v1/calls?cursor=%3Cb%3E')).status).toBe(400);
  });

  test('gives whole verdicts for the asking', async () => {
    const desk = await open();
    const { body } = await ask(desk, '/v1/calls?view=verdict&limit=1');
    expect((body as { calls: readonly Verdict[] }).calls[0]).toEqual(GAVE_UP[0]?.verdict);
  });

  const BUSY_ID = `busy-${NUMBER}`;
  test.each([
    ['outcome=busy', [BUSY_ID]],
    ['reason=normal_clearing_caller', ['call-1']],
    ['attribution=carrier', ['a']],
    ['direction=inbound', []],
    ['abnormal=true', ['a']],
    ['peer=other&outcome=completed', ['call-1']],
    ['peer=nobody', []],
    ['callId=b', ['a']],
    [`number=%2B${NUMBER}`, [BUSY_ID]],
    [`number=${NUMBER}`, [BUSY_ID]],
    [`number=sip:${NUMBER}@example.com`, [BUSY_ID]],
    ['number=493012345', []],
    ['q=user_busy', [BUSY_ID]],
    ['q=busy-', [BUSY_ID]],
    [`q=${NUMBER}`, [BUSY_ID]],
    ['q=b', [BUSY_ID, 'a'].toReversed()],
    ['from=2026-11-21T10:00:05Z', ['call-1']],
    ['to=2026-11-21T10:00:00.501%2B00:00&from=2026-11-21T10:00:00.500Z', ['a', BUSY_ID]],
  ])('%s', async (query, expected) => {
    const desk = await open();
    expect(idsOf((await ask(desk, `/v1/calls?${query}`)).body)).toEqual(expected);
  });
});

describe('numbers', () => {
  test('are hashes everywhere unless they are to be shown, and are found all the same', async () => {
    const desk = await open({ redact: true });
    const id = BUSY[0]?.verdict.id ?? '';
    const paths = ['/v1/calls', '/v1/calls?view=verdict', `/v1/calls/${id}`];
    for (const path of paths) expect((await ask(desk, path)).text).not.toContain(NUMBER);
    const hash = desk.redactor?.hash(NUMBER) ?? '';
    for (const query of [`number=${NUMBER}`, `number=${hash}`, `q=${hash}`, `q=%2B${NUMBER}`]) {
      const { body } = await ask(desk, `/v1/calls?${query}`);
      expect(callsOf(body).map((call) => call.id)).toEqual([id]);
    }
    // As sent it is found whole, but digits cannot be guessed one by one.
    expect(callsOf((await ask(desk, `/v1/calls?callId=busy-${NUMBER}`)).body)).toHaveLength(1);
    expect(callsOf((await ask(desk, '/v1/calls?q=busy-4930')).body)).toEqual([]);
  });

  test('of one leg are hashes in the texts and Call-IDs of the others, and are found', async () => {
    const number = '15551234567';
    const text = `Reason: Q.850;cause=21;text="roberta refused, ${number} too"`;
    const second = `id=b2b-${number} from=b1 caller=trunk callee=roberta`;
    const told = tell(
      `0 > INVITE id=a caller=${number} callee=18005550100 | Session-ID: ${SESSION};remote=00000000000000000000000000000000
       50 > INVITE ${second} src=10.0.0.2:5060 dst=10.0.0.9:5060 | Session-ID: ${SESSION};remote=00000000000000000000000000000000
       400 < 403 ${second} src=10.0.0.9:5060 dst=10.0.0.2:5060 | ${text}
       500 < 403 id=a | ${text}`,
    );
    const id = told[0]?.verdict.id;
    expect(told[0]?.verdict.legs).toHaveLength(2);
    const desk = await open({ redact: true });
    desk.add(...told);
    for (const path of ['/v1/calls', '/v1/calls?view=verdict', `/v1/calls/${id}`]) {
      expect((await ask(desk, path)).text).not.toMatch(/15551234567|18005550100|roberta|trunk/);
    }
    for (const query of [
      'number=roberta',
      `q=${number}`,
      `number=${desk.redactor?.hash('trunk')}`,
    ]) {
      const { body } = await ask(desk, `/v1/calls?${query}`);
      expect(callsOf(body).map((call) => call.id)).toEqual([id]);
    }
  });

  test('of the legs are hashes too', async () => {
    const desk = await open({ redact: true });
    const { body } = await ask(desk, `/v1/calls/${TWO_LEGS[0]?.verdict.id}`);
    const { legs, verdict } = body as CallDetail;
    expect(legs.map(({ caller }) => caller)).toEqual([verdict.caller, verdict.caller]);
    expect(verdict.caller).toMatch(/^n:/);
  });
});

describe('/v1/calls/{id}', () => {
  test('tells the verdict, what to do, and which message decided', async () => {
    const desk = await open();
    const { body } = await ask(desk, `/v1/calls/${BUSY[0]?.verdict.id}`);
    const { verdict, ladder, legs } = body as CallDetail;
    expect(verdict).toEqual(BUSY[0]?.verdict);
    expect(legs).toHaveLength(1);
    expect(body).toMatchObject({ advice: expect.any(String), source: expect.any(String) });
    expect(ladder?.hosts).toEqual(['10.0.0.1:5060', '10.0.0.2:5060']);
    expect(ladder?.messages.map(({ label, mark, from, to }) => [label, mark, from, to])).toEqual([
      ['INVITE', null, 0, 1],
      ['100 Trying', null, 1, 0],
      ['486 Busy Here', 'decided', 1, 0],
      ['ACK', null, 0, 1],
    ]);
    const [, , final] = ladder?.messages ?? [];
    expect(final?.at).toBe('2026-11-21T10:00:00.500Z');
    const values = final?.evidence.map((index) => verdict.evidence[index]?.value);
    expect(values?.toSorted()).toEqual(['34', '486']);
  });

  test('tells of every leg, by the id of each', async () => {
    const desk = await open();
    const [told] = TWO_LEGS;
    expect(told?.verdict.legs).toHaveLength(2);
    for (const id of told?.verdict.legs ?? []) {
      const { legs, ladder, verdict } = (await ask(desk, `/v1/calls/${id}`)).body as CallDetail;
      expect(verdict.id).toBe(told?.verdict.id);
      expect(legs.map(({ callId, status }) => [callId, status])).toEqual([
        ['a', 500],
        ['b', 503],
      ]);
      expect(ladder?.messages.map(({ leg, label }) => `${leg} ${label}`)).toEqual([
        '0 INVITE',
        '1 INVITE',
        '1 503 Service Unavailable',
        '0 500 Server Internal Error',
      ]);
      expect(ladder?.messages[2]?.mark).toBe('decided');
    }
  });

  test('is 404 for what is not kept', async () => {
    const desk = await open();
    expect((await ask(desk, '/v1/calls/0123456789abcdef')).status).toBe(404);
  });
});

describe('/v1/summary', () => {
  test('counts what ended within the window', async () => {
    const desk = await open();
    const first = (await ask(desk, '/v1/summary')).body as Summary;
    expect(first).toMatchObject({ calls: 4, abnormal: 1, window: 300 });
    expect(first.outcomes).toMatchObject({
      busy: 1,
      failed: 1,
      completed: 1,
      cancelled: 1,
      lost: 0,
    });
    expect(first.reasons.filter(({ abnormal }) => abnormal).map(({ reason }) => reason)).toEqual([
      'no_circuit_available',
    ]);
    expect(first.peers).toMatchObject([{ peer: 'other', calls: 4, abnormal: 1 }]);
    desk.now += 100_000;
    expect((await ask(desk, '/v1/summary?window=60')).body).toMatchObject({ calls: 0, peers: [] });
    expect((await ask(desk, '/v1/summary?window=120')).body).toMatchObject({ calls: 4 });
    // All of the window, wherever in a slot it begins.
    const from = (await ask(desk, '/v1/summary?window=60')).body as Summary;
    expect(Date.parse(from.from)).toBeLessThanOrEqual(desk.now - 60_000);
    desk.now += 8000;
    expect((await ask(desk, '/v1/summary?window=108')).body).toMatchObject({ calls: 4 });
    expect((await ask(desk, '/v1/summary?window=110')).body).toMatchObject({ calls: 4 });
    // The slots come round again.
    desk.now += 3_600_000;
    desk.add(...COMPLETED);
    expect((await ask(desk, '/v1/summary?window=3600')).body).toMatchObject({ calls: 1 });
  });
});

test('/v1/health tells input and laws', async () => {
  const desk = await open();
  const { body } = await ask(desk, '/v1/health');
  expect(body).toMatchObject({ laws: { attempts: true, calls: true }, parts: { engine: true } });
});

test('/v1/vocabularies lists every code', async () => {
  const desk = await open();
  const { body } = await ask(desk, '/v1/vocabularies');
  const { vocabularies } = body as { vocabularies: { codes: unknown[]; enabled: boolean }[] };
  expect(vocabularies).toHaveLength(5);
  expect(vocabularies.flatMap(({ codes }) => codes)).toHaveLength(168);
  expect(vocabularies.every(({ enabled }) => enabled)).toBe(true);
});
