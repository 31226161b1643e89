import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeHep } from '../support/hep.ts';
import { Sidecar } from '../support/sidecar.ts';
import { until, untilAsync } from '../support/until.ts';

let sidecar: Sidecar;

beforeEach(async () => {
  sidecar = await Sidecar.prepare();
  sidecar.configure();
});

afterEach(() => sidecar.close());

/** One message of call `id`: INVITE, a final response to it, or its ACK. */
function message(id: string, firstLine: string, cseq: string, toTag = ''): Buffer {
  const payload = [
    firstLine,
    `Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK${id}`,
    'From: <sip:1001@example.com>;tag=a',
    `To: <sip:2002@example.com>${toTag}`,
    `Call-ID: ${id}`,
    `CSeq: ${cseq}`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
  return encodeHep({ payload, at: Date.now() });
}

const invite = (id: string): Buffer =>
  message(id, 'INVITE sip:2002@example.com SIP/2.0', '1 INVITE');
const busy = (id: string): Buffer => message(id, 'SIP/2.0 486 Busy Here', '1 INVITE', ';tag=b');

async function started(): Promise<void> {
  sidecar.start();
  await sidecar.ready();
  expect(sidecar.stderr).toContain('is ready');
}

const untilMetric = (line: string, value: string): Promise<void> =>
  untilAsync(async () => (await sidecar.metric(line)) === value);

describe('callfate run', () => {
  test('says where to send SIP and where to scrape', async () => {
    await started();
    const { http, websocket, hep } = sidecar.ports;
    expect(sidecar.stderr).toContain(`ws://127.0.0.1:${websocket}/`);
    expect(sidecar.stderr).toContain(`127.0.0.1:${hep}`);
    expect(sidecar.stderr).toContain(`http://127.0.0.1:${http}/metrics`);
  });

  test('judges a call that came over HEP, and counts and logs it once', async () => {
    await started();
    await sidecar.send(invite('one'), busy('one'));
    await until(() => sidecar.calls().length === 1);
    const [call] = sidecar.calls();
    expect(call).toMatchObject({ callId: 'one', outcome: 'busy', reason: 'user_busy' });
    expect(await sidecar.metric('callfate_attempts_started_total')).toBe('1');
    expect(
      await sidecar.metric(
        'callfate_attempts_ended_total{direction="unknown",outcome="busy",reason="user_busy",attribution="callee"}',
      ),
    ).toBe('1');
    expect(await sidecar.metric('callfate_attempts_active')).toBe('0');
  });

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends every call, writes it, and exits 0',
    async (signal) => {
      await started();
      await sidecar.send(invite('cut-off'));
      await untilMetric('callfate_attempts_active', '1');
      sidecar.signal(signal);
      expect(await sidecar.exited()).toBe(0);
      expect(sidecar.calls()).toHaveLength(1);
      expect(sidecar.calls()[0]).toMatchObject({
        callId: 'cut-off',
        outcome: 'lost',
        reason: 'observer_stopped',
        endedBy: 'observer',
      });
    },
  );

  test('SIGTERM writes every call, however small the queue of verdicts is', async () => {
    sidecar.configure('limits: {verdictQueue: 8}');
    await started();
    const ids = Array.from({ length: 200 }, (_, i) => `call-${i}`);
    for (const id of ids) await sidecar.send(invite(id));
    await untilMetric('callfate_attempts_active', '200');
    sidecar.signal('SIGTERM');
    expect(await sidecar.exited()).toBe(0);
    expect(sidecar.calls().map((call) => call.callId)).toEqual(ids);
  });

  test('SIGTERM beside a reader that stands still waits for a moment, and says what it did not take', async () => {
    await started();
    sidecar.stopReading();
    const count = 900;
    for (let i = 0; i < count; i++) await sidecar.send(invite(`call-${i}`));
    await untilMetric('callfate_attempts_active', `${count}`);
    sidecar.signal('SIGTERM');
    const told = /^callfate: standard output did not take (\d+) lines of the log$/m;
    await until(() => told.test(sidecar.stderr));
    sidecar.read();
    expect(await sidecar.exited()).toBe(0);
    // The line that was cut in its middle counts as not taken, and stands there all the same.
    const whole = sidecar.stdout.slice(0, sidecar.stdout.lastIndexOf('\n') + 1);
    const calls = whole.split('\n').filter((line) => line.includes('"msg":"call ended"'));
    expect(calls.length + Number(told.exec(sidecar.stderr)?.[1])).toBe(count);
  });

  test('SIGHUP while it starts is no end', async () => {
    // Node tells of the engine's thread when it is made, which is before the rest is loaded.
    const early = 'process.once("worker", () => process.kill(process.pid, "SIGHUP"));';
    sidecar.start(undefined, [
      process.execPath,
      '--import',
      `data:text/javascript,${encodeURIComponent(early)}`,
    ]);
    await sidecar.ready();
    expect(sidecar.stderr).toContain('is ready');
    expect(await sidecar.metric('callfate_config_last_reload_successful')).toBe('1');
  });

  test('SIGHUP takes new peers over, and keeps the counters', async () => {
    await started();
    await sidecar.send(invite('before'), busy('before'));
    await until(() => sidecar.calls().length === 1);
    sidecar.configure('peers: [{name: trunk, role: carrier, addresses: [192.0.2.2]}]');
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration reloaded'));
    await sidecar.send(invite('after'), busy('after'));
    await until(() => sidecar.calls().length === 2);
    expect(sidecar.calls()[1]).toMatchObject({ peerOut: 'trunk', direction: 'outbound' });
    await untilMetric('callfate_attempts_started_total', '2');
    expect(await sidecar.metric('callfate_config_last_reload_successful')).toBe('1');
  });

  test('SIGHUP that reorders peers leaves a call in progress with its own', async () => {
    const trunk = '{name: trunk, role: carrier, addresses: [192.0.2.2]}';
    const desk = '{name: desk, role: agent, addresses: [192.0.2.1]}';
    sidecar.configure(`peers: [${trunk}, ${desk}]`);
    await started();
    await sidecar.send(invite('across'));
    await untilMetric('callfate_attempts_active', '1');
    sidecar.configure(
      `peers: [{name: new, role: pbx, addresses: [198.51.100.1]}, ${desk}, ${trunk}]`,
    );
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration reloaded'));
    await sidecar.send(busy('across'));
    await until(() => sidecar.calls().length === 1);
    expect(sidecar.calls()[0]).toMatchObject({ peerIn: 'desk', peerOut: 'trunk' });
  });

  test('SIGHUP reads vocabularies again, whole or not at all, and keeps their counts', async () => {
    const own = join(dirname(sidecar.file), 'own.yaml');
    const write = (name: string): void => {
      const code = `{field: f, code: "1", name: ${name}, scope: call, evidence: signalling, reason: user_busy, when: {}}`;
      writeFileSync(own, `vocabulary: acme\ntitle: Acme\nsource: x\ncodes:\n  - ${code}\n`);
    };
    const counter = (name: string): string =>
      `callfate_vocabulary_total{vocabulary="acme",field="f",code="1",name="${name}"}`;
    const retell =
      'callfate_vocabulary_total{vocabulary="retell",field="disconnection_reason",code="dial_busy",name="dial_busy"}';
    write('first');
    sidecar.configure('vocabularies: {enabled: [retell], files: [own.yaml]}');
    await started();
    await untilMetric(counter('first'), '0');
    await sidecar.send(invite('before'), busy('before'));
    await until(() => sidecar.calls().length === 1);
    expect(sidecar.calls()[0]).toMatchObject({
      vocabularies: {
        retell: { disconnection_reason: { name: 'dial_busy' } },
        acme: { f: { code: '1', name: 'first' } },
      },
    });
    await untilMetric(counter('first'), '1');

    writeFileSync(own, 'vocabulary: acme');
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration not reloaded'));
    expect(sidecar.stderr).toContain('own.yaml:1:1: title: missing');
    expect(await sidecar.metric(counter('first'))).toBe('1');

    write('second');
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration reloaded'));
    await sidecar.send(invite('after'), busy('after'));
    await until(() => sidecar.calls().length === 2);
    expect(sidecar.calls()[1]).toMatchObject({ vocabularies: { acme: { f: { name: 'second' } } } });
    await untilMetric(counter('second'), '1');
    await untilMetric(retell, '2');
    expect(await sidecar.metric(counter('first'))).toBeUndefined();
  });

  test('/v1/explain knows the vocabularies of the configuration', async () => {
    await started();
    const url = `http://127.0.0.1:${sidecar.ports.http}/v1/explain?q=tencent-ccc:206`;
    expect(await (await fetch(url)).json()).toMatchObject({ matches: [{ reason: 'user_busy' }] });
  });

  test.each([
    ['a broken file', 'peers: [{name: x}]', 'CFG_'],
    ['a key that needs a restart', 'limits: {verdictQueue: 77}', 'limits.verdictQueue'],
  ])('SIGHUP with %s keeps the old configuration and says so', async (_, more, told) => {
    await started();
    sidecar.configure(more);
    sidecar.signal('SIGHUP');
    await until(() => sidecar.stdout.includes('configuration not reloaded'));
    expect(sidecar.stderr).toContain(told);
    expect(await sidecar.metric('callfate_config_last_reload_successful')).toBe('0');
    await sidecar.send(invite('still'), busy('still'));
    await until(() => sidecar.calls().length === 1);
  });

  test('a port that is taken is one clear line and exit code 1', async () => {
    await started();
    const second = await Sidecar.prepare();
    try {
      writeFileSync(
        second.file,
        `http: {port: ${sidecar.ports.http}}\nwebsocket: {enabled: false}\nhep: {udp: {enabled: false}}\n`,
      );
      second.start();
      expect(await second.exited()).toBe(1);
      expect(second.stderr).toContain(`127.0.0.1:${sidecar.ports.http}`);
      expect(second.stderr.trim().split('\n')).toHaveLength(1);
    } finally {
      await second.close();
    }
  });

  test('a listener open to the network without credentials refuses to start, exit code 3', async () => {
    writeFileSync(sidecar.file, 'hep: {udp: {host: 0.0.0.0}}\n');
    sidecar.start();
    expect(await sidecar.exited()).toBe(3);
    expect(sidecar.stderr).toContain('allowUnauthenticated');
    expect(sidecar.stdout).toBe('');
  });
});
