import { Module, type AnyModule, type Layer } from '@convnet/layers';
import {
  aString,
  ArgumentError,
  instanceOf,
  listOf,
  requireKind,
  type Kind,
  type Tensor,
} from '@convnet/tensor-core';

const names = listOf(aString);
const someNames: Kind = {
  expected: 'a list of at least one name',
  accepts: (value) => names.accepts(value) && (value as readonly string[]).length > 0,
};

/**
 * The first children of a network that runs its children one after the other, up to the last one wanted: gives the outputs
 * of the wanted ones, in order. What comes behind, such as a classifier, is left out, of the state dict too.
 * torchvision's IntermediateLayerGetter.
 */
export class FeatureLayers extends Module<[Tensor], Tensor[]> {
  readonly #layers: readonly (readonly [string, Layer])[];
  readonly #wanted: ReadonlySet<string>;

  /** @throws ArgumentError for a name that no child has, with the names that there are. */
  constructor(network: AnyModule, wanted: readonly string[]) {
    super();
    requireKind('FeatureLayers', 'network', network, instanceOf('a network', Module));
    requireKind('FeatureLayers', 'wanted', wanted, someNames);
    const children = [...network.namedChildren()] as [string, Layer][];
    const known = children.map(([name]) => name);
    for (const name of wanted) {
      if (!known.includes(name)) {
        throw new ArgumentError(
          `FeatureLayers: no layer '${name}': ${network.typeName} has ${known.join(', ')}`,
        );
      }
    }
    const last = Math.max(...wanted.map((name) => known.indexOf(name)));
    this.#layers = children.slice(0, last + 1);
    this.#wanted = new Set(wanted);
  }

  override *namedChildren(): Generator<[string, AnyModule]> {
    for (const [name, layer] of this.#layers) yield [name, layer];
  }

  override forward(x: Tensor): Tensor[] {
    const found: Tensor[] = [];
    let y = x;
    for (const [name, layer] of this.#layers) {
      y = layer.forward(y);
      if (this.#wanted.has(name)) found.push(y);
    }
    return found;
  }
}
