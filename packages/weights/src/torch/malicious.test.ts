/** Files that attack who reads them: nothing is run, and each is refused with the name of what it wanted. */
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { TorchFileError, type TorchFileFault } from '../errors.ts';
import { fromBase64, readJson } from '../testing/fixtures.ts';
import { legacyTorchFile, torchFile } from '../testing/torch-file.ts';
import { openTorch } from './open.ts';

interface Case {
  readonly title: string;
  readonly fault: TorchFileFault;
  readonly global: string | null;
  readonly pickle: string;
}

const cases = readJson('malicious-pickles.json') as readonly Case[];

async function refusal(file: Uint8Array): Promise<TorchFileError> {
  try {
    await openTorch(file, { name: 'model.pth' });
  } catch (error) {
    if (error instanceof TorchFileError) return error;
    throw error;
  }
  throw new Error('it was read');
}

describe.each(cases)('$title', ({ fault, global, pickle }) => {
  const bytes = new Uint8Array(inflateSync(fromBase64(pickle)));

  it.each([
    ['a zip archive', torchFile(bytes, { 0: new Uint8Array(16) })],
    ['a legacy file', legacyTorchFile(bytes, Uint8Array.of(0x80, 2, 0x5d, 0x2e))],
  ])('is refused in %s', async (_, file) => {
    const error = await refusal(file);
    expect(error.message).toMatch(/^model\.pth: /);
    expect([error.fault, error.global]).toEqual([fault, global ?? undefined]);
    expect(error.message).toContain(global === null ? '' : `names ${global},`);
  });
});
