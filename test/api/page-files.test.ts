/** What the live page is made of, as the HTTP server hands it out. Its scripts come from dist. */
import { request } from 'node:http';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { createPage } from '../../src/api/page-files.ts';
import { Desk, type DeskOptions } from '../support/recent.ts';

const SCRIPTS = pathToFileURL(`${resolve(import.meta.dirname, '../../dist/page')}/`);
const HTML = { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const desks: Desk[] = [];
afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
});

async function open(http: DeskOptions['http'] = {}): Promise<Desk> {
  const desk = await new Desk({ http: { page: createPage(SCRIPTS), ...http } }).open();
  desks.push(desk);
  return desk;
}

/** fetch sets Host by itself. */
function statusFor(
  port: number,
  host: string,
  path: string,
  address = '127.0.0.1',
): Promise<number> {
  return new Promise((done, failed) => {
    const headers = { Host: host };
    request({ host: address, port, path, headers, agent: false }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on('error', failed)
      .end();
  });
}

describe('/', () => {
  test('is a page for a browser, and text for whoever asks for anything', async () => {
    const desk = await open();
    const page = await desk.ask('/', HTML);
    expect(page).toMatchObject({ status: 200, type: 'text/html; charset=utf-8' });
    expect(page.headers.get('vary')).toContain('Accept');
    for (const accept of ['*/*', 'text/plain']) {
      const text = await desk.ask('/', { Accept: accept });
      expect(text).toMatchObject({ status: 200, type: 'text/plain; charset=utf-8' });
      expect(text.text).toContain('/metrics');
    }
  });

  test('and its files are open, the rest is not', async () => {
    const desk = await open({ bearerToken: () => 'secret-1' });
    expect((await desk.ask('/', HTML)).status).toBe(200);
    expect((await desk.ask('/runbooks')).status).toBe(200);
    expect((await desk.ask('/page/app.js')).status).toBe(200);
    expect((await desk.ask('/', { Accept: '*/*' })).status).toBe(401);
    expect((await desk.ask('/page/nothing.js')).status).toBe(401);
    expect((await desk.ask('/', HTML, 'POST')).status).toBe(405);
  });
});

describe('the files', () => {
  test('all that are asked for are there, and nothing else is asked for', async () => {
    const desk = await open();
    const seen = new Set<string>();
    const visit = async (path: string, text: string): Promise<void> => {
      const found = [
        ...text.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g),
        ...text.matchAll(/from '\.(\/[\w-]+\.js)'/g),
      ].map(([, target = '']) => (target.startsWith('/page/') ? target : `/page${target}`));
      expect(text, path).not.toMatch(/from '\.\.|https?:\/\/(?!www\.w3\.org)/);
      for (const target of found) {
        if (seen.has(target)) continue;
        seen.add(target);
        const answer = await desk.ask(target);
        expect(answer.status, target).toBe(200);
        await visit(target, answer.text);
      }
    };
    await visit('/', (await desk.ask('/', HTML)).text);
    expect(seen.size).toBeGreaterThan(8);
  });

  test('forbid what a page of plain scripts does not need', async () => {
    const desk = await open();
    const { headers } = await desk.ask('/', HTML);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).not.toContain('unsafe');
    for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "script-src 'self'"]) {
      expect(policy.split('; ')).toContain(rule);
    }
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  test('are sent once', async () => {
    const desk = await open();
    const first = await desk.ask('/page/app.js');
    const tag = first.headers.get('etag') ?? '';
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const again = await desk.ask('/page/app.js', { 'If-None-Match': tag });
    expect(again).toMatchObject({ status: 304, text: '' });
    expect((await desk.ask('/page/app.js', { 'If-None-Match': 'W/"other"' })).status).toBe(200);
    const tags = (others: number): string =>
      [...Array.from({ length: others }, (_, i) => `"${i}"`), tag].join(' \t , ');
    const statuses = await Promise.all(
      [1, 15, 16].map((others) => desk.ask('/page/app.js', { 'If-None-Match': tags(others) })),
    );
    expect(statuses.map(({ status }) => status)).toEqual([304, 304, 200]);
  });
});

test('a site that calls loopback by a name of its own reads nothing', async () => {
  const { port } = await open();
  const names = ['evil.example', 'evil.example:9606', 'localhost.evil.example'];
  for (const host of [
    ...names,
    '127.0.0.1.evil.example',
    '127.evil.example:9606',
    '1.2.3',
    '[x]',
  ]) {
    expect(await statusFor(port, host, '/v1/calls')).toBe(403);
    expect(await statusFor(port, host, '/metrics')).toBe(200);
  }
  for (const host of ['127.0.0.1:9606', 'localhost', '[::1]:9606', '10.0.0.9']) {
    expect(await statusFor(port, host, '/v1/calls')).toBe(200);
  }
  const guarded = await open({ bearerToken: () => 'secret-1' });
  expect(await statusFor(guarded.port, 'pbx.example', '/v1/calls')).toBe(401);
});

test('so it is on loopback however its address is spelt', async () => {
  const { port } = await open({ host: '0:0:0:0:0:0:0:1' });
  expect(await statusFor(port, 'evil.example', '/v1/calls', '::1')).toBe(403);
  expect(await statusFor(port, '[::1]', '/v1/calls', '::1')).toBe(200);
});
