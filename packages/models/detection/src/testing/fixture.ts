import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shape, norm and inner product with hashed numbers of an array. */
export type Digest = readonly [shape: readonly number[], norm: number, inner: number];

/** What scripts/fixtures/write.py wrote about one detector. */
export interface DetectorFixture {
  readonly builder: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Of the builder with 91 classes. */
  readonly parameters: number;
  /** `key:64,3,7,7` for each entry of the state dict with 91 classes. */
  readonly keys: readonly string[];
  /** Parameters that learn. */
  readonly learned: readonly string[];
  /** Mean of the biases of batch norm. */
  readonly normBias: number;
  readonly images: readonly (readonly number[])[];
  readonly targets: readonly {
    readonly boxes: number[][];
    readonly labels: number[];
    readonly keypoints?: number[][][];
  }[];
  readonly stages: {
    readonly features: readonly Digest[];
    readonly objectness: Digest;
    readonly deltas: Digest;
    /** How many, and the sums of their coordinates. */
    readonly candidates: readonly (readonly [count: number, sums: readonly number[]])[];
    /** How many, and the first ones. */
    readonly proposals: readonly (readonly [count: number, boxes: readonly number[]])[];
    readonly pooled: Digest;
    readonly logits: Digest;
    readonly regression: Digest;
  };
  readonly detections: readonly {
    readonly boxes: readonly number[];
    readonly labels: readonly number[];
    readonly scores: readonly number[];
    /** Norm and inner product of each mask. */
    readonly keypoints?: readonly number[];
    readonly keypoints_scores?: readonly number[];
    readonly masks?: readonly (readonly [norm: number, inner: number])[];
  }[];
  readonly losses: Readonly<Record<string, number>>;
  readonly gradientNorms: readonly number[];
  readonly gradientDigests: readonly number[];
}

/** The fixtures of the package. */
export function detectorFixtures(): readonly DetectorFixture[] {
  const folder = join(import.meta.dirname, '..', '..', 'fixtures');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted()
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as DetectorFixture);
}
