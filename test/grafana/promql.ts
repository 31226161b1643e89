/** As much of PromQL as it takes to say which series an expression asks for. */

export interface Matcher {
  readonly label: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
}

export interface Selector {
  readonly name: string;
  readonly matchers: readonly Matcher[];
}

export interface Reading {
  readonly selectors: readonly Selector[];
  /** Labels in `by`, `on` and their like. */
  readonly grouping: readonly string[];
  /** Labels that `label_replace` makes. */
  readonly made: readonly string[];
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[a-zA-Z_:][\w:]*|[=!]~|!=|[{}()[\],=]|\d[\w.]*|\s+|./gs;
const GROUPING = new Set(['by', 'without', 'on', 'ignoring', 'group_left', 'group_right']);
const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);
/** `label_replace(…, "new", "$1", "old", "(.+)")` */
const MADE = /, "(\w+)", "[^"]*", "\w*", "[^"]*"\)/g;
const IDENTIFIER = /^[a-zA-Z_:]/;

class Tokens {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(expression: string) {
    const all = expression.match(TOKEN) ?? [];
    this.#tokens = all.filter((token) => token.trim() !== '');
  }

  get next(): string | undefined {
    return this.#tokens[this.#at];
  }

  take(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  /** What stands before `end`, which is taken too. */
  until(end: string): string[] {
    const taken: string[] = [];
    while (this.next !== undefined && this.next !== end) taken.push(this.take());
    if (this.take() !== end) throw new Error(`no ${end}`);
    return taken;
  }
}

function matchersOf(tokens: readonly string[]): Matcher[] {
  const matchers: Matcher[] = [];
  for (let at = 0; at < tokens.length; at += 4) {
    const [label = '', operator, value = ''] = tokens.slice(at, at + 3);
    if (operator !== '=' && operator !== '!=' && operator !== '=~' && operator !== '!~') {
      throw new Error(`no matcher: ${tokens.join(' ')}`);
    }
    matchers.push({ label, operator, value: JSON.parse(value) });
  }
  return matchers;
}

/** Variables must have been put in: `$` is no PromQL. */
export function readPromql(expression: string): Reading {
  const tokens = new Tokens(expression);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  for (let token = tokens.take(); token !== ''; token = tokens.take()) {
    if (token === '$') throw new Error(`a variable is left in ${expression}`);
    if (token === '{') throw new Error(`a selector without a name in ${expression}`);
    if (token === '[') tokens.until(']');
    else if (GROUPING.has(token)) grouping.push(...labelList(tokens));
    else if (isSeries(token, tokens.next)) selectors.push(selectorOf(token, tokens));
  }
  const made = [...expression.matchAll(MADE)].map(([, label = '']) => label);
  return { selectors, grouping, made };
}

/** Neither a function, an aggregation nor a word of the language. */
function isSeries(token: string, next: string | undefined): boolean {
  if (!IDENTIFIER.test(token) || WORDS.has(token)) return false;
  return next !== '(' && !GROUPING.has(next ?? '');
}

function selectorOf(name: string, tokens: Tokens): Selector {
  if (tokens.next !== '{') return { name, matchers: [] };
  tokens.take();
  return { name, matchers: matchersOf(tokens.until('}')) };
}

/** `group_left` may have none. */
function labelList(tokens: Tokens): string[] {
  if (tokens.next !== '(') return [];
  tokens.take();
  return tokens.until(')').filter((label) => label !== ',');
}

/** True when a label with this value passes the matcher; regular expressions are anchored, as in Prometheus. */
export function passes({ operator, value }: Matcher, actual: string): boolean {
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return new RegExp(`^(?:${value})$`).test(actual);
    case '!~':
      return !new RegExp(`^(?:${value})$`).test(actual);
  }
}
