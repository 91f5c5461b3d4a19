import { open, truncate, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { ArgumentError } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';

import { SourceError, type SourceFault } from '../errors.ts';
import { FileServer, sendBytes, type Handler } from '../testing/file-server.ts';
import { TemporaryFolder } from '../testing/temporary-folder.ts';
import type { ByteSource } from './byte-source.ts';
import { openSource, type FileLocation } from './open-source.ts';

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function faultOf(action: () => Promise<unknown>): Promise<readonly [SourceFault, string]> {
  try {
    await action();
  } catch (error) {
    if (error instanceof SourceError) return [error.fault, error.message];
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Whether a source gives the content, all of it and in parts, and says where it ends. */
async function givesContent(source: ByteSource): Promise<boolean> {
  expect(source.size).toBe(1000);
  expect(new Uint8Array(await source.read(0, 1000))).toEqual(content);
  expect(new Uint8Array(await source.read(7, 13))).toEqual(content.slice(7, 13));
  expect((await source.read(1000, 1000)).length).toBe(0);
  expect(await faultOf(() => source.read(990, 1001))).toEqual([
    'truncated',
    `${source.name}: expected bytes 990 to 1001, the file has 1000`,
  ]);
  await source.close();
  return true;
}

describe('openSource', () => {
  it.each<[string, FileLocation]>([
    ['bytes', content],
    ['an ArrayBuffer', content.slice().buffer],
    ['a Blob', new Blob([content])],
    ['a File', new File([content], 'model.pth')],
    ['a data: URL', `data:;base64,${Buffer.from(content).toString('base64')}`],
  ])('reads %s', async (_, location) => {
    expect(await givesContent(await openSource(location))).toBe(true);
  });

  it('reads a file by its path, its URL, and an open one', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('model.pth');
    await writeFile(path, content);
    expect(await givesContent(await openSource(path))).toBe(true);
    expect(await givesContent(await openSource(pathToFileURL(path)))).toBe(true);
    expect(await givesContent(await openSource(pathToFileURL(path).href))).toBe(true);
    await using handle = await open(path);
    expect(await givesContent(await openSource(handle, { name: 'opened' }))).toBe(true);
    // It stays open: its owner closes it.
    expect((await handle.stat()).size).toBe(1000);
  });

  it('says what is missing, no file, or shorter than it was', async () => {
    using folder = new TemporaryFolder();
    const path = folder.file('model.pth');
    expect(await faultOf(() => openSource(path))).toEqual([
      'missing',
      `${path}: there is no such file`,
    ]);
    await writeFile(path, content);
    const source = await openSource(path);
    await truncate(path, 10);
    expect(await faultOf(() => source.read(0, 1000))).toEqual([
      'changed',
      `${path}: had 1000 bytes when it was opened and ends at 10 now`,
    ]);
    await source.close();
    const [fault] = await faultOf(async () => (await openSource(folder.path)).read(0, 1));
    expect(fault).toBe('unreadable');
  });

  it.each([undefined, null, 5, {}, [], new Float32Array(1)])('refuses %j', async (value) => {
    await expect(openSource(value as FileLocation)).rejects.toThrow(ArgumentError);
    await expect(openSource(value as FileLocation)).rejects.toThrow(
      /expected a file as a path, URL/,
    );
  });
});

describe('a URL', () => {
  const serve = (handler: Handler): Promise<FileServer> => FileServer.start(handler);
  const mebi = 2 ** 20;
  const large = Uint8Array.from({ length: 10 * mebi }, (_, i) => (i * 7919) >> 8);

  it('is read in ranges, neighbours with one request', async () => {
    await using server = await serve((request, response) => sendBytes(large, request, response));
    const source = await openSource(`${server.url}/model.pth`, { headers: { 'x-key': '1' } });
    expect(source.size).toBe(10 * mebi);
    for (let at = 0; at < 10 * mebi; at += mebi) {
      const bytes = await source.read(at, at + mebi);
      expect(Buffer.compare(bytes, large.subarray(at, at + mebi))).toBe(0);
    }
    expect(server.ranges).toEqual([
      'bytes=0-4194303',
      'bytes=4194304-8388607',
      'bytes=8388608-10485759',
    ]);
    // From any place, and more than a window at once.
    const all = await source.read(1, 10 * mebi);
    expect(Buffer.compare(all, large.subarray(1))).toBe(0);
    expect(server.ranges.length).toBe(4);
  });

  it('is read whole where the server knows no ranges, and empty where it is', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/empty') sendBytes(new Uint8Array(), request, response);
      else response.end(content);
    });
    expect(await givesContent(await openSource(`${server.url}/a`))).toBe(true);
    expect((await openSource(`${server.url}/empty`)).size).toBe(0);
  });

  it('follows redirects', async () => {
    await using server = await serve((request, response) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
      else sendBytes(content, request, response);
    });
    expect(await givesContent(await openSource(`${server.url}/from`))).toBe(true);
  });

  it.each<[string, SourceFault, string, Handler]>([
    ['there is nothing', 'missing', 'the server answers 404', (_, r) => r.writeHead(404).end()],
    ['it is not for us', 'answer', 'the server answers 403', (_, r) => r.writeHead(403).end('no')],
    ['the server is broken', 'answer', 'answers 500', (_, r) => r.writeHead(500).end()],
    [
      'the range has no place',
      'answer',
      'content-range missing',
      (_, r) => r.writeHead(206).end(content),
    ],
    [
      'the range is another',
      'answer',
      'expected bytes 0 to 1000, the server sent 1000 from 5 on',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 5-1004/1000' }).end(content),
    ],
    [
      'the range is too short',
      'answer',
      'the server sent 10 from 0 on',
      (_, r) => r.writeHead(206, { 'content-range': 'bytes 0-9/1000' }).end(content.slice(0, 10)),
    ],
    [
      'the connection is cut',
      'unreadable',
      'broke off',
      (_, r) => {
        r.writeHead(206, { 'content-range': 'bytes 0-999/1000', 'content-length': 1000 });
        r.write(content.slice(0, 10), () => r.destroy());
      },
    ],
    ['nobody answers', 'unreadable', 'could not be fetched', (_, r) => r.destroy()],
  ])('fails where %s', async (_, fault, message, handler) => {
    await using server = await serve(handler);
    const [found, text] = await faultOf(() => openSource(server.url, { name: 'model.pth' }));
    expect(text).toContain(message);
    expect(text).toMatch(/^model\.pth: /);
    expect(found).toBe(fault);
  });

  it.each([
    ['its tag', (n: number) => ({ etag: `"${n}"` }), large],
    ['its length', () => ({}), large.subarray(1)],
  ])('notices that the file has changed by %s', async (_, headers, later) => {
    let requests = 0;
    await using server = await serve((request, response) => {
      requests++;
      sendBytes(requests === 1 ? large : later, request, response, headers(requests));
    });
    const source = await openSource(server.url);
    expect((await faultOf(() => source.read(6 * mebi, 7 * mebi)))[0]).toBe('changed');
  });

  it('ends when its signal says so', async () => {
    const ended = new AbortController();
    await using server = await serve(() => ended.abort(new Error('enough')));
    await expect(openSource(server.url, { signal: ended.signal })).rejects.toThrow('enough');
  });
});
