/** The baseline: what Node's own server answers when there is nothing to do. Prints its port; ends with its parent. */
import { createServer } from 'node:http';

const server = createServer((_request, response) => response.end('OK'));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);
});
process.stdin.resume().once('end', () => process.exit(0));
