/**
 * Files of ResNet-50's weights to a ready model on wasm: the time until the last value is on the device, and how far the
 * process grows beyond the built model. Each round is a process of its own, the files in turns:
 *
 *     node benchmarks/src/weights/loading.ts [--rounds 10] resnet50.pth resnet50.safetensors
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { wasm } from '@convnet/backend-wasm';
import { resnet50 } from '@convnet/resnet';
import { loadWeights } from '@convnet/weights';

/** One round. */
interface Round {
  readonly ms: number;
  /** The builder's time too, which draws weights. */
  readonly withBuilder: number;
  /** The most that the process held beyond what it held with the model built, in bytes. */
  readonly memory: number;
}

/** The most that this process has held since it began, in bytes. */
const most = (): number => process.resourceUsage().maxRSS * 1024;

async function once(file: string): Promise<Round> {
  const device = await wasm({ threads: 1 });
  const started = performance.now();
  const model = resnet50({ device });
  const last = (): Promise<unknown> => [...model.parameters()].at(-1)!.data();
  await last();
  const built = performance.now();
  const before = process.memoryUsage.rss();
  await loadWeights(model, file);
  await last();
  const ended = performance.now();
  const memory = Math.max(0, most() - before);
  device.dispose();
  return { ms: ended - built, withBuilder: ended - started, memory };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '10' }, one: { type: 'boolean', default: false } },
});
if (values.one) {
  console.log(JSON.stringify(await once(positionals[0]!)));
} else {
  const rounds = new Map(positionals.map((file): [string, Round[]] => [file, []]));
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [file, done] of rounds) {
      readFileSync(file); // The time of the disk is not ours.
      const again = [import.meta.filename, '--one', file];
      const { stdout, stderr, status } = spawnSync(process.execPath, again, { encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
      done.push(JSON.parse(stdout) as Round);
    }
  }
  for (const [file, done] of rounds) {
    const sorted = (key: keyof Round): number[] =>
      done.map((round) => round[key]).sort((a, b) => a - b);
    const [ms, withBuilder, memory] = [sorted('ms'), sorted('withBuilder'), sorted('memory')];
    const middle = Math.floor(done.length / 2);
    const size = statSync(file).size;
    console.log(
      `${basename(file)}, ${(size / 1e6).toFixed(0)} MB: least ${ms[0]!.toFixed(0)} ms, median ${ms[middle]!.toFixed(0)} ms, with the builder ` +
        `${withBuilder[0]!.toFixed(0)} and ${withBuilder[middle]!.toFixed(0)} ms; ` +
        `memory besides: median ${(memory[middle]! / size).toFixed(2)}, most ${(memory.at(-1)! / size).toFixed(2)} of the file`,
    );
  }
}
