import {
  ArgumentError,
  ConvnetError,
  InputTooSmallError,
  Tensor,
  aBoolean,
  aDevice,
  aFunction,
  aString,
  capturing,
  either,
  guardCapture,
  openScope,
  refuseCapture,
  requireKind,
  refuseOtherCopy,
  type Device,
  type PackageCopy,
} from '@convnet/tensor-core';

import { layersCopy } from '../copy.ts';
import { nameLeastExtent } from './least-extent.ts';
import { Buffer, Parameter, StateTensor } from './parameter.ts';
import { loadStateDict, moveTo, type LoadOptions, type LoadReport } from './state-dict.ts';
import { Structure } from './structure.ts';

/** Called after a module's forward, with what went in and what came out. */
export type ForwardHook = (module: AnyModule, inputs: readonly unknown[], output: unknown) => void;

/** A module whatever its forward takes and gives. */
// oxlint-disable-next-line typescript/no-explicit-any -- parameters are contravariant: no other type admits every module
export type AnyModule = Module<any, any>;

/** A layer that takes one tensor and gives one. */
export type Layer = Module;

/** What every layer that has weights accepts. */
export interface LayerOptions {
  /** Where the weights live. Default: the meta device, which has shapes only. */
  readonly device?: Device;
}

const aMatch = either(aString, aFunction);

let depth = 0;

/**
 * A layer or network: a tree found by its properties. A property that is a `Parameter` is learned, one
 * that is a `Buffer` is kept, a `Module` is a child, and the state-dict key of each is its property path.
 *
 * Tensors made in `forward` are given back when it returns, except its result, what autograd needs, and
 * what was `keep`-ed.
 */
export abstract class Module<Inputs extends readonly unknown[] = [Tensor], Output = Tensor> {
  /** Whether layers such as batch norm and dropout act as in training; see `train` and `eval`. */
  training = true;
  /** Name of the architecture, such as 'resnet18', where a builder made this network; else ''. */
  architecture = '';
  readonly #hooks = new Set<ForwardHook>();

  constructor() {
    // A class of JavaScript may have forgotten it.
    const forward: (...inputs: Inputs) => Output = this.forward ?? lacksForward;
    Object.defineProperty(this, 'forward', {
      value: (...inputs: Inputs): Output => this.#call(forward, inputs),
      writable: true,
      configurable: true,
    });
  }

  /** Computes the output. Subclasses write it; users call it. */
  abstract forward(...inputs: Inputs): Output;

  #call(forward: (...inputs: Inputs) => Output, inputs: Inputs): Output {
    const opened = openScope();
    depth++;
    try {
      if (capturing()) this.#guardCapture();
      const output: Output = Reflect.apply(forward, this, inputs);
      if (output instanceof Promise) refuseAsynchronous(output);
      for (const hook of this.#hooks) hook(this, inputs, output);
      opened.escape(output);
      return output;
    } catch (error) {
      if (error instanceof ConvnetError) this.#locate(error, inputs[0]);
      throw error;
    } finally {
      depth--;
      opened.close();
    }
  }

  /** A captured step holds as long as this module is what it was; another mode is another recording. */
  #guardCapture(): void {
    if (this.#hooks.size > 0) refuseCapture(`a hook looks at the forward of ${this.typeName}`);
    const { training } = this;
    guardCapture(this.#hooks, () => this.training === training && this.#hooks.size === 0);
    const structure = new Structure([this]);
    guardCapture(
      this,
      () => structure.isCurrent,
      () =>
        `${structure.changed} of ${this.typeName} has changed since the step was captured: capture it anew`,
    );
  }

  /**
   * The innermost module marks the error; the outermost knows the whole path and puts it in front, and can
   * say what size of its input would do.
   */
  #locate(error: ConvnetError, input: unknown): void {
    if (!failures.has(error)) failures.set(error, this);
    if (depth > 1) return;
    const failed = failures.get(error);
    for (const [path, module] of this.namedModules()) {
      if (module === failed) {
        const name = this.architecture || this.typeName;
        error.locate(path === '' ? name : `${name}.${path}`);
        if (error instanceof InputTooSmallError && input instanceof Tensor) {
          nameLeastExtent(error, this as AnyModule, input.shape);
        }
        return;
      }
    }
  }

  /** Name of the class, as `String(model)` prints it. */
  get typeName(): string {
    return this.constructor.name;
  }

  /** @internal What another copy of this package knows a module by, and whose it is. */
  get isModule(): PackageCopy {
    return layersCopy;
  }

  /**
   * Direct children with their names, in the order of definition.
   * @throws TwoCopiesError for one of another copy of this package, whose weights would be left out without a word.
   */
  *namedChildren(): Generator<[string, AnyModule]> {
    for (const [name, value] of Object.entries(this) as [string, unknown][]) {
      if (value instanceof Module) yield [name, value];
      else refuseOtherCopy(`${this.typeName}.${name}`, value, layersCopy);
    }
  }

  /**
   * This module and all below it, with their paths; '' is this one. A module met twice is named once.
   * @param prefix the path of this one
   */
  namedModules(prefix = ''): Generator<[string, AnyModule]> {
    requireKind('namedModules', 'prefix', prefix, aString);
    return this.#walk(prefix, new Set());
  }

  *#walk(path: string, seen: Set<AnyModule>): Generator<[string, AnyModule]> {
    if (seen.has(this)) return;
    seen.add(this);
    yield [path, this];
    for (const [name, child] of this.namedChildren()) {
      yield* child.#walk(path === '' ? name : `${path}.${name}`, seen);
    }
  }

  /** Parameters and buffers by every path that leads to them, in the order in which PyTorch lists them. */
  *#allTensors(
    prefix = '',
    above: readonly AnyModule[] = [],
  ): Generator<[path: string, tensor: StateTensor]> {
    for (const [name, value] of Object.entries(this) as [string, unknown][]) {
      if (value instanceof StateTensor) yield [prefix + name, value];
    }
    const here = [...above, this];
    for (const [name, child] of this.namedChildren()) {
      // A module that leads back to itself has no end of paths.
      if (!here.includes(child)) yield* child.#allTensors(`${prefix}${name}.`, here);
    }
  }

  /** Each tensor once, by the first path to it. */
  *#namedTensors(): Generator<[string, StateTensor]> {
    const seen = new Set<StateTensor>();
    for (const [path, tensor] of this.#allTensors()) {
      if (seen.has(tensor)) continue;
      seen.add(tensor);
      yield [path, tensor];
    }
  }

  /** Learned tensors, each once, with their paths; the first where there are several. */
  *namedParameters(): Generator<[string, Parameter]> {
    for (const [path, t] of this.#namedTensors()) if (t instanceof Parameter) yield [path, t];
  }

  /** Learned tensors, each once. */
  parameters(): Parameter[] {
    return Array.from(this.namedParameters(), ([, parameter]) => parameter);
  }

  /** Tensors that are kept but not learned, such as running statistics, each once, with their paths. */
  *namedBuffers(): Generator<[string, Buffer]> {
    for (const [path, t] of this.#namedTensors()) if (t instanceof Buffer) yield [path, t];
  }

  /**
   * Parameters and buffers by path: the live tensors, not copies. One that several paths lead to, such as those of
   * a module used twice, is there under each of them, as in PyTorch.
   */
  stateDict(): Map<string, StateTensor> {
    return new Map(this.#allTensors());
  }

  /**
   * Copies weights in: all, or nothing and an error. From tensors on the device of the model this is done when the
   * call returns, also where nobody awaits it; from another device once they have been read. Where several keys lead
   * to one tensor one of them is enough, and the last counts; `num_batches_tracked` may be missing, as in files
   * from before PyTorch 0.4.1.
   * @returns the keys that were missing and unexpected, of which there are none with `strict`.
   * @throws StateDictError that lists every missing, unexpected and mis-shaped key, also where not one key fits and
   * `strict` is off; StateChangedError where weights were written before they had been read; DeviceError on the
   * meta device.
   */
  loadStateDict(
    state: ReadonlyMap<string, Tensor>,
    options: LoadOptions = {},
  ): Promise<LoadReport> {
    return loadStateDict(this, state, options);
  }

  /**
   * Moves parameters and buffers to a device, in place, and gradients with them: all, or nothing and an error. A
   * model on the meta device, which has no values, is initialised there. An optimiser's state does not move: make
   * the optimiser afterwards.
   * @throws StateChangedError where weights or gradients change meanwhile.
   */
  async to(device: Device): Promise<this> {
    requireKind('to', 'device', device, aDevice);
    await moveTo(this, device);
    return this;
  }

  /** The module at a path such as 'layer1.0.conv1'. @throws ArgumentError that lists the names there. */
  getModule(path: string): AnyModule {
    requireKind('getModule', 'path', path, aString);
    if (path === '') return this;
    const [name, ...rest] = path.split('.');
    const children = new Map(this.namedChildren());
    const child = children.get(name!);
    if (child === undefined) {
      throw new ArgumentError(
        `no module '${name}': ${this.typeName} has ${[...children.keys()].join(', ') || 'no children'}`,
      );
    }
    return child.getModule(rest.join('.'));
  }

  /** Sets training mode for this module and all below it. */
  train(mode = true): this {
    requireKind('train', 'mode', mode, aBoolean);
    for (const [, module] of this.namedModules()) module.training = mode;
    return this;
  }

  /** Sets evaluation mode: running statistics are used, dropout does nothing. */
  eval(): this {
    return this.train(false);
  }

  /** Stops the learning of the parameters whose path starts with `match` or satisfies it (default all). */
  freeze(match: string | ((path: string) => boolean) = ''): this {
    return this.#setLearned(match, false);
  }

  /** Undoes `freeze`. */
  unfreeze(match: string | ((path: string) => boolean) = ''): this {
    return this.#setLearned(match, true);
  }

  #setLearned(match: string | ((path: string) => boolean), learned: boolean): this {
    requireKind(learned ? 'unfreeze' : 'freeze', 'match', match, aMatch);
    const matches =
      typeof match === 'function'
        ? match
        : (path: string): boolean => match === '' || path === match || path.startsWith(`${match}.`);
    for (const [path, tensor] of this.#allTensors()) {
      if (tensor instanceof Parameter && matches(path)) tensor.requiresGrad = learned;
    }
    return this;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const parameter of this.parameters()) parameter.zeroGrad();
  }

  /** Calls `hook` after every forward of this module; the result removes it. */
  onForward(hook: ForwardHook): () => void {
    requireKind('onForward', 'hook', hook, aFunction);
    this.#hooks.add(hook);
    return () => this.#hooks.delete(hook);
  }

  /** Gives the memory of all parameters and buffers back. */
  dispose(): void {
    for (const [, tensor] of this.#namedTensors()) tensor.dispose();
  }

  /** What stands between the parentheses when the module is printed. */
  extraRepr(): string {
    return '';
  }

  /** The tree of modules, as PyTorch prints it. */
  toString(): string {
    const children = [...this.namedChildren()].map(
      ([name, child]) => `  (${name}): ${child.toString().replaceAll('\n', '\n  ')}`,
    );
    const extra = this.extraRepr();
    if (children.length === 0) return `${this.typeName}(${extra})`;
    const lines = extra === '' ? children : [`  ${extra}`, ...children];
    return `${this.typeName}(\n${lines.join('\n')}\n)`;
  }
}

/** The forward of a class that has none. */
function lacksForward(this: AnyModule): never {
  throw new ArgumentError(`${this.typeName} has no forward: a class of layers must have one`);
}

/** What a forward makes is given back when it returns, before what waits could use it. */
function refuseAsynchronous(output: Promise<unknown>): never {
  // This error is the one to hear of.
  output.catch(() => undefined);
  throw new ArgumentError('expected a forward that returns without waiting, got a promise');
}

/** Which module threw an error first. */
const failures = new WeakMap<ConvnetError, AnyModule>();
