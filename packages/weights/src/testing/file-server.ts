import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test makes of a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on this machine. */
export class FileServer {
  readonly url: string;
  /** The `range` of each request, in order; '' where it had none. */
  readonly ranges: string[] = [];
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(handler: Handler): Promise<FileServer> {
    const server = createServer((request, response) => {
      made.ranges.push(request.headers.range ?? '');
      handler(request, response);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const made = new FileServer(`http://127.0.0.1:${port}`, async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
    return made;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}

/** Answers with bytes, or the range of them that was asked for. */
export function sendBytes(
  bytes: Uint8Array,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): void {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  if (match === null) {
    response.writeHead(200, { ...headers, 'content-length': bytes.length }).end(bytes);
    return;
  }
  const start = Number(match[1]);
  const end = Math.min(match[2] === '' ? bytes.length : Number(match[2]) + 1, bytes.length);
  if (start >= bytes.length) {
    response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
    return;
  }
  response
    .writeHead(206, {
      ...headers,
      'content-length': end - start,
      'content-range': `bytes ${start}-${end - 1}/${bytes.length}`,
    })
    .end(bytes.subarray(start, end));
}
