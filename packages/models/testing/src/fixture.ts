import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Rank } from '@convnet/layers';

/** What PyTorch gives for a network in one rank. */
export interface FixtureCase {
  /** Name that the input's numbers follow from. */
  readonly input: string;
  readonly inputShape: readonly number[];
  /** Outputs by name, flat. */
  readonly eval: Readonly<Record<string, readonly number[]>>;
  readonly train: Readonly<Record<string, readonly number[]>>;
  /**
   * The module that alone is trained, where not all are: before it the network has so many positions that every
   * input has a value within rounding of a kink of ReLU or max pooling.
   */
  readonly trained?: string;
  /** Norm of each parameter's gradient, in the order of the parameters; 0 for those that are not trained. */
  readonly gradientNorms: readonly number[];
  readonly gradientDigests: readonly number[];
  /** Sums of the norms and of the digests of all running statistics after the training pass. */
  readonly statistics: readonly [norm: number, inner: number];
  /** How far PyTorch in float32 is from these numbers, which it computed in float64. */
  readonly pytorchFloat32Error: {
    readonly eval: number;
    readonly train: number;
    readonly gradients: number;
  };
}

/** What python/models.py wrote about one model. */
export interface Fixture {
  readonly name: string;
  readonly builder: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Options besides, with which the network of the cases is a narrower one. */
  readonly caseOptions?: Readonly<Record<string, unknown>>;
  /** Width of the last layer in the cases. */
  readonly numClasses: number;
  /** Mean of the biases of batch norm. Default 1. */
  readonly normBias?: number;
  /** `key:64,3,7,7` for each entry of the state dict, with the builder's default width and rank. */
  readonly keys?: readonly string[];
  /** Counted by PyTorch where no published table has them. */
  readonly parameters?: number;
  readonly macs?: number;
  /** By rank: the smallest extent of all spatial axes for which PyTorch's network runs. */
  readonly leastExtents: Readonly<Partial<Record<Rank, number>>>;
  /** By rank: '1', '2', '3'. */
  readonly cases: Readonly<Record<string, FixtureCase>>;
}

/** The fixtures of a family, read from beside its `src`; none where it has none yet. */
export function readFixtures(folder: string): readonly Fixture[] {
  const fixtures = join(folder, '..', 'fixtures');
  if (!existsSync(fixtures)) return [];
  return readdirSync(fixtures)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => {
      const fixture = JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as Fixture;
      return { ...fixture, name: file.replace(/\.json$/, '') };
    });
}
