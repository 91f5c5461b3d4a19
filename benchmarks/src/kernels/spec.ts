/** What a kernel computes, in words that another library can be told. Shapes are those of PyTorch: N, C, spatial. */
export type KernelSpec =
  | { readonly op: 'matmul'; readonly size: number }
  | ConvSpec
  | PoolSpec
  | { readonly op: 'relu' | 'add' | 'tanh' | 'exp'; readonly input: readonly number[] }
  /** Along the last axis. */
  | { readonly op: 'softmax'; readonly input: readonly number[] };

/** A convolution without bias, or both of its gradients together. Numbers hold for each spatial axis. */
export interface ConvSpec {
  readonly op: 'conv';
  readonly input: readonly number[];
  /** [O, C / groups, k…] */
  readonly weight: readonly number[];
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
  readonly backward: boolean;
}

/** A pooling over square windows. */
export interface PoolSpec {
  readonly op: 'maxPool' | 'avgPool';
  readonly input: readonly number[];
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
}

/** The shape that a kernel reads first. */
export const inputShapeOf = (spec: KernelSpec): readonly number[] =>
  spec.op === 'matmul' ? [spec.size, spec.size] : spec.input;

/** Spatial axes; null where there are none. */
export function dimsOf(spec: KernelSpec): 1 | 2 | null {
  const rank = inputShapeOf(spec).length;
  return rank === 3 || rank === 4 ? ((rank - 2) as 1 | 2) : null;
}
