/**
 * A way into the namespace: passes what comes to a socket in the file system on to a port of its loopback.
 *
 *     doorway.js SOCKET PORT
 */
import { connect, createServer } from 'node:net';

const [path = '', port = ''] = process.argv.slice(2);

createServer((outer) => {
  const inner = connect(Number(port), '127.0.0.1');
  outer.pipe(inner).pipe(outer);
  outer.on('error', () => inner.destroy());
  inner.on('error', () => outer.destroy());
}).listen(path, () => process.stdout.write('open\n'));
