/**
 * Files of ResNet-50's weights to a ready model on wasm: the time until the last value is on the device, and how far the
 * process grows beyond the built model. Each part of a round is a process of its own, the files in turns:
 *
 *     node benchmarks/src/weights/loading.ts [--rounds 10] resnet50.pth resnet50.safetensors
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { wasm } from '@convnet/backend-wasm';
import { resnet50, type ResNet } from '@convnet/resnet';
import type { Device } from '@convnet/tensor-core';
import { loadWeights } from '@convnet/weights';

/** One round, each part in a process of its own. */
interface Round {
  /** Into a model that is built and has drawn weights. */
  readonly ms: number;
  /** The builder's time too. */
  readonly withBuilder: number;
  /** The most that the process held beyond what it held with the model built, in bytes. */
  readonly memory: number;
  /** The builder and the file, by `loadWeights(…, { device })`, which draws none. */
  readonly fromNothing: number;
}

/** The most that this process has held since it began, in bytes. */
const most = (): number => process.resourceUsage().maxRSS * 1024;

/** Waits until the model is there whole. */
const arrived = (model: ResNet): Promise<unknown> => [...model.parameters()].at(-1)!.data();

const parts: Readonly<Record<string, (device: Device, file: string) => Promise<Partial<Round>>>> = {
  async built(device, file) {
    const started = performance.now();
    const model = resnet50({ device });
    await arrived(model);
    const built = performance.now();
    const before = process.memoryUsage.rss();
    await loadWeights(model, file);
    await arrived(model);
    const ended = performance.now();
    const memory = Math.max(0, most() - before);
    return { ms: ended - built, withBuilder: ended - started, memory };
  },
  async nothing(device, file) {
    const started = performance.now();
    const model = resnet50();
    await loadWeights(model, file, { device });
    await arrived(model);
    return { fromNothing: performance.now() - started };
  },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '10' }, part: { type: 'string' } },
});
if (values.part !== undefined) {
  const device = await wasm({ threads: 1 });
  console.log(JSON.stringify(await parts[values.part]!(device, positionals[0]!)));
  device.dispose();
} else {
  const rounds = new Map(positionals.map((file): [string, Round[]] => [file, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [file, done] of rounds) {
      const found = Object.keys(parts).map((part): Partial<Round> => {
        readFileSync(file); // The time of the disk is not ours.
        const again = [import.meta.filename, '--part', part, file];
        const { stdout, stderr, status } = spawnSync(process.execPath, again, { encoding: 'utf8' });
        if (status !== 0) throw new Error(stderr);
        return JSON.parse(stdout) as Partial<Round>;
      });
      done.push(Object.assign({}, ...found) as Round);
    }
  }
  for (const [file, done] of rounds) {
    const sorted = (key: keyof Round): number[] =>
      done.map((round) => round[key]).sort((a, b) => a - b);
    const [ms, withBuilder] = [sorted('ms'), sorted('withBuilder')];
    const [fromNothing, memory] = [sorted('fromNothing'), sorted('memory')];
    const middle = Math.floor(done.length / 2);
    const size = statSync(file).size;
    console.log(
      `${basename(file)}, ${(size / 1e6).toFixed(0)} MB: least ${ms[0]!.toFixed(0)} ms, median ${ms[middle]!.toFixed(0)} ms, with the builder ` +
        `${withBuilder[0]!.toFixed(0)} and ${withBuilder[middle]!.toFixed(0)} ms, from nothing ` +
        `${fromNothing[0]!.toFixed(0)} and ${fromNothing[middle]!.toFixed(0)} ms; ` +
        `memory besides: median ${(memory[middle]! / size).toFixed(2)}, most ${(memory.at(-1)! / size).toFixed(2)} of the file`,
    );
  }
}
