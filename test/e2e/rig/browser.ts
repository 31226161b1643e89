/** Chromium inside the namespace, driven from outside through a doorway. */
import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Namespace } from './namespace.ts';

const DEBUG_PORT = 9222;
/** Without a sandbox, which needs rights that a container lacks; and without a word to anybody. */
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

export class InnerBrowser {
  readonly page: Page;
  /** What broke the page's own rules: errors of scripts, and of the content security policy. */
  readonly faults: readonly string[];
  readonly #browser: Browser;
  readonly #tunnel: Server;

  private constructor(browser: Browser, tunnel: Server, page: Page, faults: readonly string[]) {
    this.#browser = browser;
    this.#tunnel = tunnel;
    this.page = page;
    this.faults = faults;
  }

  static async open(namespace: Namespace): Promise<InnerBrowser> {
    const { directory } = namespace;
    await namespace.start({
      name: 'chromium',
      command: 'chromium',
      args: [
        ...FLAGS,
        `--remote-debugging-port=${DEBUG_PORT}`,
        `--user-data-dir=${join(directory, 'chromium-data')}`,
        'about:blank',
      ],
      ready: [{ kind: 'http', url: `http://127.0.0.1:${DEBUG_PORT}/json/version` }],
    });
    const socket = join(directory, 'doorway.sock');
    await namespace.start({
      name: 'doorway',
      command: process.execPath,
      args: [namespace.program('doorway.js'), socket, String(DEBUG_PORT)],
      ready: [{ kind: 'log', file: 'doorway.out', text: 'open' }],
    });
    const tunnel = createServer((outer) => {
      const inner = connect(socket);
      outer.pipe(inner).pipe(outer);
      outer.on('error', () => inner.destroy());
      inner.on('error', () => outer.destroy());
    }).listen(0, '127.0.0.1');
    await once(tunnel, 'listening');
    const address = tunnel.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const [context] = browser.contexts();
    const page = context?.pages()[0] ?? (await context?.newPage());
    if (page === undefined) throw new Error('chromium has no page');
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted ?Type/i.test(message.text()))
        faults.push(message.text());
    });
    page.on('dialog', (dialog) => {
      faults.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return new InnerBrowser(browser, tunnel, page, faults);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#tunnel.close();
  }
}
