/** What `make` gives, made when it is first asked for and kept. `make` must have no effect but its result. */
export function lazy<T extends object>(make: () => T): () => T {
  let made: T | null = null;
  return () => {
    made ??= make();
    return made;
  };
}
