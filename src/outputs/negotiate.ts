/** Content negotiation (RFC 9110 §12.5) for the few things that the HTTP edge can vary. */
import type { Format } from './text-format.ts';

interface Preference {
  /** Lower case, without parameters: `text/plain`, `gzip`, `*`. */
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parsePreferences(header: string): Preference[] {
  return header.split(',').map((element) => {
    const [value = '', ...rest] = element.split(';').map((part) => part.trim().toLowerCase());
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const equals = parameter.indexOf('=');
      if (equals < 0) continue;
      const text = parameter.slice(equals + 1).trim();
      parameters.set(parameter.slice(0, equals).trim(), text.replace(/^"(.*)"$/, '$1'));
    }
    const quality = Number(parameters.get('q') ?? 1);
    // A weight that is no weight asks for nothing.
    return { value, parameters, quality: quality >= 0 && quality <= 1 ? quality : 0 };
  });
}

/** The version each format is written in; a range that names another does not match. */
const OFFERS = {
  text: { type: 'text/plain', group: 'text/*', version: '0.0.4' },
  openmetrics: {
    type: 'application/openmetrics-text',
    group: 'application/*',
    version: '1.0.0',
  },
} as const;

/** How well a range names an offer: 0 not at all, 1 for a wildcard, 2 for its group, 3 by name. */
function specificity({ value, parameters }: Preference, format: Format): number {
  const offer = OFFERS[format];
  if (value === '*/*') return 1;
  if (value === offer.group) return 2;
  const version = parameters.get('version') ?? offer.version;
  return value === offer.type && version === offer.version ? 3 : 0;
}

/** The most specific range speaks for an offer, whatever its quality (RFC 9110 §12.5.1). */
function rank(preferences: readonly Preference[], format: Format): [number, number] {
  let best: [number, number] = [0, 0];
  for (const preference of preferences) {
    const fit = specificity(preference, format);
    if (fit > best[1]) best = [preference.quality, fit];
  }
  return best;
}

/**
 * The format for an Accept header: the higher quality wins, then the one that is named more exactly, then text. Text
 * too when neither is acceptable: a scraper is better served by it than by a 406.
 */
export function negotiate(accept: string | undefined): Format {
  if (accept === undefined) return 'text';
  const preferences = parsePreferences(accept);
  const [textQuality, textFit] = rank(preferences, 'text');
  const [quality, fit] = rank(preferences, 'openmetrics');
  if (quality === 0) return 'text';
  if (quality !== textQuality) return quality > textQuality ? 'openmetrics' : 'text';
  return fit > textFit ? 'openmetrics' : 'text';
}

/** Whether an Accept-Encoding header takes gzip. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  if (acceptEncoding === undefined) return false;
  const preferences = parsePreferences(acceptEncoding);
  const named = preferences.find(({ value }) => value === 'gzip' || value === 'x-gzip');
  const preference = named ?? preferences.find(({ value }) => value === '*');
  return preference !== undefined && preference.quality > 0;
}
