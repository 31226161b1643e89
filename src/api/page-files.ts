/** The files of the live page. They hold no data: what they show the browser asks the API for. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { Reply, Route, Routes } from '../outputs/http-options.ts';
import { PAGE_DOCUMENT, PAGE_ICON } from './page-document.ts';
import { PAGE_STYLE } from './page-style.ts';
import { RUNBOOKS_DOCUMENT } from './runbooks-document.ts';

/** Compiled from src/page. */
const SCRIPTS = [
  'app',
  'call-tables',
  'calls',
  'client',
  'dom',
  'explain',
  'health',
  'ladder',
  'live-calls',
  'one-call',
  'order',
  'overview',
  'stream',
  'words',
] as const;

const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  Vary: 'Accept, Accept-Encoding',
  // What asks for no token keeps no connection.
  Connection: 'close',
} as const;

const HTML = 'text/html; charset=utf-8';

/** Of one If-None-Match; a browser sends one. */
const TAGS_MAX = 16;

interface PageFile {
  readonly type: string;
  readonly read: () => string;
}

/** `scripts`: the folder of the compiled modules, read when they are first asked for. */
export function createPage(scripts: URL): Routes {
  const files = new Map<string, PageFile>([
    ['/runbooks', { type: HTML, read: () => RUNBOOKS_DOCUMENT }],
    ['/page/style.css', { type: 'text/css; charset=utf-8', read: () => PAGE_STYLE }],
    ['/page/icon.svg', { type: 'image/svg+xml', read: () => PAGE_ICON }],
    ...SCRIPTS.map((name): [string, PageFile] => [
      `/page/${name}.js`,
      {
        type: 'text/javascript; charset=utf-8',
        read: () => readFileSync(new URL(`${name}.js`, scripts), 'utf8'),
      },
    ]),
  ]);
  const document: PageFile = { type: HTML, read: () => PAGE_DOCUMENT };
  const routes = new Map<string, Route>();
  const routeOf = (path: string, file: PageFile): Route => {
    const known = routes.get(path);
    if (known !== undefined) return known;
    const route = fileRoute(file);
    routes.set(path, route);
    return route;
  };
  return (path, request) => {
    if (path === '/') return wantsHtml(request) ? routeOf(path, document) : undefined;
    const file = files.get(path);
    return file === undefined ? undefined : routeOf(path, file);
  };
}

/** A browser names it; curl and Prometheus do not. */
function wantsHtml({ headers }: IncomingMessage): boolean {
  return /\btext\/html\b/i.test(headers.accept ?? '');
}

/** Reads the first few tags of If-None-Match (RFC 9110 section 13.1.2). Anybody may send them: no pattern that backtracks. */
function isKnown(header: string, tag: string): boolean {
  return header.split(',', TAGS_MAX).some((one) => one.trim() === tag);
}

function fileRoute({ type, read }: PageFile): Route {
  const body = read();
  const tag = `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = { ...HEADERS, ETag: tag };
  return {
    open: true,
    reply: ({ headers: { 'if-none-match': known } }): Reply =>
      known !== undefined && isKnown(known, tag)
        ? { status: 304, type, body: '', headers }
        : { status: 200, type, body, headers },
  };
}
