import {
  captureGraph,
  DeviceError,
  FoldCache,
  foldBatchNorm,
  formatGraph,
  fuseConv,
  graphRunner,
  scope,
  type Device,
  type Graph,
  type Tensor,
} from '@convnet/tensor-core';

import { inEvaluation } from './evaluation-mode.ts';
import type { Layer } from './sequential.ts';

/** A network made ready for inference; see `compile`. */
export class CompiledModel {
  readonly #model: Layer;
  readonly #device: Device;
  readonly #folded = new FoldCache();
  readonly #prepared = new Map<string, Prepared>();
  /** The graph for the shape that the model was compiled for. */
  readonly graph: Graph;

  /** @internal Use `compile`. */
  constructor(model: Layer, device: Device, inputShape: readonly number[]) {
    this.#model = model;
    this.#device = device;
    this.graph = this.#prepare(inputShape).graph;
  }

  /**
   * The output for an input of the compiled shape, or of another one that the network takes, such as
   * another batch: each shape is prepared when it is first met, and shares the weights.
   */
  forward(x: Tensor): Tensor {
    const { run } = this.#prepare(x.shape);
    return scope(() => run([x])[0]!);
  }

  #prepare(shape: readonly number[]): Prepared {
    const key = shape.join();
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#compile(shape);
      this.#prepared.set(key, prepared);
    }
    return prepared;
  }

  #compile(shape: readonly number[]): Prepared {
    const captured = inEvaluation(this.#model, () =>
      captureGraph((x) => this.#model.forward(x), [{ shape, dtype: 'float32' }]),
    );
    const folded = foldBatchNorm(captured, this.#folded);
    const graph = this.#device.hasKernel('fusedConv') ? fuseConv(folded) : folded;
    return { graph, run: graphRunner(graph, this.#device) };
  }

  /** Gives back the folded weights. The model's own stay. */
  dispose(): void {
    this.#folded.dispose();
    this.#prepared.clear();
  }

  /** The steps of the graph, one a line, with the paths of the weights. */
  toString(): string {
    const paths = new Map<Tensor, string>();
    for (const [path, tensor] of this.#model.stateDict()) paths.set(tensor, path);
    return formatGraph(this.graph, (constant) => paths.get(constant));
  }
}

interface Prepared {
  readonly graph: Graph;
  readonly run: (inputs: readonly Tensor[]) => Tensor[];
}

/**
 * Prepares a network for inference on the device of its weights: batch norm is folded into the convolutions
 * before it, the activation and the residual sum behind a convolution are computed with it, dropout is gone,
 * and memory is reused along the way. The outputs are those of evaluation mode within 1e-4. Weights that
 * change afterwards are not seen: compile again.
 * @throws DeviceError for a model on the meta device; the model's errors for an input that does not fit.
 */
export function compile(model: Layer, inputShape: readonly number[]): CompiledModel {
  const device = model.parameters()[0]?.device;
  if (device === undefined || device.isMeta) {
    throw new DeviceError(
      'compile: the model has no weights on a device: build it with `device`, or move it with model.to(device)',
    );
  }
  return new CompiledModel(model, device, inputShape);
}
