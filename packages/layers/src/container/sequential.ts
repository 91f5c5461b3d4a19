import {
  ArgumentError,
  formatValue,
  requireKind,
  requireTensor,
  refuseOtherCopy,
  type Kind,
  type Tensor,
} from '@convnet/tensor-core';

import { layersCopy } from '../copy.ts';
import { Module, type Layer } from '../module/module.ts';
import { pipe } from './pipe.ts';

function requireList(list: string, layers: unknown): object {
  if (typeof layers === 'object' && layers !== null) return layers;
  throw new ArgumentError(
    `${list}: expected a list or an object of layers, got ${formatValue(layers)}`,
  );
}

/** @throws ArgumentError for what is no module. */
function requireLayer(list: string, name: string, layer: unknown): void {
  if (layer instanceof Module) return;
  refuseOtherCopy(list, layer, layersCopy);
  throw new ArgumentError(`${list}: expected a layer at '${name}', got ${formatValue(layer)}`);
}

/** Layers one after the other, named '0', '1', … or by the keys of an object. torch.nn.Sequential. */
export class Sequential extends Module {
  readonly #layers: readonly (readonly [string, Layer])[];
  readonly #inOrder: readonly Layer[];

  constructor(layers: readonly Layer[] | Readonly<Record<string, Layer>>) {
    super();
    this.#layers = Array.isArray(layers)
      ? (layers as readonly Layer[]).map((layer, i) => [String(i), layer] as const)
      : Object.entries(requireList('Sequential', layers) as Readonly<Record<string, Layer>>);
    for (const [name, layer] of this.#layers) requireLayer('Sequential', name, layer);
    this.#inOrder = this.#layers.map(([, layer]) => layer);
  }

  override forward(x: Tensor): Tensor {
    return pipe(x, ...this.#inOrder);
  }

  /** Number of layers. */
  get length(): number {
    return this.#layers.length;
  }

  override *namedChildren(): Generator<[string, Layer]> {
    for (const [name, layer] of this.#layers) yield [name, layer];
  }

  /** Its layers, in order. */
  *[Symbol.iterator](): Generator<Layer> {
    yield* this.#inOrder;
  }
}

const aLayerList: Kind = {
  expected: 'a list of layers',
  accepts: Array.isArray,
};

/** A list of modules, found by their index; it has no forward of its own. torch.nn.ModuleList. */
export class ModuleList<M extends Layer = Layer> extends Module<never, never> {
  readonly #modules: readonly M[];

  constructor(modules: readonly M[]) {
    super();
    requireKind('ModuleList', 'modules', modules, aLayerList);
    modules.forEach((module, i) => requireLayer('ModuleList', String(i), module));
    this.#modules = modules;
  }

  /** @throws ArgumentError: what its modules are to each other is not known here. */
  override forward(): never {
    throw new ArgumentError(
      'a ModuleList has no forward of its own: call its modules, or make it a Sequential',
    );
  }

  /** Number of modules. */
  get length(): number {
    return this.#modules.length;
  }

  override *namedChildren(): Generator<[string, M]> {
    for (const [i, module] of this.#modules.entries()) yield [String(i), module];
  }

  /** Its modules, in order. */
  *[Symbol.iterator](): Generator<M> {
    yield* this.#modules;
  }
}

/** Gives back what it takes. */
export class Identity extends Module {
  override forward(x: Tensor): Tensor {
    requireTensor('Identity', x);
    return x;
  }
}
