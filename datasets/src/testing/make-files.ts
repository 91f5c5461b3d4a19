import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An IDX file of bytes or of 32-bit integers. */
export function idx(
  shape: readonly number[],
  values: ArrayLike<number>,
  type: 8 | 12 = 8,
): Uint8Array {
  const width = type === 8 ? 1 : 4;
  const bytes = new Uint8Array(4 + 4 * shape.length + width * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  shape.forEach((extent, i) => view.setUint32(4 + 4 * i, extent));
  const start = 4 + 4 * shape.length;
  for (let i = 0; i < values.length; i++) {
    if (type === 8) bytes[start + i] = values[i]!;
    else view.setInt32(start + 4 * i, values[i]!);
  }
  return bytes;
}

/** A tar archive. */
export function tar(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, bytes] of Object.entries(files)) {
    const header = new Uint8Array(512);
    const text = (at: number, value: string): void =>
      header.set(new TextEncoder().encode(value), at);
    text(0, name);
    text(124, bytes.length.toString(8).padStart(11, '0'));
    text(156, '0');
    text(257, 'ustar\0');
    text(148, '        ');
    const sum = header.reduce((a, b) => a + b, 0);
    text(148, `${sum.toString(8).padStart(6, '0')}\0 `);
    const body = new Uint8Array(Math.ceil(bytes.length / 512) * 512);
    body.set(bytes);
    blocks.push(header, body);
  }
  blocks.push(new Uint8Array(1024));
  return Buffer.concat(blocks);
}

/** A server on this machine that gives files by their names, and misbehaves as told. */
export class FileServer {
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    files: ReadonlyMap<string, Uint8Array>,
    misbehave?: (request: IncomingMessage, response: ServerResponse, count: number) => boolean,
  ): Promise<FileServer> {
    const server = createServer((request, response) => {
      const name = request.url!.slice(request.url!.lastIndexOf('/') + 1);
      made.requests.push(`${name} ${request.headers.range ?? ''}`.trim());
      if (misbehave?.(request, response, made.requests.length) === true) return;
      const bytes = files.get(name);
      if (bytes === undefined) {
        response.writeHead(404).end();
        return;
      }
      const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const headers: Record<string, string | number> = { 'content-length': bytes.length - start };
      if (start > 0)
        headers['content-range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(start > 0 ? 206 : 200, headers).end(bytes.subarray(start));
    });
    const made = new FileServer(server);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    return made;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }
}
