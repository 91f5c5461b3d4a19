import type { FileNode } from '../protobuf/file-messages.ts';
import { nodeName, type PlannedNode } from './plan.ts';

/** Where a layer stands in the tree of modules. */
export interface Place {
  readonly path: readonly string[];
  /** Whether its weights are properties of it; else they stand at the root, under their whole names. */
  readonly holdsWeights: boolean;
}

/**
 * A place for each layer: that of its weights, where their names say one, as `layer1.0.conv1` for
 * `layer1.0.conv1.weight`; else what the node's name says. Weights keep their names either way.
 */
export function layOut(layers: readonly PlannedNode[]): ReadonlyMap<PlannedNode, Place> {
  const readers = new Map<string, number>();
  for (const { weights } of layers) {
    for (const name of new Set(weights)) readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const own = new Map<PlannedNode, readonly string[]>();
  const owners = new Map<string, number>();
  for (const layer of layers) {
    const path = pathOfWeights(layer.weights, readers);
    if (path === null) continue;
    own.set(layer, path);
    owners.set(path.join('.'), (owners.get(path.join('.')) ?? 0) + 1);
  }
  const containers = new Set<string>();
  const wished = layers.map((layer) => own.get(layer) ?? pathOfNode(layer.node));
  for (const path of wished) {
    for (let i = 1; i < path.length; i++) containers.add(path.slice(0, i).join('.'));
  }
  const places = new Map<PlannedNode, Place>();
  const taken = new Set<string>();
  const isFree = (path: readonly string[]): boolean => {
    const key = path.join('.');
    if (taken.has(key) || containers.has(key)) return false;
    return path.every((_, i) => i === 0 || !taken.has(path.slice(0, i).join('.')));
  };
  const put = (layer: PlannedNode, path: readonly string[], holdsWeights: boolean): void => {
    taken.add(path.join('.'));
    for (let i = 1; i < path.length; i++) containers.add(path.slice(0, i).join('.'));
    places.set(layer, { path, holdsWeights });
  };
  for (const [layer, path] of own) {
    if (owners.get(path.join('.')) === 1 && isFree(path)) put(layer, path, true);
  }
  for (const layer of layers) {
    if (places.has(layer)) continue;
    for (const path of candidates(layer.node)) {
      if (!isFree(path)) continue;
      put(layer, path, false);
      break;
    }
  }
  return places;
}

/** What all of the weights stand below, where nobody else reads them; null where there is no such path. */
function pathOfWeights(
  weights: readonly string[],
  readers: ReadonlyMap<string, number>,
): readonly string[] | null {
  const [first] = weights;
  if (first === undefined || weights.some((name) => readers.get(name)! > 1)) return null;
  const prefix = first.slice(0, Math.max(first.lastIndexOf('.'), 0));
  const path = prefix.split('.');
  const isBelow = weights.every(
    (name) => name.slice(0, Math.max(name.lastIndexOf('.'), 0)) === prefix,
  );
  return isBelow && path.every(isPlain) ? path : null;
}

/** Whether it can be the name of a property. */
function isPlain(name: string): boolean {
  return name !== '' && name !== '__proto__';
}

/** As exporters name nodes: `/layer1/layer1.0/conv1/Conv` and `/layer1.0.conv1/Conv_1` are of `layer1.0.conv1`. */
function pathOfNode(node: FileNode): readonly string[] {
  const parts = nodeName(node).split('/').filter(isPlain);
  if (parts.length > 1 && parts[parts.length - 1]!.startsWith(node.opType)) parts.pop();
  const path: string[] = [];
  let scope = '';
  for (const part of parts) {
    // PyTorch repeats the name of a list in front of those in it.
    const isWithin = scope !== '' && part.startsWith(`${scope}.`);
    path.push(...(isWithin ? part.slice(scope.length + 1) : part).split('.').filter(isPlain));
    scope = part;
  }
  return path.length > 0 ? path : [node.opType];
}

/** Paths to try, each with a number behind it in the end. */
function* candidates(node: FileNode): Generator<readonly string[]> {
  const path = pathOfNode(node);
  const own = nodeName(node).split('/').filter(isPlain).pop() ?? node.opType;
  const last = own.replaceAll('.', '_');
  yield path;
  if (last !== path[path.length - 1]) yield [...path, last];
  for (let i = 1; i <= 1000; i++) yield [...path.slice(0, -1), `${path[path.length - 1]}_${i}`];
  for (let i = 0; ; i++) yield [`node_${i}`];
}
