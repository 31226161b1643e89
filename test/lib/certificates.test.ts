import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Certificates, isCertified, readTlsMaterial } from '../../src/lib/certificates.ts';
import { CertificateFolder, issue } from '../support/certificates.ts';
import { until } from '../support/until.ts';

let folder: CertificateFolder;
const cleanUps: (() => void)[] = [];
beforeEach(() => {
  folder = new CertificateFolder();
});
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
  folder.remove();
});

describe('files', () => {
  test('that belong together', () => {
    const { certFile, keyFile, caFile } = folder;
    const read = readTlsMaterial({ certFile, keyFile, caFile });
    expect(read).toMatchObject({ ok: true, value: { ca: folder.ca.cert } });
    if (read.ok) expect(read.value.expiresAt).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  });

  const encrypted = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' },
  }).privateKey;
  const mistakes: readonly (readonly [
    string,
    'certFile' | 'keyFile' | 'caFile',
    string | null,
    string,
  ])[] = [
    ['a missing certificate', 'certFile', null, 'cannot be read (ENOENT)'],
    ['a missing key', 'keyFile', null, 'cannot be read (ENOENT)'],
    ['a missing authority', 'caFile', null, 'cannot be read (ENOENT)'],
    ['a certificate that is none', 'certFile', 'hello', 'holds no certificate that can be read'],
    [
      'a broken certificate',
      'certFile',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'holds no certificate that can be read',
    ],
    ['a key that is none', 'keyFile', 'hello', 'holds no private key that can be read'],
    ['an encrypted key', 'keyFile', encrypted, 'is encrypted'],
    ['an authority that is none', 'caFile', '', 'holds no certificate that can be read'],
  ];
  test.each(mistakes)('%s is told in one line', (_, key, content, wrong) => {
    const path = join(folder.path, 'other.pem');
    if (content !== null) writeFileSync(path, content);
    const { certFile, keyFile, caFile } = folder;
    const read = readTlsMaterial({ certFile, keyFile, caFile, [key]: path });
    expect(read).toMatchObject({ ok: false, error: { key, wrong: `${path} ${wrong}` } });
  });

  test('of two pairs are told apart', () => {
    writeFileSync(folder.keyFile, issue('other', folder.ca).key);
    const { certFile, keyFile } = folder;
    expect(readTlsMaterial({ certFile, keyFile, caFile: null })).toMatchObject({
      ok: false,
      error: { key: 'keyFile', wrong: `${keyFile} is not the key of ${certFile}` },
    });
  });
});

/** A server whose clients need a certificate, and what it thought of each. */
async function serve(told: string[] = []) {
  const { certFile, keyFile, caFile } = folder;
  const certificates = Certificates.open(
    { certFile, keyFile, caFile },
    { loaded: () => told.push('loaded'), failed: (wrong) => told.push(wrong) },
  );
  const verdicts: boolean[] = [];
  const server: Server = createServer(certificates.options);
  server.on('secureConnection', (socket) => {
    verdicts.push(isCertified(socket));
    socket.on('error', () => {});
  });
  certificates.serve(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => {
    certificates.close();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const dial = async (options: object = {}): Promise<TLSSocket> => {
    const socket = connect({ port, host: '127.0.0.1', ca: folder.ca.cert, ...options });
    cleanUps.push(() => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };
  return { certificates, verdicts, dial };
}

test('a client passes with a certificate of the authority, and with no other', async () => {
  const { verdicts, dial } = await serve();
  await dial(folder.client);
  await dial();
  await dial(folder.stranger);
  await until(() => verdicts.length === 3);
  expect(verdicts).toEqual([true, false, false]);
});

test('a session that began without a certificate does not pass when it is resumed', async () => {
  const { verdicts, dial } = await serve();
  const first = await dial();
  const [session] = await once(first, 'session');
  const second = await dial({ session });
  expect(second.isSessionReused()).toBe(true);
  await until(() => verdicts.length === 2);
  expect(verdicts).toEqual([false, false]);
});

test('a changed certificate is taken over, one that cannot be used is told once and the old one stays', async () => {
  const told: string[] = [];
  const { certificates, dial } = await serve(told);
  const serial = async () => {
    const socket = await dial();
    return Number.parseInt(socket.getPeerCertificate().serialNumber, 16);
  };
  expect(await serial()).toBe(2);
  certificates.check();
  folder.renew(7);
  certificates.check();
  expect(await serial()).toBe(7);
  writeFileSync(folder.keyFile, 'half written');
  certificates.check();
  certificates.check();
  expect(await serial()).toBe(7);
  const wrong = `${folder.keyFile} holds no private key that can be read`;
  expect(told).toEqual(['loaded', 'loaded', wrong]);
  folder.renew(9);
  certificates.check();
  expect(await serial()).toBe(9);
});
