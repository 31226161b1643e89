/**
 * Takes the webhooks of Alertmanager: appends each body, one line of JSON, to a file.
 *
 *     alert-receiver.js FILE PORT
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [file = '', port = ''] = process.argv.slice(2);
writeFileSync(file, '');
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  if (body !== '') appendFileSync(file, `${JSON.stringify(JSON.parse(body))}\n`);
  response.end();
});
server.listen(Number(port), '127.0.0.1');
