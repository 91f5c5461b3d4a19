import { TorchFileError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import type { PickleValue } from './pickle/values.ts';

/** Containers within each other, and in all, where tensors are looked for. */
const deepest = 64;
const mostContainers = 1_000_000;

/** A dictionary of tensors, by its path in the file: '' for the whole file, 'state_dict', 'model.ema'. */
export type StateDicts = ReadonlyMap<string, ReadonlyMap<string, FileTensor>>;

/**
 * Every dictionary in a file that holds tensors by name, and lists of them, in the order of the file.
 * @throws TorchFileError where containers lie in each other without end.
 */
export function stateDictsOf(root: PickleValue, source: string): StateDicts {
  const found = new Map<string, Map<string, FileTensor>>();
  let containers = 0;
  const visit = (value: PickleValue, path: string, depth: number): void => {
    if (!(value instanceof Map) && !Array.isArray(value)) return;
    containers++;
    if (depth > deepest || containers > mostContainers) {
      throw new TorchFileError('limit', source, 'containers lie in each other without end');
    }
    const tensors = new Map<string, FileTensor>();
    for (const [key, item] of (value as ReadonlyMap<PickleValue, PickleValue>).entries()) {
      if (item instanceof FileTensor) tensors.set(keyText(key), item);
    }
    if (tensors.size > 0) found.set(path, tensors);
    for (const [key, item] of (value as ReadonlyMap<PickleValue, PickleValue>).entries()) {
      visit(item, path === '' ? keyText(key) : `${path}.${keyText(key)}`, depth + 1);
    }
  };
  visit(root, '', 0);
  return found;
}

/** A key as a part of a path. Those that are no scalars, which no state dict has, are told apart by nothing. */
function keyText(key: PickleValue): string {
  return typeof key === 'object' ? '?' : String(key);
}

/** What training scripts call the weights in a checkpoint, the likeliest first. */
const usualNames = [
  'state_dict',
  'model_state_dict',
  'model_state',
  'model',
  'net',
  'network',
  'weights',
  'params',
  'module',
];

/**
 * The path of the dictionary that is the weights: one that is called as usual, the file itself, or the only one.
 * @throws TorchFileError that lists them, where several could be.
 */
export function mainStateDict(dicts: StateDicts, source: string): string {
  for (const name of usualNames) if (dicts.has(name)) return name;
  if (dicts.has('')) return '';
  const paths = [...dicts.keys()];
  if (paths.length === 1) return paths[0]!;
  if (paths.length === 0) {
    throw new TorchFileError('state dict', source, 'it holds no tensors');
  }
  throw new TorchFileError(
    'state dict',
    source,
    `which of ${paths.map((path) => `'${path}'`).join(', ')} is the state dict? Name it with the option 'key'`,
  );
}
