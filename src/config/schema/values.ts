/** Values that keys of several sections have. */
import { z } from 'zod';
import { isAddress } from '../cidr.ts';

/** What stands in for a secret wherever configuration is shown. No key accepts it as a value. */
export const MASK = '<masked>';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** Vocabularies that come with callfate, files of config/vocabularies. */
export const SHIPPED_VOCABULARIES = [
  'tencent-ccc',
  'call-status-bye-reason',
  'itnio-call-center',
  'retell',
  'voice-campaign',
] as const;

/** The label of every address that no peer claims (index 0 of the peers), so no peer may take it. */
export const OTHER_PEER = 'other';
export const PEER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
/** RFC 1123 section 2.1; a name of digits and dots only would be read as an address by some resolvers. */
const HOST_NAME =
  /^(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
/** Visible ASCII: it travels in an HTTP header, a URL query or a HEP chunk, where a space would be lost. */
const VISIBLE = /^[!-~]+$/;
/** RFC 6454 section 6.2. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i;
export const URL_PATH = /^\/[!-~]*$/;

interface Meta {
  readonly reload?: true;
}

export function integer(
  fallback: number,
  min: number,
  max: number,
  description: string,
  meta: Meta = {},
) {
  return z
    .int()
    .min(min)
    .max(max)
    .default(fallback)
    .meta({ description, ...meta });
}

export function flag(fallback: boolean, description: string) {
  return z.boolean().default(fallback).meta({ description });
}

export function secret(minLength: number, description: string, meta: Meta = {}) {
  return z
    .string()
    .min(minLength)
    .max(255)
    .regex(VISIBLE, 'holds a space or a character outside ASCII; use visible ASCII characters')
    .refine((value) => value !== MASK, {
      error: 'is the mask that check-config prints; give the secret itself',
    })
    .nullable()
    .default(null)
    .meta({ description, writeOnly: true, ...meta });
}

export function host(description: string) {
  return z
    .string()
    .max(253)
    .refine((value) => isAddress(value) || HOST_NAME.test(value), {
      error: 'is neither an IP address nor a host name; write 127.0.0.1, ::1 or localhost',
    })
    .default('127.0.0.1')
    .meta({ description });
}

export function port(fallback: number, description: string) {
  return integer(fallback, 0, 65_535, `${description} 0: any free port.`);
}

export const OPEN =
  'Lets this listener start on an address that is not loopback without a credential. Whoever reaches it can then';

export function file(description: string) {
  return z.string().min(1).max(4096).nullable().default(null).meta({ description });
}

export const TLS_KEYS = {
  certFile: file(
    'Certificate of this listener with those that lead to its root, PEM. null: no TLS. A changed file is taken over while callfate runs.',
  ),
  keyFile: file('Private key of the certificate, PEM.'),
  caFile: file(
    'Certificates, PEM. A client has to present one that they signed. null: clients need none.',
  ),
};

export const tls = z
  .strictObject(TLS_KEYS)
  .prefault({})
  .meta({ description: 'TLS of this listener.' });

export function origins(description: string) {
  return z
    .array(
      z
        .string()
        .max(255)
        .regex(ORIGIN, 'is no origin; write scheme://host or scheme://host:port, no path'),
    )
    .max(256)
    .default([])
    .meta({ description });
}

/** A pattern costs its own length a byte, so it is short, and has few places to search from. */
const PATTERN_MAX = 128;
const STARS_MAX = 4;

export function pattern() {
  return z
    .string()
    .min(1)
    .max(PATTERN_MAX)
    .refine((value) => value.split('*').length <= STARS_MAX + 1, {
      error: `has more than ${STARS_MAX} asterisks; write a shorter pattern`,
    });
}
