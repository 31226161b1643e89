/** What is wrong with the names in a query, as one line; null: nothing. */
export function wrongParameter(given: URLSearchParams, known: readonly string[]): string | null {
  for (const name of given.keys()) {
    if (!known.includes(name)) {
      return `${shortened(name)} is no parameter here; known: ${known.join(', ') || 'none'}`;
    }
    if (given.getAll(name).length > 1) return `${name} is given twice; give it once`;
  }
  return null;
}

/** As JSON writes it, cut: what somebody sent is told back to them. */
export function shortened(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
