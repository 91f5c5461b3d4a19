import {
  DeviceError,
  DisposedError,
  FoldCache,
  GraphRunner,
  captureGraph,
  foldBatchNorm,
  formatGraph,
  fuseConv,
  requireInput,
  requireTensor,
  type Device,
  type Graph,
  type Tensor,
} from '@convnet/tensor-core';

import { inEvaluation } from './evaluation-mode.ts';
import { requireInputShape, requireModule } from './require-module.ts';
import type { AnyModule } from './module.ts';
import type { Layer } from './sequential.ts';
import { Structure } from './structure.ts';

/**
 * A network made ready for inference; see `compile`. Each call looks at what has changed since: weights that were
 * written or loaded are folded anew, and after a layer or an option was replaced, or the model moved to another
 * device, it is compiled again.
 */
export class CompiledModel {
  readonly #model: Layer;
  /** Stands in front of errors. */
  readonly #name: string;
  readonly #inputShape: readonly number[];
  readonly #folded = new FoldCache();
  readonly #prepared = new Map<string, Prepared>();
  /** The device of the first parameter, which the others must be on. */
  #first: Tensor;
  #device: Device;
  #structure: Structure;
  #isDisposed = false;

  /** @internal Use `compile`. */
  constructor(model: Layer, inputShape: readonly number[]) {
    this.#model = model;
    this.#name = `compiled ${model.architecture || model.typeName}`;
    this.#inputShape = [...inputShape];
    this.#first = firstWeight(model);
    this.#device = this.#first.device;
    this.#structure = new Structure(modulesOf(model));
    try {
      this.#prepare(inputShape);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /** The graph for the shape that the model was compiled for. @throws DisposedError. */
  get graph(): Graph {
    this.#refresh();
    return this.#prepare(this.#inputShape).graph;
  }

  /**
   * The output for a float32 input of the compiled shape, or of another one that the network takes, such as
   * another batch: each shape is prepared when it is first met, and shares the weights.
   * @throws DTypeError, DeviceError for an input of another type or device; DisposedError; the model's errors for an
   * input that does not fit.
   */
  forward(x: Tensor): Tensor {
    requireTensor(this.#name, x);
    this.#refresh();
    requireInput(this.#name, x, 'float32', this.#device);
    return this.#prepare(x.shape).runner.run([x])[0]!;
  }

  /** Brings what is kept up to date with the model. Where nothing has changed it only compares. */
  #refresh(): void {
    if (this.#isDisposed) {
      throw new DisposedError(`${this.#name}: it was disposed of; compile the model again`);
    }
    if (this.#structure.isCurrent && this.#first.device === this.#device) {
      this.#folded.refresh();
      return;
    }
    this.#release();
    this.#first = firstWeight(this.#model);
    this.#device = this.#first.device;
    this.#structure = new Structure(modulesOf(this.#model));
  }

  #prepare(shape: readonly number[]): Prepared {
    const key = shape.join();
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#compile(shape);
      this.#prepared.set(key, prepared);
      // Its forward may have counted or noted something.
      this.#structure = new Structure(modulesOf(this.#model));
    }
    return prepared;
  }

  #compile(shape: readonly number[]): Prepared {
    const captured = inEvaluation(this.#model, () =>
      captureGraph((x) => this.#model.forward(x), [{ shape, dtype: 'float32' }]),
    );
    const folded = foldBatchNorm(captured, this.#folded);
    const graph = this.#device.hasKernel('fusedConv') ? fuseConv(folded) : folded;
    return { graph, runner: new GraphRunner(graph, this.#device) };
  }

  #release(): void {
    for (const { runner } of this.#prepared.values()) runner.dispose();
    this.#prepared.clear();
    this.#folded.dispose();
  }

  /**
   * Gives back the folded weights and what the device keeps beside the model's own, which stay. Using this
   * afterwards throws `DisposedError`; disposing again does nothing.
   */
  dispose(): void {
    this.#isDisposed = true;
    this.#release();
  }

  /** The steps of the graph, one a line, with the paths of the weights. @throws DisposedError. */
  toString(): string {
    const paths = new Map<Tensor, string>();
    for (const [path, tensor] of this.#model.stateDict()) {
      if (!paths.has(tensor)) paths.set(tensor, path);
    }
    return formatGraph(this.graph, (constant) => paths.get(constant));
  }
}

interface Prepared {
  readonly graph: Graph;
  readonly runner: GraphRunner;
}

/**
 * Prepares a network for inference on the device of its weights: batch norm is folded into the convolutions
 * before it, the activation and the residual sum behind a convolution are computed with it, dropout is gone,
 * and memory is reused along the way. The outputs are those of evaluation mode within 1e-4, whatever mode the
 * model is in. Weights may change afterwards, by training or loading: the next call folds anew what has changed.
 * @throws DeviceError for a model on the meta device, or on several; ArgumentError for what is no model or no shape; the
 * model's errors for an input that does not fit.
 */
export function compile(model: Layer, inputShape: readonly number[]): CompiledModel {
  requireModule('compile', model);
  requireInputShape('compile', inputShape);
  return new CompiledModel(model, inputShape);
}

function* modulesOf(model: Layer): Generator<AnyModule> {
  for (const [, module] of model.namedModules()) yield module;
}

/** @throws DeviceError for a model without weights on a device. */
function firstWeight(model: Layer): Tensor {
  const first = model.parameters()[0];
  if (first === undefined || first.device.isMeta) {
    throw new DeviceError(
      'compile: the model has no weights on a device: build it with `device`, or move it with model.to(device)',
    );
  }
  return first;
}
