import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { TLSSocket } from 'node:tls';
import { fail, ok, type Result } from './result.ts';

/** Where the certificate of a listener stands; all PEM. */
export interface TlsFiles {
  /** The certificate, and behind it those that lead to its root. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Who signs the certificates of clients; null: clients need none. */
  readonly caFile: string | null;
}

/** What was read from the files, checked. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
  /** End of validity of the certificate, ms since the epoch. */
  readonly expiresAt: number;
}

/** One mistake in the files: which of them, what is wrong, what to do. */
export interface TlsMistake {
  readonly key: keyof TlsFiles;
  readonly wrong: string;
  readonly remedy: string;
}

/** PKCS #8, and the older form with its headers. */
const ENCRYPTED = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m;
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Reads and checks the files of a listener. Never throws, and never shows what stands in a file. */
export function readTlsMaterial(files: TlsFiles): Result<TlsMaterial, TlsMistake> {
  const cert = readCertificates('certFile', files.certFile);
  if (!cert.ok) return cert;
  const key = readKey(files.keyFile);
  if (!key.ok) return key;
  const ca = files.caFile === null ? null : readCertificates('caFile', files.caFile);
  if (ca !== null && !ca.ok) return ca;
  const { first } = cert.value;
  if (!first.checkPrivateKey(key.value.key)) {
    return mistake(
      'keyFile',
      `${files.keyFile} is not the key of ${files.certFile}`,
      'name a pair',
    );
  }
  return ok({
    cert: cert.value.text,
    key: key.value.text,
    ca: ca?.value.text,
    expiresAt: Date.parse(first.validTo),
  });
}

/** Reads certificates that others are checked against. */
export function readCaFile(path: string): Result<string, TlsMistake> {
  const read = readCertificates('caFile', path);
  return read.ok ? ok(read.value.text) : read;
}

function readCertificates(
  key: 'certFile' | 'caFile',
  path: string,
): Result<{ readonly text: string; readonly first: X509Certificate }, TlsMistake> {
  const text = readText(key, path);
  if (!text.ok) return text;
  try {
    const [first] = (text.value.match(PEM_CERTIFICATE) ?? []).map(
      (pem) => new X509Certificate(pem),
    );
    if (first !== undefined) return ok({ text: text.value, first });
  } catch {
    // Not told further: OpenSSL's words help nobody here.
  }
  return mistake(key, `${path} holds no certificate that can be read`, 'name a PEM file');
}

function readKey(
  path: string,
): Result<{ readonly text: string; readonly key: KeyObject }, TlsMistake> {
  const text = readText('keyFile', path);
  if (!text.ok) return text;
  try {
    return ok({ text: text.value, key: createPrivateKey(text.value) });
  } catch {
    return ENCRYPTED.test(text.value)
      ? mistake('keyFile', `${path} is encrypted`, 'name a key without a passphrase')
      : mistake('keyFile', `${path} holds no private key that can be read`, 'name a PEM file');
  }
}

function readText(key: keyof TlsFiles, path: string): Result<string, TlsMistake> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return mistake(key, `${path} cannot be read (${codeOf(error)})`, 'correct path or permissions');
  }
}

function mistake(
  key: keyof TlsFiles,
  wrong: string,
  remedy: string,
): Result<never, TlsMistake> & { readonly ok: false } {
  return fail({ key, wrong, remedy });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}

/** What a TLS server takes; `https` and `tls` servers both do. */
export interface TlsServer {
  setSecureContext(options: ReturnType<typeof secureContext>): void;
}

export interface CertificateEvents {
  /** A certificate is in use, from the start or since its files changed. */
  loaded(material: TlsMaterial): void;
  /** The files changed and cannot be used: the old certificate stays. Told once for each change. */
  failed(wrong: string): void;
}

/** How often changed files are looked for, ms. */
const CHECK_MS = 10_000;

/** The certificate of one listener, read anew when its files change. */
export class Certificates {
  readonly #files: TlsFiles;
  readonly #events: CertificateEvents;
  readonly #servers = new Set<TlsServer>();
  #material: TlsMaterial;
  #lastWrong = '';
  readonly #timer: NodeJS.Timeout;

  private constructor(files: TlsFiles, material: TlsMaterial, events: CertificateEvents) {
    this.#files = files;
    this.#material = material;
    this.#events = events;
    this.#timer = setInterval(() => this.check(), CHECK_MS).unref();
    events.loaded(material);
  }

  /** Throws one clear line when the files cannot be used. */
  static open(files: TlsFiles, events: CertificateEvents): Certificates {
    const read = readTlsMaterial(files);
    if (!read.ok) throw new Error(`${read.error.wrong}; ${read.error.remedy}`);
    return new Certificates(files, read.value, events);
  }

  /** Options of a server. A client without a sound certificate is for the listener to refuse, see `isCertified`. */
  get options() {
    const requestCert = this.#material.ca !== undefined;
    return { ...secureContext(this.#material), requestCert, rejectUnauthorized: false };
  }

  /** True: a client has to present a certificate. */
  get asksClients(): boolean {
    return this.#material.ca !== undefined;
  }

  /** New connections of this server get whatever certificate is in use then. */
  serve(server: TlsServer): void {
    this.#servers.add(server);
  }

  /** Reads the files; what changed is taken over when it can be used. */
  check(): void {
    const read = readTlsMaterial(this.#files);
    if (!read.ok) {
      if (read.error.wrong !== this.#lastWrong) this.#events.failed(read.error.wrong);
      this.#lastWrong = read.error.wrong;
      return;
    }
    this.#lastWrong = '';
    const { cert, key, ca } = this.#material;
    if (read.value.cert === cert && read.value.key === key && read.value.ca === ca) return;
    this.#material = read.value;
    for (const server of this.#servers) server.setSecureContext(secureContext(read.value));
    this.#events.loaded(read.value);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

function secureContext({ cert, key, ca }: TlsMaterial) {
  return { cert, key, ca, minVersion: 'TLSv1.2' } as const;
}

/**
 * True when the client of a connection presented a certificate of those that its listener asks for. A TLS 1.3 session
 * that is resumed without any certificate counts as authorized for Node, so there must be one.
 */
export function isCertified(socket: unknown): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  return socket.getPeerX509Certificate() !== undefined;
}
