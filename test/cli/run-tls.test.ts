/** The built sidecar with a relay, certificates and HEP over TLS. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { CertificateFolder } from '../support/certificates.ts';
import { encodeHep } from '../support/hep.ts';
import { freePort, Sidecar } from '../support/sidecar.ts';
import { request } from '../support/sip.ts';
import { until, untilAsync } from '../support/until.ts';

let sidecar: Sidecar;
let folder: CertificateFolder;
let pbx: WebSocketServer;
let relay: number;
let hepTls: number;
let hepTcp: number;

beforeEach(async () => {
  sidecar = await Sidecar.prepare();
  folder = new CertificateFolder();
  pbx = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(pbx, 'listening');
  [relay, hepTls, hepTcp] = [await freePort(), await freePort(), await freePort()];
});

afterEach(async () => {
  await sidecar.close();
  folder.remove();
  for (const end of pbx.clients) end.terminate();
  await new Promise((resolve) => pbx.close(resolve));
});

/** Rewrites the configuration; `sections` are those of the test. */
function configure(sections: readonly string[]): void {
  const { websocket, hep } = sidecar.ports;
  const { port } = pbx.address() as { port: number };
  sidecar.rewrite([
    `http: {port: ${sidecar.ports.http}}`,
    `websocket: {port: ${websocket}}`,
    ...sections.map((text) =>
      text.replaceAll('PBX', `ws://127.0.0.1:${port}`).replaceAll('DIR', folder.path),
    ),
    ...(sections.some((text) => text.startsWith('hep:'))
      ? []
      : [`hep: {udp: {port: ${hep}, receiveBufferBytes: 262144}}`]),
  ]);
}

const PAIR = 'certFile: DIR/cert.pem, keyFile: DIR/key.pem';
const relaySection = (more = '') => `relay: {upstream: PBX, port: ${relay}, tls: {${PAIR}}${more}}`;

async function run(): Promise<void> {
  sidecar.start();
  await sidecar.ready();
  expect(sidecar.stderr).toContain('is ready');
}

async function dial(): Promise<WebSocket> {
  const client = new WebSocket(`wss://127.0.0.1:${relay}/`, 'sip', { ca: folder.ca.cert });
  await once(client, 'open');
  return client;
}

async function serialOf(port: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', ca: folder.ca.cert });
  await once(socket, 'secureConnect');
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return Number.parseInt(serialNumber, 16);
}

const metric = (line: string, value: string): Promise<void> =>
  untilAsync(async () => (await sidecar.metric(line)) === value);

test('the relay passes and reads along, reloads certificate and switch, and ends in order', async () => {
  configure([relaySection()]);
  await run();
  expect(sidecar.stderr).toContain(`wss://127.0.0.1:${relay}`);
  const messages = 'callfate_input_messages_total{source="relay"}';
  const client = await dial();
  client.send(request('>', 'INVITE', { id: 'a' }));
  await metric(messages, '1');

  folder.renew(7);
  configure([relaySection(', observe: false')]);
  sidecar.signal('SIGHUP');
  await metric('callfate_config_last_reload_successful', '1');
  await until(() => sidecar.stdout.includes('configuration reloaded'));
  expect(await serialOf(relay)).toBe(7);
  await metric('callfate_tls_certificate_loads_total{listener="relay",result="loaded"}', '2');
  const [end] = [...pbx.clients];
  const heard = once(end as WebSocket, 'message');
  client.send(request('>', 'INVITE', { id: 'b' }));
  await heard;
  expect(await sidecar.metric(messages)).toBe('1');

  const closed = once(client, 'close');
  sidecar.signal('SIGTERM');
  expect((await closed)[0]).toBe(1006);
  expect(await sidecar.exited()).toBe(0);
});

test('HEP comes over TCP and TLS', async () => {
  configure([
    `hep: {udp: {enabled: false}, tcp: {enabled: true, port: ${hepTcp}}, tls: {enabled: true, port: ${hepTls}, authKey: k, ${PAIR}}}`,
  ]);
  await run();
  const packet = (authKey: string) =>
    encodeHep({ payload: request('>', 'INVITE', { id: 'h' }), at: Date.now(), authKey });
  connect({ port: hepTls, host: '127.0.0.1', ca: folder.ca.cert }).end(
    Buffer.concat([packet('k'), packet('wrong')]),
  );
  connectTcp(hepTcp, '127.0.0.1').end(packet('any'));
  await metric('callfate_input_messages_total{source="hep_tls"}', '1');
  await metric('callfate_input_lost_total{source="hep_tls",reason="auth"}', '1');
  await metric('callfate_input_messages_total{source="hep_tcp"}', '1');
  sidecar.signal('SIGTERM');
  expect(await sidecar.exited()).toBe(0);
});

test('a certificate that cannot be read is one line and exit code 3', async () => {
  configure([
    `relay: {upstream: PBX, port: ${relay}, tls: {certFile: DIR/no.pem, keyFile: DIR/key.pem}}`,
  ]);
  sidecar.start();
  expect(await sidecar.exited()).toBe(3);
  expect(sidecar.stderr.trim().split('\n')).toHaveLength(1);
  expect(sidecar.stderr).toContain('relay.tls.certFile');
  expect(sidecar.stderr).toContain('cannot be read (ENOENT)');
});
