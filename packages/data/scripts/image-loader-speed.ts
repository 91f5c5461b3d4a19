/**
 * How many pictures a second two workers bring through RandomResizedCrop(224), a flip and a normalisation, here and in
 * torchvision, in turns on this machine.
 *
 *     node packages/data/scripts/image-loader-speed.ts [--images 2000] [--rounds 3] [--workers 2] [--python /usr/bin/python3]
 *
 * Makes JPEG files of 500x375 first. Needs sharp; without torch and torchvision the peer is left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { meta } from '@convnet/tensor-core';
import sharp from 'sharp';
import { DataLoader, openDataset, type FileDataset, type HostArray } from '../src/index.ts';

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '2' },
    python: { type: 'string', default: '/usr/bin/python3' },
  },
});
const count = Number(values.images);
const workers = Number(values.workers);
const batchSize = 64;

/** Writes pictures with the detail of photographs: waves of several lengths under a little noise, about 50 KB each. */
async function writePictures(root: string): Promise<void> {
  const [width, height] = [500, 375];
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 24) / 16 - 8;
  };
  for (const name of ['a', 'b']) mkdirSync(join(root, name));
  // A few different ones are enough: files are what is read.
  for (let kind = 0; kind < Math.min(20, count); kind++) {
    const pixels = new Uint8Array(width * height * 3);
    for (let i = 0; i < pixels.length; i++) {
      const [x, y, c] = [Math.floor(i / 3) % width, Math.floor(i / 3 / width), i % 3];
      const waves = Math.sin(x / (3 + kind + c)) * 40 + Math.sin((x + y) / (29 - kind)) * 60;
      pixels[i] = Math.min(Math.max(128 + waves + Math.cos(y / (7 + c)) * 20 + noise(), 0), 255);
    }
    const jpeg = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 85 })
      .toBuffer();
    for (let i = kind; i < count; i += 20) {
      writeFileSync(join(root, i % 2 === 0 ? 'a' : 'b', `${i}.jpg`), jpeg);
    }
  }
}

/** Pictures a second of one epoch here; workers are there already, as they are from the second epoch on. */
async function ours(root: string): Promise<number> {
  const train = await openDataset<FileDataset<HostArray<Float32Array>>>(
    new URL('../src/image/testing/folder-set.ts', import.meta.url),
    { name: 'folderSet', options: { root, size: 224 } },
  );
  using loader = new DataLoader(train, {
    batchSize,
    shuffle: true,
    numWorkers: workers,
    device: meta,
  });
  for await (const _ of loader.hostBatches()) break;
  let seen = 0;
  const start = performance.now();
  for await (const [inputs] of loader.hostBatches()) seen += inputs.shape[0]!;
  return (1000 * seen) / (performance.now() - start);
}

/** Pictures a second of one epoch of torchvision's, as its script prints them. */
function theirs(root: string): number {
  const script = join(import.meta.dirname, 'image_loader_speed.py');
  return Number(execFileSync(values.python, [script, root, String(workers), String(batchSize)]));
}

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!;

const root = mkdtempSync(join(tmpdir(), 'convnet-speed-'));
try {
  await writePictures(root);
  const rates: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    rates.theirs.push(theirs(root));
    rates.ours.push(await ours(root));
    const [peer, own] = [rates.theirs.at(-1)!, rates.ours.at(-1)!];
    console.log(
      `round ${round + 1}: torchvision ${peer.toFixed(0)}/s, convnet ${own.toFixed(0)}/s, ratio ${(own / peer).toFixed(2)}`,
    );
  }
  const ratio = median(rates.ours.map((rate, i) => rate / rates.theirs[i]!));
  console.log(
    `${count} pictures, ${workers} workers, medians: torchvision ${median(rates.theirs).toFixed(0)}/s, ` +
      `convnet ${median(rates.ours).toFixed(0)}/s, ratio ${ratio.toFixed(2)}`,
  );
} finally {
  rmSync(root, { recursive: true });
}
