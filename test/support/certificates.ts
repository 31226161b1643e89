/** Certificates made on the spot (X.509, RFC 5280, in DER by hand), so that no private key lies in the repository. */
import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Issued {
  readonly cert: string;
  readonly key: string;
  readonly privateKey: KeyObject;
  readonly name: string;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BOOLEAN = 0x01;
const OCTETS = 0x04;
const UTC_TIME = 0x17;
const UTF8 = 0x0c;
/** ecdsa-with-SHA256, commonName, basicConstraints, subjectAltName. */
const OID = {
  signature: '06082a8648ce3d040302',
  commonName: '0603550403',
  basicConstraints: '0603551d13',
  subjectAltName: '0603551d11',
} as const;

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const long =
    body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...(body.length < 0x80 ? [body.length] : long)]), body]);
}

const oid = (id: string): Buffer => Buffer.from(id, 'hex');
const nameOf = (text: string): Buffer =>
  der(SEQUENCE, der(SET, der(SEQUENCE, oid(OID.commonName), der(UTF8, Buffer.from(text)))));
const timeOf = (at: number): Buffer =>
  der(UTC_TIME, Buffer.from(`${new Date(at).toISOString().replaceAll(/^20|[-:T]|\.\d+/g, '')}`));

function extensions(isCa: boolean): Buffer {
  const constraints = isCa ? der(SEQUENCE, der(BOOLEAN, Buffer.of(0xff))) : der(SEQUENCE);
  // dNSName localhost, iPAddress 127.0.0.1
  const names = der(
    SEQUENCE,
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.of(127, 0, 0, 1)),
  );
  const list = [
    der(SEQUENCE, oid(OID.basicConstraints), der(OCTETS, constraints)),
    ...(isCa ? [] : [der(SEQUENCE, oid(OID.subjectAltName), der(OCTETS, names))]),
  ];
  return der(0xa3, der(SEQUENCE, ...list));
}

const pem = (label: string, bytes: Buffer): string =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replaceAll(/(.{64})/g, '$1\n')}\n-----END ${label}-----\n`;

/** A certificate for 127.0.0.1 and localhost, signed by `issuer`; without one, a certificate authority of its own. */
export function issue(name: string, issuer: Issued | null, serial = 1): Issued {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = der(SEQUENCE, oid(OID.signature));
  const day = 86_400_000;
  const body = der(
    SEQUENCE,
    der(0xa0, der(INTEGER, Buffer.of(2))),
    der(INTEGER, Buffer.of(serial)),
    algorithm,
    nameOf(issuer?.name ?? name),
    der(SEQUENCE, timeOf(Date.now() - day), timeOf(Date.now() + 30 * day)),
    nameOf(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(issuer === null),
  );
  const signature = sign('sha256', body, issuer?.privateKey ?? privateKey);
  const cert = der(SEQUENCE, body, algorithm, der(0x03, Buffer.of(0), signature));
  return {
    cert: pem('CERTIFICATE', cert),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    privateKey,
    name,
  };
}

/** A folder with `ca.pem`, and `cert.pem` and `key.pem` of a server that it signed. */
export class CertificateFolder {
  readonly ca = issue('test authority', null);
  readonly client = issue('client', this.ca, 3);
  readonly stranger = issue('stranger', issue('test authority', null), 4);
  readonly path = mkdtempSync(join(tmpdir(), 'callfate-tls-'));
  readonly certFile = join(this.path, 'cert.pem');
  readonly keyFile = join(this.path, 'key.pem');
  readonly caFile = join(this.path, 'ca.pem');

  constructor() {
    writeFileSync(this.caFile, this.ca.cert);
    this.renew(2);
  }

  /** Writes another certificate in place of the one there. */
  renew(serial: number): void {
    const { cert, key } = issue('server', this.ca, serial);
    writeFileSync(this.certFile, cert);
    writeFileSync(this.keyFile, key);
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}
