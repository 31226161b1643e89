import {
  readCaFile,
  readTlsMaterial,
  type TlsFiles,
  type TlsMistake,
} from '../lib/certificates.ts';
import type { ConfigError } from './errors.ts';
import type { Config } from './schema.ts';
import type { Places } from './yaml.ts';

/** The keys of one section about TLS. */
interface TlsSection {
  readonly path: string;
  readonly enabled: boolean;
  /** True: there is no such listener without TLS. */
  readonly needed: boolean;
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
}

function sections({ http, websocket, relay, hep }: Config): readonly TlsSection[] {
  return [
    { ...http.tls, path: 'http.tls', enabled: true, needed: false },
    { ...websocket.tls, path: 'websocket.tls', enabled: websocket.enabled, needed: false },
    { ...relay.tls, path: 'relay.tls', enabled: relay.upstream !== null, needed: false },
    { ...hep.tls, path: 'hep.tls', enabled: hep.tls.enabled, needed: true },
  ];
}

/** The files of one section; null: no TLS. Only for a configuration that was checked. */
export function tlsFiles(section: {
  readonly certFile: string | null;
  readonly keyFile: string | null;
  readonly caFile: string | null;
}): TlsFiles | null {
  const { certFile, keyFile, caFile } = section;
  return certFile === null || keyFile === null ? null : { certFile, keyFile, caFile };
}

/** Certificates and keys that are missing, cannot be read, or do not belong together. */
export function tlsErrors(config: Config, places: Places): readonly ConfigError[] {
  const { relay } = config;
  const ca = relay.upstream === null ? null : relay.upstreamTls.caFile;
  const read = ca === null ? null : readCaFile(ca);
  return [
    ...sections(config).flatMap((section) => {
      const mistake = section.enabled ? mistakeIn(section) : null;
      return mistake === null ? [] : [toError(section.path, mistake, places)];
    }),
    ...(read?.ok === false ? [toError('relay.upstreamTls', read.error, places)] : []),
  ];
}

function mistakeIn(section: TlsSection): TlsMistake | null {
  const { certFile, keyFile, caFile, needed, path } = section;
  const files = tlsFiles(section);
  if (files !== null) {
    const read = readTlsMaterial(files);
    return read.ok ? null : read.error;
  }
  if (!needed && certFile === null && keyFile === null && caFile === null) return null;
  const key = certFile === null ? 'certFile' : 'keyFile';
  const wrong = `${path} has no ${key === 'certFile' ? 'certificate' : 'private key'}`;
  return { key, wrong, remedy: `set ${path}.${key}` };
}

function toError(path: string, { key, wrong, remedy }: TlsMistake, places: Places): ConfigError {
  const keys = [...path.split('.'), key];
  return { code: 'CFG_TLS', place: places.ofValue(keys), key: keys.join('.'), wrong, remedy };
}
