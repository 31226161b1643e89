import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorLines } from '../../src/config/errors.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CertificateFolder } from '../support/certificates.ts';

let folder: CertificateFolder;
beforeAll(() => {
  folder = new CertificateFolder();
  writeFileSync(join(folder.path, 'empty.pem'), '');
});
afterAll(() => {
  folder.remove();
});

/** `DIR` is the folder of the certificates. Errors without that folder and without columns. */
function load(yaml: string): readonly string[] | 'ok' {
  const file = join(folder.path, 'callfate.yaml');
  writeFileSync(file, yaml.replaceAll('DIR', folder.path));
  const loaded = loadConfig({ file, environment: {} });
  if (loaded.ok) return 'ok';
  return errorLines(loaded.error).map((line) =>
    line.replaceAll(`${folder.path}/`, '').replace(/:1:\d+:/, ':1:'),
  );
}

const PAIR = 'certFile: DIR/cert.pem, keyFile: DIR/key.pem';

describe('TLS in the configuration', () => {
  test.each([
    ['a pair', `http: {tls: {${PAIR}}}`],
    ['a pair and an authority', `websocket: {tls: {${PAIR}, caFile: DIR/ca.pem}}`],
    [
      'an authority in place of a token',
      `http: {host: 0.0.0.0, tls: {${PAIR}, caFile: DIR/ca.pem}}`,
    ],
    ['HEP over TLS', `hep: {tls: {enabled: true, ${PAIR}}}`],
    ['a listener that is off is not looked at', 'hep: {tls: {certFile: DIR/none.pem}}'],
    ['a relay on every address', 'relay: {upstream: ws://127.0.0.1:8088, host: 0.0.0.0}'],
    ['a relay to wss', 'relay: {upstream: wss://pbx.example, upstreamTls: {caFile: DIR/ca.pem}}'],
  ])('takes %s', (_, yaml) => {
    expect(load(yaml)).toBe('ok');
  });

  test.each([
    [
      'a missing file',
      'http: {tls: {certFile: DIR/none.pem, keyFile: DIR/key.pem}}',
      'callfate.yaml:1: http.tls.certFile: none.pem cannot be read (ENOENT); correct path or permissions [CFG_TLS]',
    ],
    [
      'a certificate without a key',
      'relay: {upstream: ws://pbx, tls: {certFile: DIR/cert.pem}}',
      'callfate.yaml:1: relay.tls.keyFile: relay.tls has no private key; set relay.tls.keyFile [CFG_TLS]',
    ],
    [
      'an authority alone',
      'websocket: {tls: {caFile: DIR/ca.pem}}',
      'callfate.yaml:1: websocket.tls.certFile: websocket.tls has no certificate; set websocket.tls.certFile [CFG_TLS]',
    ],
    [
      'HEP over TLS without a certificate',
      'hep: {tls: {enabled: true}}',
      'callfate.yaml:1: hep.tls.certFile: hep.tls has no certificate; set hep.tls.certFile [CFG_TLS]',
    ],
    [
      'a key of another certificate',
      'http: {tls: {certFile: DIR/ca.pem, keyFile: DIR/key.pem}}',
      'callfate.yaml:1: http.tls.keyFile: key.pem is not the key of ca.pem; name a pair [CFG_TLS]',
    ],
    [
      'an authority of the PBX that is empty',
      'relay: {upstream: wss://pbx, upstreamTls: {caFile: DIR/empty.pem}}',
      'callfate.yaml:1: relay.upstreamTls.caFile: empty.pem holds no certificate that can be read; name a PEM file [CFG_TLS]',
    ],
    [
      'an upstream with a path',
      'relay: {upstream: ws://pbx/ws}',
      'callfate.yaml:1: relay.upstream: "ws://pbx/ws" is no WebSocket address; write ws://host:port or wss://host:port, no path [CFG_VALUE]',
    ],
    [
      'HEP over TCP that is open to everybody',
      'hep: {tcp: {enabled: true, host: 0.0.0.0}}',
      'callfate.yaml:1: hep.tcp.host: 0.0.0.0 is not loopback and hep.tcp.authKey is not set; set hep.tcp.authKey, or set hep.tcp.allowUnauthenticated to true to let anyone who reaches it feed it calls [CFG_OPEN_LISTENER]',
    ],
    [
      'two listeners on one port',
      'relay: {upstream: ws://pbx, port: 8060}',
      'callfate.yaml:1: relay.port: websocket listens on 127.0.0.1:8060 (tcp) too; choose another port [CFG_LISTENER_CLASH]',
    ],
  ])('refuses %s in one line', (_, yaml, line) => {
    expect(load(yaml)).toEqual([line]);
  });
});
