/** Asks the API; keeps the token for as long as the tab lives. */

const TOKEN_KEY = 'callfate.token';

/** What an answer that is no 200 says. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Whether a header can carry it; all that the configuration takes as a token are such. */
export function isToken(text: string): boolean {
  return /^[!-~]+$/.test(text);
}

/** The storage of the tab, as far as it is needed. */
interface TokenStore {
  getItem(key: string): string | null;
  setItem(key: string, text: string): void;
}

/** The token, and how it is come by. */
export class Keeper {
  #store: TokenStore | null = null;
  #ask: () => Promise<string> = () => Promise.reject(new Error('nobody can be asked'));
  #asking: Promise<void> | null = null;

  /** Where it is kept, and how the user is asked for it. */
  begin(store: TokenStore, ask: () => Promise<string>): void {
    this.#store = store;
    this.#ask = ask;
  }

  /** null: none is known that could be sent. */
  get token(): string | null {
    const kept = this.#store?.getItem(TOKEN_KEY) ?? null;
    return kept !== null && isToken(kept) ? kept : null;
  }

  /** Asks once, however many requests were refused. */
  renew(): Promise<void> {
    this.#asking ??= this.#ask()
      .then((given) => this.#store?.setItem(TOKEN_KEY, given))
      .finally(() => {
        this.#asking = null;
      });
    return this.#asking;
  }
}

export const keeper = new Keeper();

/** A response of the API; asks for the token as often as it is refused. Rejects with `ApiError` or a network error. */
export async function request(
  path: string,
  headers: Readonly<Record<string, string>> = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  for (;;) {
    const known = keeper.token;
    const authorization = known === null ? {} : { Authorization: `Bearer ${known}` };
    const options = {
      headers: { ...headers, ...authorization },
      cache: 'no-store' as const,
      signal,
    };
    const response = await fetch(path, options);
    if (response.ok) return response;
    if (response.status !== 401) throw new ApiError(response.status, await detailOf(response));
    if (known === keeper.token) await keeper.renew();
  }
}

export async function get<Answer>(
  path: string,
  signal: AbortSignal | null = null,
): Promise<Answer> {
  const response = await request(path, { Accept: 'application/json' }, signal);
  return (await response.json()) as Answer;
}

async function detailOf(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === 'object' && problem !== null && 'detail' in problem) {
      return String(problem.detail);
    }
  } catch {
    // Not from callfate, but from something between.
  }
  return `answered ${response.status}`;
}

/** A query out of what is set. */
export function queryOf(values: Readonly<Record<string, string | number | null>>): string {
  const set = Object.entries(values).filter(([, value]) => value !== null && value !== '');
  const query = new URLSearchParams(
    set.map(([name, value]): [string, string] => [name, String(value)]),
  );
  return query.size === 0 ? '' : `?${query}`;
}
