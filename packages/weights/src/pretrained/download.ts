import { fetchOf, signalOf } from '../bytes/fetch-of.ts';
import type { FetchOptions } from '../bytes/fetch-options.ts';
import { DownloadError } from '../errors.ts';
import { digestNames, digestOf, type Digests } from './digest.ts';
import type { Sink } from './sink.ts';

/** How far a download is. */
export interface Progress {
  readonly file: string;
  /** Bytes that are there. */
  readonly received: number;
  /** Bytes in all, as far as that is known. */
  readonly total: number;
}

export interface DownloadOptions extends FetchOptions {
  /** Hears how far the download is. */
  readonly onProgress?: (progress: Progress) => void;
  /** How often a connection that breaks off is made anew, where it was. Default 4. */
  readonly retries?: number;
  /** Milliseconds without a byte after which a connection counts as broken. Default 30,000. */
  readonly timeout?: number;
}

/** What is downloaded; without a digest whatever comes is taken. */
export interface Wanted extends Digests {
  readonly file: string;
  readonly url: string;
  readonly bytes: number;
}

/** Before the first retry, in milliseconds; before each other twice as long. */
const firstPause = 200;

/**
 * Downloads a file, going on where a connection broke off or an earlier download ended, until its bytes are those of the
 * hash.
 * @throws DownloadError. What was received stays in the sink where it may be the beginning of the file.
 */
export async function download(
  wanted: Wanted,
  sink: Sink,
  options: DownloadOptions,
): Promise<void> {
  const { retries = 4 } = options;
  const resumed = sink.length > 0;
  for (let attempt = 0; ; attempt++) {
    try {
      await receive(wanted, sink, options);
      break;
    } catch (error) {
      signalOf(options)?.throwIfAborted();
      if (!(error instanceof BrokenConnection)) throw error;
      if (attempt >= retries) throw error.final(wanted.file, attempt + 1);
      await pause(firstPause * 2 ** attempt, signalOf(options));
    }
  }
  const digest = digestOf(wanted);
  if (digest === null || (await sink.digest(digest.algorithm)).startsWith(digest.digits)) return;
  await sink.clear();
  // The beginning may have been of another file.
  if (resumed) {
    await download(wanted, sink, options);
    return;
  }
  throw new DownloadError(
    'hash',
    wanted.file,
    `what ${wanted.url} gave is not the published file: its ${digestNames[digest.algorithm]} does not begin with ${digest.digits}`,
  );
}

/** A connection that may be made again. */
class BrokenConnection extends Error {
  readonly fault: 'connection' | 'slow' | 'answer';

  constructor(fault: 'connection' | 'slow' | 'answer', message: string, cause?: unknown) {
    super(message, { cause });
    this.fault = fault;
  }

  final(file: string, attempts: number): DownloadError {
    return new DownloadError(this.fault, file, `${this.message}, ${attempts} times`, {
      cause: this,
    });
  }
}

/** One request and all that comes of it. */
async function receive(wanted: Wanted, sink: Sink, options: DownloadOptions): Promise<void> {
  const { headers = {}, timeout = 30_000 } = options;
  const get = fetchOf(options);
  const watch = new Watch(timeout, signalOf(options));
  try {
    const start = sink.length;
    const range = start > 0 ? { range: `bytes=${start}-` } : {};
    const response = await watch.within(
      get(wanted.url, { headers: { ...headers, ...range }, signal: watch.signal }),
    );
    const total = await requireAnswer(wanted, response, sink);
    if (total !== null && sink.length === total) return;
    await write(wanted, response, sink, total, watch, options.onProgress);
  } finally {
    watch.end();
  }
}

/** The length of the file by an answer, or null where it does not say. */
async function requireAnswer(
  wanted: Wanted,
  response: Response,
  sink: Sink,
): Promise<number | null> {
  const { status, statusText, headers } = response;
  const length = headers.get('content-length');
  if (status === 200) {
    // All of it, whatever was asked for.
    await sink.clear();
    const isEncoded = (headers.get('content-encoding') ?? 'identity') !== 'identity';
    return length === null || isEncoded ? null : Number(length);
  }
  if (status === 206) {
    const match = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '');
    if (match !== null && Number(match[1]) === sink.length) return Number(match[2]);
  }
  await response.body?.cancel();
  if (status === 206 || status === 416) {
    const total = /^bytes \*\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
    if (total !== undefined && Number(total) === sink.length) return sink.length;
    // What is there cannot be gone on with.
    await sink.clear();
    throw new BrokenConnection('answer', 'the server gives another range than was asked for');
  }
  const answer = `the server answers ${status} ${statusText}`.trim();
  if (status === 404 || status === 410) {
    throw new DownloadError('missing', wanted.file, `${answer} for ${wanted.url}`);
  }
  // Too many requests, and faults of the server, may pass.
  if (status === 429 || status >= 500) throw new BrokenConnection('answer', answer);
  throw new DownloadError('answer', wanted.file, `${answer} for ${wanted.url}`);
}

async function write(
  { file, bytes }: Wanted,
  response: Response,
  sink: Sink,
  total: number | null,
  watch: Watch,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  const reader = response.body?.getReader();
  if (reader === undefined) throw new BrokenConnection('connection', 'the answer has no content');
  for (;;) {
    const { done, value } = await watch.within(reader.read());
    if (done) break;
    if (total !== null && sink.length + value.length > total) {
      await reader.cancel();
      await sink.clear();
      throw new DownloadError('length', file, `expected ${total} bytes, more came`);
    }
    await sink.append(value);
    onProgress?.({ file, received: sink.length, total: total ?? Math.max(bytes, sink.length) });
  }
  if (total !== null && sink.length < total) {
    throw new BrokenConnection(
      'connection',
      `the connection broke off at byte ${sink.length} of ${total}`,
    );
  }
}

/** Ends a request when its caller does, or when nothing came for too long. */
class Watch {
  readonly #abort = new AbortController();
  readonly #timeout: number;
  readonly #outer: AbortSignal | undefined;
  readonly #follow = (): void => this.#abort.abort(this.#outer?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isLate = false;

  constructor(timeout: number, outer: AbortSignal | undefined) {
    this.#timeout = timeout;
    this.#outer = outer;
    outer?.throwIfAborted();
    outer?.addEventListener('abort', this.#follow);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Waits for something, no longer than the timeout. @throws BrokenConnection. */
  async within<T>(promise: Promise<T>): Promise<T> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#isLate = true;
      this.#abort.abort();
    }, this.#timeout);
    try {
      return await promise;
    } catch (cause) {
      this.#outer?.throwIfAborted();
      if (this.#isLate) {
        throw new BrokenConnection('slow', `no byte came for ${this.#timeout / 1000} s`, cause);
      }
      throw new BrokenConnection('connection', `the connection failed: ${String(cause)}`, cause);
    } finally {
      clearTimeout(this.#timer);
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#follow);
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
