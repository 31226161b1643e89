/** The error of a listener that could not be bound: what, where and why, such as `…: bind EADDRINUSE 127.0.0.1:9060`. */
export function bindError(what: string, host: string, port: number, cause: unknown): Error {
  const where = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new Error(`cannot listen for ${what} ${where}: ${why}`, { cause });
}
