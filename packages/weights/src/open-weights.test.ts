import { writeFile } from 'node:fs/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { openWeights } from './open-weights.ts';
import { TemporaryFolder } from './testing/temporary-folder.ts';

const folder = new TemporaryFolder();
afterAll(() => folder[Symbol.dispose]());

describe('openWeights', () => {
  it.each([
    [
      'a.pth',
      'abc',
      'expected a file of PyTorch, as its name says, got bytes that begin 61 62 63: is it damaged',
    ],
    [
      'b.pt',
      '<!DOCTYPE html>',
      'expected a file of PyTorch, as its name says, got bytes that begin 3c 21 44',
    ],
    ['c.npz', '', 'expected an archive of NumPy, as its name says, got an empty file'],
    ['d.npy', 'abc', 'expected an array of NumPy'],
    ['e.keras', 'abc', 'expected a file of Keras'],
    ['f.h5', 'abc', 'expected a file of Keras (HDF5)'],
    ['g.h5', '\u0089HDF\r\n\u001a\n', 'the file ends after its signature'],
    ['h.onnx', '\b\u0007', 'importOnnx of @convnet/onnx reads it'],
    ['i.safetensors', 'abc', 'expected 8 bytes with the length of a header, the file has 3'],
  ])('says of %s what it was to be by its name, and what it is', async (name, content, message) => {
    const path = folder.file(name);
    await writeFile(path, Buffer.from(content, 'latin1'));
    await expect(openWeights(path)).rejects.toThrow(message);
    await expect(openWeights(path)).rejects.toThrow(name);
  });
});
