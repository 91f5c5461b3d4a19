import { join } from 'node:path';

import type { TurnOptions } from './timings.ts';

/** Options that both scripts which record a GPU take, for `parseArgs`. */
export const recordingOptions = {
  name: { type: 'string' },
  out: { type: 'string' },
  python: { type: 'string', default: 'python3' },
  rounds: { type: 'string', default: '5' },
  turn: { type: 'string', default: '1000' },
  'sweep-step': { type: 'string', default: '809' },
  quick: { type: 'boolean', default: false },
  own: { type: 'boolean', default: false },
} as const;

/** What follows from options that were read. */
interface GivenOptions {
  readonly name?: string | undefined;
  readonly out?: string | undefined;
  readonly rounds: string;
  readonly turn: string;
  readonly 'sweep-step': string;
  readonly quick: boolean;
}

/** How long sides take their turns. */
export const turnsOf = ({ quick, rounds, turn }: GivenOptions): TurnOptions =>
  quick ? { rounds: 1, turnMs: 1 } : { rounds: Number(rounds), turnMs: Number(turn) };

/** Every so-many-th size of the suite's sweeps. */
export const sweepStepOf = ({ quick, 'sweep-step': step }: GivenOptions): number =>
  quick ? 100_000 : Number(step);

/** Where reports go: `--out`, or a folder of what is recorded, by `--name` or the device. */
export const folderOf = ({ out, name }: GivenOptions, device: string): string =>
  out ??
  join(
    import.meta.dirname,
    '../../results/recorded',
    name ?? device.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
  );

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
