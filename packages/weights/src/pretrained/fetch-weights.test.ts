import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pathToFileURL } from 'node:url';
import { ArgumentError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';

import { DownloadError, type DownloadFault } from '../errors.ts';
import { loadWeights } from '../load/load-weights.ts';
import { FileServer, sendBytes, type Handler } from '../testing/file-server.ts';
import { PlainModel } from '../testing/plain-model.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import { encodeTorch } from '../torch/write.ts';
import { fetchWeights } from './fetch-weights.ts';
import { cocoClasses, cocoKeypoints, cocoSkeleton } from './coco-classes.ts';
import { imagenetClasses } from './imagenet-classes.ts';
import { kineticsClasses } from './kinetics-classes.ts';
import type { PretrainedOptions } from './options.ts';
import type { WeightsFile } from './weights-file.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5);
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function weightsAt(server: FileServer, bytes: Uint8Array = content): WeightsFile {
  const sha256 = digest(bytes).slice(0, 8);
  const file = `net-${sha256}.pth`;
  return { file, url: `${server.url}/models/${file}`, sha256, bytes: bytes.length };
}

let cut: { readonly received: number; readonly response: ServerResponse } | undefined;

/** Cuts the connection that `cutAfter` wants cut. Not before all has come: what a connection still holds is lost. */
const onProgress = ({ received }: { readonly received: number }): void => {
  if (received === cut?.received) cut.response.destroy();
};

/** Sends a part of the content; the connection is cut once that has come, by `onProgress`. */
function cutAfter(count: number, response: ServerResponse, start = 0): void {
  response.writeHead(start === 0 ? 200 : 206, {
    'content-length': content.length - start,
    ...(start === 0
      ? {}
      : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
  });
  cut = { received: start + count, response };
  response.write(content.subarray(start, start + count));
}

async function failure(action: Promise<unknown>): Promise<DownloadError> {
  try {
    await action;
  } catch (error) {
    if (error instanceof DownloadError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const serve = (handler: Handler): Promise<FileServer> => FileServer.start(handler);

describe('fetchWeights', () => {
  it('downloads once, tells how far it is, and needs no network from then on', async () => {
    using folder = new TemporaryFolder();
    await using server = await serve((request, response) => sendBytes(content, request, response));
    const file = weightsAt(server);
    const seen: number[] = [];
    const options: PretrainedOptions = {
      cache: folder.file('a/b'),
      onProgress: ({ received, total, file: name }) => {
        expect([total, name]).toEqual([content.length, file.file]);
        seen.push(received);
      },
    };
    const path = await fetchWeights(file, options);
    expect(path).toBe(folder.file(`a/b/${file.file}`));
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
    expect(seen.length).toBeGreaterThan(0);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen[seen.length - 1]).toBe(content.length);
    expect(await fetchWeights(file, { ...options, offline: true })).toBe(path);
    expect(server.ranges.length).toBe(1);
    expect(await readdir(folder.file('a/b'))).toEqual([file.file]);
  });

  it('downloads once where several ask at a time', async () => {
    using folder = new TemporaryFolder();
    await using server = await serve((request, response) => sendBytes(content, request, response));
    const file = weightsAt(server);
    const asked = Array.from({ length: 5 }, () => fetchWeights(file, { cache: folder.path }));
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(server.ranges.length).toBe(1);
  });

  it('goes on where the connection was cut', async () => {
    using folder = new TemporaryFolder();
    let requests = 0;
    await using server = await serve((request, response) => {
      requests++;
      if (requests === 1) cutAfter(100_000, response);
      else if (requests === 2) cutAfter(50_000, response, 100_000);
      else sendBytes(content, request, response);
    });
    const path = await fetchWeights(weightsAt(server), { cache: folder.path, onProgress });
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
    expect(server.ranges).toEqual(['', 'bytes=100000-', 'bytes=150000-']);
  });

  it('goes on where an earlier download ended', async () => {
    using folder = new TemporaryFolder();
    await using broken = await serve((_, response) => cutAfter(100_000, response));
    const first = await failure(
      fetchWeights(weightsAt(broken), { cache: folder.path, retries: 0, onProgress }),
    );
    expect([first.fault, first.message]).toEqual([
      'connection',
      expect.stringMatching(/broke off|failed/) as unknown,
    ]);
    await using server = await serve((request, response) => sendBytes(content, request, response));
    const path = await fetchWeights(weightsAt(server), { cache: folder.path });
    expect(server.ranges).toEqual(['bytes=100000-']);
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
  });

  it.each<[string, Uint8Array]>([
    ['of another file', new Uint8Array(1000)],
    ['longer than the file', new Uint8Array(400_000)],
    ['as long as the file', new Uint8Array(content.length)],
  ])('begins anew where what is there is %s', async (_, left) => {
    using folder = new TemporaryFolder();
    await using server = await serve((request, response) => sendBytes(content, request, response));
    const file = weightsAt(server);
    await writeFile(folder.file(`${file.file}.part`), left);
    const path = await fetchWeights(file, { cache: folder.path });
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
  });

  it('begins anew where the server knows no ranges', async () => {
    using folder = new TemporaryFolder();
    let requests = 0;
    await using server = await serve((_, response) => {
      requests++;
      if (requests === 1) cutAfter(1000, response);
      else response.end(content);
    });
    const path = await fetchWeights(weightsAt(server), { cache: folder.path, onProgress });
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
  });

  it('follows redirects', async () => {
    using folder = new TemporaryFolder();
    await using server = await serve((request, response) => {
      if (request.url?.startsWith('/models/') === true) {
        response.writeHead(302, { location: '/elsewhere' }).end();
      } else sendBytes(content, request, response);
    });
    const path = await fetchWeights(weightsAt(server), { cache: folder.path });
    expect(Buffer.compare(await readFile(path as string), content)).toBe(0);
  });

  it('tries again where the server is busy', async () => {
    using folder = new TemporaryFolder();
    let requests = 0;
    await using server = await serve((request, response) => {
      requests++;
      if (requests < 3) response.writeHead(503).end();
      else sendBytes(content, request, response);
    });
    await expect(fetchWeights(weightsAt(server), { cache: folder.path })).resolves.toBeDefined();
  });

  it.each<[string, DownloadFault, string, Handler]>([
    ['there is no such file', 'missing', 'answers 404', (_, r) => r.writeHead(404).end('no')],
    ['it may not be had', 'answer', 'answers 403', (_, r) => r.writeHead(403).end()],
    ['the server stays busy', 'answer', 'answers 500', (_, r) => r.writeHead(500).end()],
    [
      'bytes are wrong',
      'hash',
      'not the published file',
      (_, r) => r.end(content.map((byte) => byte ^ 1)),
    ],
    [
      'a page comes in its place',
      'hash',
      'not the published file',
      (_, r) => r.end('<html>please log in</html>'),
    ],
    ['bytes are missing', 'hash', 'not the published file', (_, r) => r.end(content.subarray(1))],
    ['it breaks off each time', 'connection', '3 times', (_, r) => cutAfter(10, r)],
    ['nobody answers', 'connection', 'failed', (_, r) => r.destroy()],
    ['the answer never comes', 'slow', 'no byte came for 0.15 s', () => undefined],
    ['the answer stands still', 'slow', 'no byte came', (_, r) => r.write(content.subarray(0, 10))],
    [
      'the ranges are of something else',
      'answer',
      'another range',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('abcde'),
    ],
  ])('fails and keeps nothing wrong where %s', async (_, fault, message, handler) => {
    using folder = new TemporaryFolder();
    await using server = await serve(handler);
    const file = weightsAt(server);
    const error = await failure(
      fetchWeights(file, { cache: folder.path, retries: 2, timeout: 150, onProgress }),
    );
    expect(error.message).toContain(message);
    expect(error.message.startsWith(`${file.file}: `)).toBe(true);
    expect(error.fault).toBe(fault);
    expect(await readdir(folder.path)).not.toContain(file.file);
  });

  it('ends when its signal says so', async () => {
    using folder = new TemporaryFolder();
    const ended = new AbortController();
    await using server = await serve((_, response) => {
      response.write(content.subarray(0, 10));
      ended.abort(new Error('enough'));
    });
    const fetching = fetchWeights(weightsAt(server), { cache: folder.path, signal: ended.signal });
    await expect(fetching).rejects.toThrow('enough');
  });

  it('reads from a mirror, and from a folder, which is only read', async () => {
    using folder = new TemporaryFolder();
    const urls: string[] = [];
    await using server = await serve((request, response) => {
      urls.push(request.url ?? '');
      sendBytes(content, request, response);
    });
    const file = { ...weightsAt(server), url: 'https://nowhere.invalid/x.pth' };
    const mirrored = await fetchWeights(file, {
      cache: folder.path,
      mirror: `${server.url}/copies/`,
    });
    expect(urls).toEqual([`/copies/${file.file}`]);
    expect(mirrored).toBe(folder.file(file.file));
    for (const mirror of [folder.path, pathToFileURL(folder.path).href]) {
      expect(await fetchWeights(file, { cache: folder.file('unused'), mirror })).toBe(mirrored);
    }
    await writeFile(folder.file(file.file), 'other');
    expect((await failure(fetchWeights(file, { mirror: folder.path }))).fault).toBe('hash');
    await mkdir(folder.file('empty'));
    const missing = await failure(fetchWeights(file, { mirror: folder.file('empty') }));
    expect(missing.fault).toBe('missing');
    expect(await readdir(folder.path)).toEqual(['empty', file.file]);
  });

  it('says what is not in the cache where nothing may be downloaded', async () => {
    using folder = new TemporaryFolder();
    await using server = await serve((request, response) => sendBytes(content, request, response));
    const fetching = fetchWeights(weightsAt(server), { cache: folder.path, offline: true });
    expect((await failure(fetching)).fault).toBe('offline');
    expect(server.ranges).toEqual([]);
  });

  it.each([
    ['file/x', 'ENOTDIR'],
    ['taken', 'EISDIR'],
    // Node's own way of making folders would never end there.
    ...(process.platform === 'linux' ? ([['/proc/x/y', 'ENOENT']] as const) : []),
  ] as const)(
    'says that nothing can be kept in %s, and what names another place',
    async (place, code) => {
      using folder = new TemporaryFolder();
      await using server = await serve((request, response) =>
        sendBytes(content, request, response),
      );
      const file = weightsAt(server);
      await writeFile(folder.file('file'), 'no folder');
      await mkdir(folder.file(`taken/${file.file}.part`), { recursive: true });
      const cache = place.startsWith('/') ? place : folder.file(place);
      const error = await failure(fetchWeights(file, { cache }));
      expect(error.fault).toBe('cache');
      const start = `${file.file}: it cannot be kept in ${cache} (${code}: `;
      expect(error.message.slice(0, start.length)).toBe(start);
      expect(error.message).toMatch(
        /\): the option cache, or CONVNET_WEIGHTS, names another folder$/,
      );
    },
  );

  const good: WeightsFile = {
    file: 'a.pth',
    url: 'http://x.invalid/',
    sha256: '01234567',
    bytes: 1,
  };

  it.each<[unknown, object, string]>([
    [{ ...good, file: '../a.pth' }, {}, "expected the name of a file, got '../a.pth'"],
    [{ ...good, file: '/etc/a' }, {}, 'expected the name of a file'],
    [{ ...good, sha256: '0123' }, {}, 'expected 8 to 64 hexadecimal digits'],
    [{ ...good, sha256: undefined }, {}, 'expected a file, its url'],
    ['a.pth', {}, 'expected a file, its url'],
    [good, { cacheDir: 'x' }, "there is no option 'cacheDir'"],
  ])('refuses %j', async (file, options, message) => {
    await expect(fetchWeights(file as WeightsFile, options)).rejects.toThrow(ArgumentError);
    await expect(fetchWeights(file as WeightsFile, options)).rejects.toThrow(message);
  });
});

describe('loadWeights', () => {
  it('downloads published weights, and knows what is peculiar about their file', async () => {
    using folder = new TemporaryFolder();
    const data = Float32Array.of(1, 2);
    const bytes = await encodeTorch({
      'norm.1.bias': { dtype: 'float32', shape: [2], data },
      'aux.bias': { dtype: 'float32', shape: [2], data },
    });
    await using server = await serve((request, response) => sendBytes(bytes, request, response));
    const published = {
      ...weightsAt(server, bytes),
      renames: [[/norm\.1/, 'norm1']],
      spare: /^aux\./,
    } as const;
    const model = new PlainModel({ 'norm1.bias': [2] }, reference());
    const report = await loadWeights(model, published, { cache: folder.path });
    expect(report.unexpected).toEqual([]);
    expect(report.source).toBe(published.file);
    expect(await model.values()).toEqual({ 'norm1.bias': [1, 2] });
    // And again with what is there.
    await loadWeights(model, published, { cache: folder.path, offline: true });
    const auxiliary = new PlainModel({ 'norm1.bias': [2], 'aux.bias': [2] }, reference());
    await loadWeights(auxiliary, published, { cache: folder.path });
    expect((await auxiliary.values())['aux.bias']).toEqual([1, 2]);
  });
});

describe('imagenetClasses', () => {
  it('are a thousand, each once', () => {
    expect(new Set(imagenetClasses).size).toBe(1000);
    expect([imagenetClasses[0], imagenetClasses[281], imagenetClasses[999]]).toEqual([
      'tench',
      'tabby',
      'toilet tissue',
    ]);
  });
});

describe('kineticsClasses', () => {
  it('are four hundred, each once', () => {
    expect(new Set(kineticsClasses).size).toBe(400);
    expect([kineticsClasses[0], kineticsClasses[1], kineticsClasses[399]]).toEqual([
      'abseiling',
      'air drumming',
      'zumba',
    ]);
  });
});

describe('cocoClasses', () => {
  it('are ninety-one, with gaps; those of persons have keypoints', () => {
    expect(cocoClasses).toHaveLength(91);
    expect(cocoClasses.filter((name) => name !== 'N/A')).toHaveLength(81);
    expect([cocoClasses[0], cocoClasses[1], cocoClasses[90]]).toEqual([
      '__background__',
      'person',
      'toothbrush',
    ]);
    expect(cocoKeypoints).toHaveLength(17);
    const named = cocoSkeleton.map(([from, to]) => [cocoKeypoints[from], cocoKeypoints[to]]);
    expect(named).toContainEqual(['left_shoulder', 'left_elbow']);
    expect(new Set(named.flat()).size).toBe(17);
  });
});
