import { ArgumentError } from '@convnet/tensor-core';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { binaryUrl, workerUrl } from './binaries.ts';
import { howToPlaceFiles, MissingBinaryError } from './errors.ts';
import { wasm } from './loader.ts';

test('the files lie in the folder that wasmUrl names, with or without a slash at its end', () => {
  for (const wasmUrl of ['https://cdn.test/kernels', 'https://cdn.test/kernels/']) {
    expect(binaryUrl('simd', false, wasmUrl).href).toBe('https://cdn.test/kernels/simd.wasm');
    expect(binaryUrl('relaxed', true, new URL(wasmUrl)).href).toBe(
      'https://cdn.test/kernels/relaxed-threads.wasm',
    );
    expect(workerUrl({ wasmUrl })?.href).toBe('https://cdn.test/kernels/worker.js');
  }
  expect(binaryUrl('simd', false, '/a/b?v=1').pathname).toBe('/a/b/simd.wasm');
});

test('the script of the workers lies where workerUrl says, or beside the package', () => {
  const options = { wasmUrl: 'https://cdn.test/', workerUrl: 'https://home.test/w.js' };
  expect(workerUrl(options)?.href).toBe('https://home.test/w.js');
  expect(workerUrl({})).toBe(null);
});

test.each(['wasmUrl', 'workerUrl', 'binary'] as const)('%s must be a URL', async (option) => {
  const options = { [option]: 'http://[', threads: 1 };
  const opening = option === 'workerUrl' ? async () => workerUrl(options) : () => wasm(options);
  await expect(opening).rejects.toThrow(ArgumentError);
  await expect(opening).rejects.toThrow(`expected ${option} to be a URL, got "http://["`);
});

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-wasm-'));
  cpSync(join(import.meta.dirname, '../wasm'), folder, { recursive: true });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([1, 2])('%d threads from a folder of the user', async (threads) => {
  const device = await wasm({ threads, wasmUrl: pathToFileURL(folder) });
  device.dispose();
  rmSync(join(folder, threads === 1 ? 'relaxed.wasm' : 'relaxed-threads.wasm'));
  await expect(wasm({ threads, wasmUrl: pathToFileURL(folder) })).rejects.toThrow(
    threads === 1 ? /relaxed\.wasm/ : /relaxed-threads\.wasm/,
  );
});

test.each<[string, number, string, string, RegExp]>([
  ['nothing', 404, 'text/plain', '', /got the answer 404 Not Found/],
  ['a page', 200, 'text/html; charset=utf-8', '<!doctype html>', /got a page/],
  ['other bytes', 200, 'application/wasm', 'version https', /got 13 bytes that are no Web/],
])(
  '%s in place of a binary is an error that says what to do',
  async (_, status, type, body, found) => {
    const server = createServer((_request, response) =>
      response.writeHead(status, { 'content-type': type }).end(body),
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    const opening = wasm({ threads: 1, wasmUrl: `http://127.0.0.1:${port}/wasm` });
    const error = await opening.catch((reason: unknown) => reason);
    server.close();
    expect(error).toBeInstanceOf(MissingBinaryError);
    expect(String(error)).toMatch(found);
    expect(String(error)).toContain(howToPlaceFiles);
  },
);
