import { SourceError } from '../errors.ts';
import type { ByteSource } from './byte-source.ts';
import { fetchOf, signalOf } from './fetch-of.ts';
import type { FetchOptions } from './fetch-options.ts';
import { MemorySource, pastEnd } from './memory-source.ts';

/** Fetched at once: neighbours in a file are mostly read one after another, and a request costs more than its bytes. */
const windowBytes = 4 * 2 ** 20;

/** What a URL leads to, fetched in ranges. */
export class UrlSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #request: Requester;
  readonly #version: string | null;
  #window: Span;

  private constructor(name: string, size: number, request: Requester, first: Response, span: Span) {
    this.name = name;
    this.size = size;
    this.#request = request;
    this.#version = versionOf(first);
    this.#window = span;
  }

  /**
   * Asks for the beginning of a file. A server that knows no ranges sends all of it, and that is kept.
   * @throws SourceError for an answer other than the file.
   */
  static async open(url: string, name: string, options: FetchOptions): Promise<ByteSource> {
    const request = requester(url, name, options);
    const response = await request(0, windowBytes);
    if (response.status === 416 && totalOf(response) === 0) {
      return new MemorySource(new Uint8Array(), name);
    }
    const bytes = await bodyOf(response, name);
    if (response.status === 200) return new MemorySource(bytes, name);
    const { start, total } = rangeOf(response, name);
    if (start !== 0 || bytes.length !== Math.min(windowBytes, total)) {
      throw wrongRange(name, 0, Math.min(windowBytes, total), start, bytes.length);
    }
    return new UrlSource(name, total, request, response, { start: 0, bytes });
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    if (end > this.size) throw pastEnd(this, start, end);
    if (start === end) return new Uint8Array();
    const found = within(this.#window, start, end);
    if (found !== null) return found;
    const stop = Math.min(Math.max(end, start + windowBytes), this.size);
    const response = await this.#request(start, stop);
    const bytes = await bodyOf(response, this.name);
    const isWhole = response.status === 200;
    const range = isWhole ? { start: 0, total: bytes.length } : rangeOf(response, this.name);
    if (range.total !== this.size || versionOf(response) !== this.#version) {
      throw new SourceError('changed', this.name, 'is another file than when it was opened');
    }
    if (!isWhole && (range.start !== start || bytes.length !== stop - start)) {
      throw wrongRange(this.name, start, stop, range.start, bytes.length);
    }
    const span = { start: range.start, bytes };
    // What fills its buffer belongs to the caller.
    this.#window = bytes.length > end - start ? span : nothing;
    return within(span, start, end)!;
  }

  close(): Promise<void> {
    this.#window = nothing;
    return Promise.resolve();
  }
}

/** Bytes of a file, and where they begin. */
interface Span {
  readonly start: number;
  readonly bytes: Uint8Array;
}

const nothing: Span = { start: 0, bytes: new Uint8Array() };

function within(span: Span, start: number, end: number): Uint8Array | null {
  const last = span.start + span.bytes.length;
  if (start < span.start || end > last) return null;
  return span.bytes.subarray(start - span.start, end - span.start);
}

type Requester = (start: number, end: number) => Promise<Response>;

function requester(url: string, name: string, options: FetchOptions): Requester {
  const { headers = {} } = options;
  const get = fetchOf(options);
  const signal = signalOf(options);
  return async (start, end) => {
    const range = `bytes=${start}-${end - 1}`;
    const response = await get(url, {
      headers: { ...headers, range },
      ...(signal === undefined ? {} : { signal }),
    }).catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw new SourceError('unreadable', name, `could not be fetched: ${String(cause)}`, {
        cause,
      });
    });
    if (response.ok || response.status === 416) return response;
    const { status, statusText } = response;
    await response.body?.cancel();
    const fault = status === 404 || status === 410 ? 'missing' : 'answer';
    throw new SourceError(fault, name, `the server answers ${status} ${statusText}`.trim());
  };
}

async function bodyOf(response: Response, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new SourceError('unreadable', name, `the answer broke off: ${String(cause)}`, { cause });
  }
}

/** `Content-Range: bytes 0-99/1234`. */
function rangeOf(response: Response, name: string): { start: number; total: number } {
  const header = response.headers.get('content-range');
  const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(header ?? '');
  if (response.status !== 206 || match === null) {
    throw new SourceError(
      'answer',
      name,
      `expected a range with its place and the length of the file, got ${response.status} with ` +
        `content-range ${header ?? 'missing'}`,
    );
  }
  return { start: Number(match[1]), total: Number(match[2]) };
}

/** `Content-Range: bytes *\/1234`, of an answer 416. */
function totalOf(response: Response): number | null {
  const match = /^bytes \*\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  return match === null ? null : Number(match[1]);
}

/** What tells one version of a file from the next, where the server says. */
function versionOf(response: Response): string | null {
  return response.headers.get('etag') ?? response.headers.get('last-modified');
}

function wrongRange(
  name: string,
  start: number,
  end: number,
  gotStart: number,
  got: number,
): SourceError {
  return new SourceError(
    'answer',
    name,
    `expected bytes ${start} to ${end}, the server sent ${got} from ${gotStart} on`,
  );
}
