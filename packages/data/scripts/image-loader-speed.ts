/**
 * How many pictures a second two workers bring through RandomResizedCrop(224), a flip and a normalisation, here and in
 * torchvision, in turns on this machine; and the processor time of a picture, which says more where others use the machine too.
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
import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';
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

/** What one epoch took: pictures a second, and milliseconds of processor time for each. */
interface Pace {
  readonly rate: number;
  readonly cost: number;
}

/** One epoch here; workers are there already, as they are from the second epoch on. */
async function ours(root: string, device: Device): Promise<Pace> {
  const train = await openDataset<FileDataset<HostArray<Float32Array>>>(
    new URL('../src/image/testing/folder-set.ts', import.meta.url),
    { name: 'folderSet', options: { root, size: 224 } },
  );
  using loader = new DataLoader(train, { batchSize, shuffle: true, numWorkers: workers, device });
  for await (const _ of loader) break;
  let seen = 0;
  const [start, used] = [performance.now(), process.cpuUsage()];
  for await (const [inputs] of loader) seen += inputs.shape[0]!;
  const { user, system } = process.cpuUsage(used);
  return {
    rate: (1000 * seen) / (performance.now() - start),
    cost: (user + system) / 1000 / seen,
  };
}

/** One epoch of torchvision's, as its script prints it. */
function theirs(root: string): Pace {
  const script = join(import.meta.dirname, 'image_loader_speed.py');
  const args = [script, root, String(workers), String(batchSize)];
  const printed = execFileSync(values.python, args, { encoding: 'utf8' });
  const [rate, cost] = printed.split(' ').map(Number) as [number, number];
  return { rate, cost };
}

const described = (peer: Pace, own: Pace, ratio = own.rate / peer.rate): string =>
  `torchvision ${peer.rate.toFixed(0)}/s and ${peer.cost.toFixed(2)} ms of processor time, ` +
  `convnet ${own.rate.toFixed(0)}/s and ${own.cost.toFixed(2)} ms, ratio of rates ${ratio.toFixed(2)}`;

const median = (all: readonly number[]): number =>
  [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)]!;

const device = await wasm({ threads: 1 });
const root = mkdtempSync(join(tmpdir(), 'convnet-speed-'));
try {
  await writePictures(root);
  const rounds: { readonly peer: Pace; readonly own: Pace }[] = [];
  for (let round = 1; round <= Number(values.rounds); round++) {
    const peer = theirs(root);
    const own = await ours(root, device);
    rounds.push({ peer, own });
    console.log(`round ${round}: ${described(peer, own)}`);
  }
  const medianOf = (side: 'peer' | 'own'): Pace => ({
    rate: median(rounds.map((round) => round[side].rate)),
    cost: median(rounds.map((round) => round[side].cost)),
  });
  const ratio = median(rounds.map(({ peer, own }) => own.rate / peer.rate));
  console.log(
    `${count} pictures, ${workers} workers, medians: ${described(medianOf('peer'), medianOf('own'), ratio)}`,
  );
} finally {
  device.dispose();
  rmSync(root, { recursive: true });
}
