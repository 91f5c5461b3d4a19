import type { Dataset, HostArray } from '@convnet/data';
import { ArgumentError } from '@convnet/tensor-core';

/** Features of a network with targets of any kind: several labels, quantities, maps. */
export class FeatureDataset implements Dataset<
  readonly [features: HostArray<Float32Array>, target: HostArray]
> {
  readonly length: number;
  /** Shape of the features of a sample. */
  readonly inputShape: readonly number[];
  /** Shape of the target of a sample. */
  readonly targetShape: readonly number[];
  /** Features of all samples [N, …], one after another. */
  readonly inputs: HostArray<Float32Array>;
  /** Targets of all samples [N, …], one after another. */
  readonly targets: HostArray;

  /** @internal */
  constructor(inputs: HostArray<Float32Array>, targets: HostArray) {
    this.length = inputs.shape[0]!;
    this.inputs = inputs;
    this.targets = targets;
    this.inputShape = inputs.shape.slice(1);
    this.targetShape = targets.shape.slice(1);
  }

  /** Features and target of a sample, as views. @throws ArgumentError outside the set. */
  get(index: number): readonly [features: HostArray<Float32Array>, target: HostArray] {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new ArgumentError(
        `FeatureDataset.get: expected index from 0 to ${this.length - 1}, got ${index}`,
      );
    }
    return [rowOf(this.inputs, index), rowOf(this.targets, index)];
  }
}

function rowOf<Data extends HostArray['data']>(
  { data, shape }: HostArray<Data>,
  index: number,
): HostArray<Data> {
  const row = shape.slice(1);
  const size = row.reduce((product, extent) => product * extent, 1);
  return { data: data.subarray(index * size, (index + 1) * size) as Data, shape: row };
}
