import { TorchFileError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { bitsOf, type ElementType } from '../elements/element-type.ts';
import { NumpyType, numpyScalar, numpyType } from './pickle/numpy.ts';
import { Allowed } from './pickle/values.ts';
import { StorageReference, storageTypes } from './storage.ts';
import { tensorIn, type Storages } from './tensors.ts';

/** A class of storages, as a pickle names it. */
export class StorageType {
  readonly dtype: ElementType | null;

  constructor(dtype: ElementType | null) {
    this.dtype = dtype;
  }
}

/** What Python 2 called its modules. */
const modernModules: ReadonlyMap<string, string> = new Map([
  ['__builtin__', 'builtins'],
  ['copy_reg', 'copyreg'],
]);

/**
 * What a file of PyTorch may name: containers, scalars, tensors and their types. PyTorch itself has such a list for
 * `torch.load(weights_only=True)`; this one has NumPy's scalars besides, which metrics are.
 */
export class AllowList {
  readonly #source: string;
  readonly #entries: ReadonlyMap<string, unknown>;

  constructor(storages: Storages) {
    this.#source = storages.source.name;
    const makers: Readonly<Record<string, (args: readonly unknown[]) => unknown>> = {
      ...this.#containers(),
      ...this.#tensors(storages),
    };
    this.#entries = new Map(
      Object.entries(makers).map(([name, make]) => [name, new Allowed(name, make)]),
    );
  }

  /** @throws TorchFileError that names what is not on the list. */
  find(module: string, name: string): unknown {
    const full = `${modernModules.get(module) ?? module}.${name}`;
    const entry = this.#entries.get(full) ?? storageType(module, name) ?? elementType(module, name);
    if (entry !== undefined) return entry;
    throw new TorchFileError(
      'global',
      this.#source,
      `the pickle names ${full}, which is not one of the containers, scalars and tensors that are read. Nothing was ` +
        'run. Where it is your own file, save only model.state_dict()',
      full,
    );
  }

  #wrong(name: string): TorchFileError {
    return new TorchFileError('pickle', this.#source, `${name} has arguments that it cannot have`);
  }

  #containers(): Record<string, (args: readonly unknown[]) => unknown> {
    const mapOf = (name: string, content: unknown = []): Map<unknown, unknown> => {
      if (content instanceof Map) return new Map(content);
      if (
        Array.isArray(content) &&
        content.every((pair) => Array.isArray(pair) && pair.length === 2)
      )
        return new Map(content as [unknown, unknown][]);
      throw this.#wrong(name);
    };
    const itemsOf = (name: string, [items = []]: readonly unknown[]): readonly unknown[] => {
      if (Array.isArray(items)) return items;
      throw this.#wrong(name);
    };
    const numberOf = (name: string, [value = 0]: readonly unknown[]): number => {
      if (typeof value === 'number') return value;
      throw this.#wrong(name);
    };
    return {
      'collections.OrderedDict': ([content]) => mapOf('OrderedDict', content),
      'collections.Counter': ([content]) => mapOf('Counter', content),
      // The first argument makes what is missing; nothing is missing here.
      'collections.defaultdict': ([, content]) => mapOf('defaultdict', content),
      'builtins.dict': ([content]) => mapOf('dict', content),
      'builtins.list': (args) => itemsOf('list', args).slice(),
      'builtins.tuple': (args) => itemsOf('tuple', args).slice(),
      'builtins.set': (args) => new Set(itemsOf('set', args)),
      'builtins.frozenset': (args) => new Set(itemsOf('frozenset', args)),
      'builtins.int': (args) => numberOf('int', args),
      'builtins.float': (args) => numberOf('float', args),
      'builtins.bool': ([value = false]) => value === true,
      'builtins.complex': ([real, imag]) => ({
        real: numberOf('complex', [real]),
        imag: numberOf('complex', [imag]),
      }),
      'builtins.bytearray': ([bytes = new Uint8Array()]) => {
        if (bytes instanceof Uint8Array) return bytes.slice();
        throw this.#wrong('bytearray');
      },
      // Bytes before protocol 3: a text of the characters 0 to 255.
      '_codecs.encode': ([text, encoding]) => {
        if (typeof text !== 'string' || encoding !== 'latin1') throw this.#wrong('encode');
        return Uint8Array.from(text, (character) => character.charCodeAt(0));
      },
      'numpy.dtype': ([name]) => numpyType(name) ?? this.#fail('numpy.dtype'),
      'numpy.core.multiarray.scalar': (args) => this.#scalar(args),
      'numpy._core.multiarray.scalar': (args) => this.#scalar(args),
    };
  }

  #scalar([type, bytes]: readonly unknown[]): unknown {
    const value =
      type instanceof NumpyType && bytes instanceof Uint8Array ? numpyScalar(type, bytes) : null;
    return value ?? this.#fail('numpy.core.multiarray.scalar');
  }

  #fail(name: string): never {
    throw this.#wrong(name);
  }

  #tensors(storages: Storages): Record<string, (args: readonly unknown[]) => unknown> {
    const rebuild = (name: string, args: readonly unknown[], dtype?: unknown): FileTensor => {
      const [storage, offset, shape, stride] = args;
      if (!(storage instanceof StorageReference)) throw this.#wrong(name);
      const type = dtype === undefined ? storage.dtype : elementOf(dtype);
      if (type === null) throw this.#wrong(name);
      return tensorIn(storages, { storage, dtype: type, offset, shape, stride });
    };
    const tensorOf = (name: string, value: unknown): FileTensor => {
      if (value instanceof FileTensor) return value;
      throw this.#wrong(name);
    };
    const rebuildFunctions: Record<string, (args: readonly unknown[]) => unknown> = {
      'torch._utils._rebuild_tensor': (args) => rebuild('_rebuild_tensor', args),
      'torch._utils._rebuild_tensor_v2': (args) => rebuild('_rebuild_tensor_v2', args),
      'torch._utils._rebuild_tensor_v3': (args) =>
        rebuild('_rebuild_tensor_v3', args, args[6] ?? null),
      'torch._utils._rebuild_parameter': ([data]) => tensorOf('_rebuild_parameter', data),
      'torch._utils._rebuild_parameter_with_state': ([data]) =>
        tensorOf('_rebuild_parameter_with_state', data),
      'torch.nn.parameter.Parameter': ([data]) => tensorOf('Parameter', data),
    };
    return {
      ...rebuildFunctions,
      // A type, which says no more than the tensor does.
      'torch.Tensor': () => this.#fail('torch.Tensor'),
      // Tensors with attributes of their own: how it is made, its type, the arguments, the attributes.
      'torch._tensor._rebuild_from_type_v2': ([make, , args]) => {
        if (make instanceof Allowed && make.name in rebuildFunctions && Array.isArray(args)) {
          return make.call(args);
        }
        throw this.#wrong('_rebuild_from_type_v2');
      },
      'torch.Size': ([sizes]) => (Array.isArray(sizes) ? sizes : this.#fail('torch.Size')),
      'torch.device': ([kind, index]) =>
        typeof kind === 'string' && (index === undefined || typeof index === 'number')
          ? `${kind}${index === undefined ? '' : `:${index}`}`
          : this.#fail('torch.device'),
      'torch.serialization._get_layout': ([name]) =>
        typeof name === 'string' ? name : this.#fail('_get_layout'),
    };
  }
}

function storageType(module: string, name: string): StorageType | undefined {
  if (!['torch', 'torch.cuda', 'torch.storage'].includes(module)) return undefined;
  // Some versions have an underscore in front.
  const dtype = storageTypes.get(name.replace(/^_/, ''));
  return dtype === undefined ? undefined : new StorageType(dtype);
}

/** `torch.float32` and the others, as their names. */
function elementType(module: string, name: string): string | undefined {
  return module === 'torch' && Object.prototype.hasOwnProperty.call(bitsOf, name)
    ? `torch.${name}`
    : undefined;
}

function elementOf(value: unknown): ElementType | null {
  if (typeof value !== 'string' || !value.startsWith('torch.')) return null;
  const name = value.slice('torch.'.length);
  return Object.prototype.hasOwnProperty.call(bitsOf, name) ? (name as ElementType) : null;
}
