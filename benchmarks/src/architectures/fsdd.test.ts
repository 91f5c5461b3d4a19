import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { fsdd, fsddLength } from './fsdd.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-fsdd-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A WAV file of 16 bits. */
function wav(samples: Int16Array, sampleRate = 8000): Uint8Array {
  const bytes = Buffer.alloc(44 + samples.byteLength);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + samples.byteLength, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(samples.byteLength, 40);
  bytes.set(new Uint8Array(samples.buffer), 44);
  return bytes;
}

/** A tone whose pitch is the digit's, of a length that the take decides. */
const tone = (digit: number, take: number): Uint8Array =>
  wav(
    Int16Array.from({ length: 200 + 10 * take }, (_, i) =>
      Math.round(8000 * Math.sin((i * (digit + 1)) / 12)),
    ),
  );

const speakers = ['ann', 'ben', 'cat', 'dan', 'eve', 'fay'];
const all = speakers.flatMap((speaker) =>
  Array.from({ length: 500 }, (_, i) => ({
    name: `fsdd/recordings/${i % 10}_${speaker}_${Math.floor(i / 10)}.wav`,
    data: tone(i % 10, Math.floor(i / 10)),
  })),
);

const packed = (files: typeof all): Uint8Array =>
  gzipSync(createTar([{ name: 'fsdd/README.txt', data: 'Spoken digits' }, ...files]), { level: 1 });

async function from(bytes: Uint8Array) {
  await writeFile(join(folder, 'fsdd.tar.gz'), bytes);
  return fsdd(folder);
}

test('the takes 0 to 4 test, 5 to 9 validate, the others train', async () => {
  const { train, validation, test: tested, digest } = await from(packed(all));
  expect([train, validation, tested].map(({ length }) => length)).toEqual([2400, 300, 300]);
  expect(train.inputShape).toEqual([1, fsddLength]);
  expect(train.classes).toHaveLength(10);
  const inputs = new Float32Array(2 * fsddLength);
  const labels = new Int32Array(2);
  tested.fill(Int32Array.of(0, 299), inputs, labels);
  expect([...labels]).toEqual([0, 9]);
  // 200 samples of 8 kHz are 100 of 4 kHz, in the middle of silence.
  const loud = inputs.subarray(0, fsddLength).findIndex((value) => value !== 0);
  expect(loud).toBeGreaterThanOrEqual(974);
  expect(loud).toBeLessThan(980);
  const power = inputs.subarray(974, 1074).reduce((sum, value) => sum + value * value, 0);
  expect(power / 100).toBeCloseTo(1, 3);
  // Other files have another digest, the order of the archive does not matter.
  expect((await from(packed(all.toReversed()))).digest).toBe(digest);
  const changed = all.with(0, { ...all[0]!, data: tone(3, 3) });
  expect((await from(packed(changed))).digest).not.toBe(digest);
});

test('a folder of recordings is as good as the archive', async () => {
  const { digest } = await from(packed(all));
  const other = await mkdtemp(join(tmpdir(), 'convnet-fsdd-'));
  await mkdir(join(other, 'fsdd', 'recordings'), { recursive: true });
  for (const { name, data } of all) await writeFile(join(other, name), data);
  expect((await fsdd(other)).digest).toBe(digest);
  await rm(other, { recursive: true });
});

test('where it is absent, the error says what was expected and how to get it', async () => {
  const nowhere = join(folder, 'nowhere');
  await expect(fsdd(nowhere)).rejects.toMatchObject({
    name: 'DatasetAbsentError',
    message: expect.stringMatching(/expected fsdd\.tar\.gz or .*--data/) as unknown,
  });
});

test('what is no such archive is told', async () => {
  await expect(from(Uint8Array.of(1, 2, 3))).rejects.toThrow('no tar archive packed with gzip');
  await expect(from(packed(all.slice(1)))).rejects.toThrow('expected 3000 recordings, got 2999');
  const renamed = all.with(0, { ...all[0]!, name: 'fsdd/recordings/zero.wav' });
  await expect(from(packed(renamed))).rejects.toThrow('names like 7_jackson_32.wav');
  const fast = all.with(0, { ...all[0]!, data: wav(new Int16Array(500), 16_000) });
  await expect(from(packed(fast))).rejects.toThrow('expected one channel at 8000 Hz');
});
