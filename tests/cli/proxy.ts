/**
 * An HTTP proxy on loopback: requests with a whole address (RFC 9112 3.2.2), and tunnels (CONNECT, RFC 9110 9.3.6), but none to port 80,
 * as Squid's own configuration has it.
 */
import http from 'node:http';
import net from 'node:net';
import { afterAll } from 'vitest';

export interface Proxy {
  /** What HTTP_PROXY holds. */
  url: string;
  /** Names of the hosts that it was asked for, one a request or tunnel. */
  asked: string[];
}

/** For all tests of a file. Every name is led to `target` (an origin), so that only the proxy can find it. */
export async function proxyTo(target: string): Promise<Proxy> {
  const { hostname, port } = new URL(target);
  const to = { host: hostname, port: Number(port) };
  const asked: string[] = [];
  const open = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    const { method, headers, url = '' } = request;
    const { hostname: name, pathname, search } = new URL(url);
    asked.push(name);
    const onward = http.request({ ...to, method, headers, path: `${pathname}${search}` }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, client: net.Socket, head) => {
    const { hostname: name, port: wanted } = new URL(`https://${request.url}`);
    if (wanted === '80') return client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    asked.push(name);
    const onward = net.connect(to, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      onward.write(head);
      onward.pipe(client).pipe(onward);
    });
    for (const socket of [client, onward]) {
      open.add(socket);
      socket.on('error', () => undefined).on('close', () => [client, onward].map((one) => one.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    for (const socket of open) socket.destroy();
    await closed;
  });
  return { url: `http://127.0.0.1:${(server.address() as net.AddressInfo).port}`, asked };
}
