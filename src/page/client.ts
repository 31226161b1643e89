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

/** The token, and how it is come by. */
class Keeper {
  #ask: () => Promise<string> = () => Promise.reject(new Error('nobody can be asked'));
  #asking: Promise<void> | null = null;

  /** How the user is asked for it. */
  onNeeded(ask: () => Promise<string>): void {
    this.#ask = ask;
  }

  get token(): string | null {
    return sessionStorage.getItem(TOKEN_KEY);
  }

  /** Asks once, however many requests were refused. */
  renew(): Promise<void> {
    this.#asking ??= this.#ask()
      .then((given) => sessionStorage.setItem(TOKEN_KEY, given))
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
    const response = await fetch(path, {
      headers: { ...headers, ...authorization },
      cache: 'no-store',
      signal,
    });
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
  const query = new URLSearchParams(set.map(([name, value]) => [name, String(value)]));
  return query.size === 0 ? '' : `?${query}`;
}
