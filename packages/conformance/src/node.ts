import { readFile } from 'node:fs/promises';

/** Reads a fixture file of this package, for `pytorchCases` in Node. */
export async function loadFixture(file: string): Promise<ArrayBuffer> {
  const url = new URL(`../fixtures/pytorch/${file}`, import.meta.url);
  const { buffer, byteOffset, byteLength } = await readFile(url);
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
