/**
 * A HEP sender over TCP whose packets carry no key, so that all of them are lost to callfate.
 *
 *     keyless-hep.js PORT
 */
import { connect } from 'node:net';

/** No chunk at all: the identifier and the length of the header. */
const PACKET = Buffer.from('HEP3\x00\x06', 'latin1');
const EVERY_MS = 50;

const socket = connect(Number(process.argv[2]), '127.0.0.1');
setInterval(() => socket.write(PACKET), EVERY_MS);
