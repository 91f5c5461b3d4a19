import {
  aBoolean,
  aCount,
  captureGraph,
  checkOptions,
  DeviceError,
  DisposedError,
  FoldCache,
  GraphRunner,
  foldBatchNorm,
  formatGraph,
  formatShape,
  fuse,
  optionKinds,
  requireInput,
  requireTensor,
  type Device,
  type Graph,
  type Tensor,
} from '@convnet/tensor-core';

import { inEvaluation } from '../module/evaluation-mode.ts';
import { requireInputShape, requireModule } from '../module/require-module.ts';
import type { AnyModule } from '../module/module.ts';
import type { Layer } from '../module/module.ts';
import { Structure } from '../module/structure.ts';

/** Options of `compile`. */
export interface CompileOptions {
  /** Shapes of the input kept ready at once; the one not used for longest goes first. Default 8. */
  readonly limit?: number;
  /** Whether operations that follow each other are joined where the backend can. Default true. */
  readonly fuse?: boolean;
}

const compileOptions = optionKinds<CompileOptions>({ limit: aCount, fuse: aBoolean });

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
  /** By shape, in the order of use, the latest last. */
  readonly #prepared = new Map<string, Prepared>();
  readonly #limit: number;
  readonly #fuses: boolean;
  /** The device of the first parameter, which the others must be on. */
  #first: Tensor;
  #device: Device;
  #structure: Structure;
  #isDisposed = false;

  /** @internal Use `compile`. */
  constructor(
    model: Layer,
    inputShape: readonly number[],
    { limit = 8, fuse: fuses = true }: CompileOptions,
  ) {
    this.#model = model;
    this.#limit = limit;
    this.#fuses = fuses;
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

  /** The network that was compiled. */
  get model(): Layer {
    return this.#model;
  }

  /** The shapes of the input that are ready, the latest used last. */
  get shapes(): readonly (readonly number[])[] {
    return Array.from(this.#prepared.values(), ({ graph }) => graph.inputs[0]!.shape);
  }

  /** Settles once the device is ready for these shapes; until then it runs kernel by kernel. */
  get ready(): Promise<void> {
    const all = Array.from(this.#prepared.values(), ({ runner }) => runner.ready);
    return Promise.all(all).then(() => undefined);
  }

  /** The graph for the shape that the model was compiled for. @throws DisposedError. */
  get graph(): Graph {
    this.#refresh();
    return this.#prepare(this.#inputShape).graph;
  }

  /**
   * The output for a float32 input of the compiled shape, or of another one that the network takes, such as
   * another batch: each shape is prepared when it is first met, shares the weights, and stays ready while it is among
   * the `limit` last used.
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
    const known = this.#prepared.get(key);
    if (known !== undefined) {
      if (this.#prepared.size > 1) {
        this.#prepared.delete(key);
        this.#prepared.set(key, known);
      }
      return known;
    }
    const prepared = this.#compile(shape);
    this.#prepared.set(key, prepared);
    if (this.#prepared.size > this.#limit) {
      const [oldest, { runner }] = [...this.#prepared][0]!;
      this.#prepared.delete(oldest);
      runner.dispose();
    }
    // Its forward may have counted or noted something.
    this.#structure = new Structure(modulesOf(this.#model));
    return prepared;
  }

  #compile(shape: readonly number[]): Prepared {
    const captured = inEvaluation(this.#model, () =>
      captureGraph((x) => this.#model.forward(x), [{ shape, dtype: 'float32' }]),
    );
    const folded = foldBatchNorm(captured, this.#folded);
    const graph = this.#fuses ? fuse(folded, this.#device.backend.fuses ?? []) : folded;
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

  /**
   * The steps of the graph for the shape that the model was compiled for, one a line, with the paths of the weights, and
   * the shapes that are ready. @throws DisposedError.
   */
  toString(): string {
    const paths = new Map<Tensor, string>();
    for (const [path, tensor] of this.#model.stateDict()) {
      if (!paths.has(tensor)) paths.set(tensor, path);
    }
    const { graph } = this;
    const shapes = this.shapes.map(formatShape).join(', ');
    return `${formatGraph(graph, (constant) => paths.get(constant))}\nready for ${shapes}`;
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
 * @throws DeviceError for a model on the meta device, or on several; ArgumentError for what is no model, no shape, or an
 * option that is not known or out of range; the model's errors for an input that does not fit.
 */
export function compile(
  model: Layer,
  inputShape: readonly number[],
  options: CompileOptions = {},
): CompiledModel {
  requireModule('compile', model);
  requireInputShape('compile', inputShape);
  checkOptions('compile', options, compileOptions);
  return new CompiledModel(model, inputShape, options);
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
