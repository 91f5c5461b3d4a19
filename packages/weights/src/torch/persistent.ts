import { TorchFileError } from '../errors.ts';
import { StorageType } from './allow-list.ts';
import { StorageReference } from './storage.ts';
import { isCount } from './tensors.ts';

/**
 * The storage that a persistent identifier stands for: `('storage', type, key, location, length)`, in legacy files with
 * a view behind it, `(key, offset, length)` or None.
 * @throws TorchFileError for anything else, such as a module with its source code.
 */
export function storageOf(id: unknown, source: string): StorageReference {
  const [kind, type, key, , length, view = null] = Array.isArray(id) ? (id as unknown[]) : [];
  if (
    kind === 'storage' &&
    type instanceof StorageType &&
    (typeof key === 'string' || isCount(key)) &&
    isCount(length)
  ) {
    const name = String(key);
    if (view === null) return new StorageReference(name, type.dtype, length);
    const [, offset, shown] = Array.isArray(view) ? (view as unknown[]) : [];
    if (isCount(offset) && isCount(shown) && offset + shown <= length) {
      return new StorageReference(name, type.dtype, length, { offset, length: shown });
    }
  }
  if (kind === 'module') {
    throw new TorchFileError(
      'global',
      source,
      'it holds a module with its code, not weights: save model.state_dict() in place of the model',
    );
  }
  throw new TorchFileError('pickle', source, 'expected references to storages of tensors');
}
