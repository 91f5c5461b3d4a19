import { isPointwise, OutOfMemoryError, type Convolution } from '@convnet/tensor-core';

import type { AddonError, CublasLt, Cudnn } from '../addon/interface.ts';
import { Encoder } from '../commands/encoder.ts';
import type { Recorder } from '../commands/recorder.ts';
import type { Memory } from '../cuda-buffer.ts';
import { multiplications } from '../kernels/conv/geometry.ts';
import {
  pointwiseForward,
  pointwiseInputGrad,
  pointwiseWeightGrad,
} from '../kernels/conv/products.ts';
import type { PlanChoice } from '../kernels/index.ts';
import type { MatrixProduct } from '../kernels/matmul.ts';
import { noEnding, type Ending } from '../kernels/product/ending.ts';
import { endingKey, type Plan, type Role } from '../kernels/product/plan.ts';
import { isFatal } from '../errors.ts';
import { blasProduct, blasSource } from './blas-products.ts';
import { cudnnSource, graphEnding } from './cudnn/convolution-source.ts';
import {
  forwardGraph,
  inputGradGraph,
  isExpressible,
  weightGradGraph,
} from './cudnn/convolutions.ts';
import type { LibraryName, PlanSource } from './plan-source.ts';
import type { PlanStore, StoredPlan } from './plan-store.ts';

/** Which plans may serve, and how one is chosen. */
export interface ChoosingRules {
  /**
   * By time on the device; by a guess, which takes a library's first way but for groups and first layers, where own kernels are the better
   * one; or a library wherever it takes the shape, for tests.
   */
  readonly by: 'time' | 'guess' | 'library';
  readonly isDeterministic: boolean;
  readonly isTf32: boolean;
  /** Bytes of scratch that a library may ask for. */
  readonly mostWorkspace: number;
}

/** What was chosen, for information. */
export interface ChosenCounts {
  own: number;
  cuBLASLt: number;
  cuDNN: number;
}

/** Multiplications up to which a call is over sooner than another could be: own kernels, untimed. */
const fewMultiplications = 1 << 18;
/** Shapes that are chosen for; where they differ at every call, choosing would take longer than it saves. */
const mostChoices = 4096;
/** Failures that are remembered. */
const mostFailures = 64;
/** Runs of a way that are timed, behind one that is not. */
const rounds = 3;

type Sizes = Readonly<Partial<Record<Role, number>>>;

/**
 * Chooses between the own kernels and the libraries that were found, once for each shape: by time on the device, from memory or from
 * what was kept on disk. It waits for the device then, which nothing else does, and never in a recorded step's run.
 */
export class PlanChooser implements PlanChoice {
  readonly counts: ChosenCounts = { own: 0, cuBLASLt: 0, cuDNN: 0 };
  /** The largest workspace of what was chosen, in bytes. */
  largestWorkspace = 0;
  /** What libraries failed at, where they were expected to do it or to say that they do not. */
  readonly failures: { readonly library: LibraryName; readonly message: string }[] = [];
  readonly #recorder: Recorder;
  readonly #rules: ChoosingRules;
  readonly #store: PlanStore | null;
  readonly #blas: CublasLt | null;
  readonly #dnn: Cudnn | null;
  readonly #chosen = new Map<string, Plan>();
  readonly #unusable = new Set<LibraryName>();
  readonly #encoder = new Encoder(1 << 10);

  constructor(
    recorder: Recorder,
    libraries: { readonly blas: CublasLt | null; readonly dnn: Cudnn | null },
    rules: ChoosingRules,
    store: PlanStore | null,
  ) {
    this.#recorder = recorder;
    this.#blas = libraries.blas;
    this.#dnn = libraries.dnn;
    this.#rules = rules;
    this.#store = store;
  }

  product(p: MatrixProduct, ending: Ending, own: Plan): Plan {
    const key = `product ${JSON.stringify(p)} ${endingKey(ending)}`;
    const count = p.batch.reduce((all, { extent }) => all * extent, 1);
    const sizes = {
      left: spanOf(p, 0, [p.rows, p.left.outer], [p.terms, p.left.inner]),
      right: spanOf(p, 1, [p.columns, p.right.outer], [p.terms, p.right.inner]),
      out: spanOf(p, 2, [p.rows, p.out.outer], [p.columns, p.out.inner]),
      bias: 4 * Math.max(p.columns, p.rows) * (p.biasStep === 0 ? 1 : count),
      residual: spanOf(p, 2, [p.rows, p.out.outer], [p.columns, p.out.inner]),
    };
    return this.#choose(key, p.rows * p.columns * p.terms * count, own, sizes, () =>
      this.#blasSources(p, ending),
    );
  }

  forward(c: Convolution, ending: Ending, own: Plan): Plan {
    const sizes = convolutionSizes(c, 'x', 'w', 'y');
    return this.#convolution('forward', c, ending, own, sizes, () => {
      const graph = graphEnding(ending);
      return [
        ...(isPointwise(c) ? this.#blasSources(pointwiseForward(c), ending) : []),
        ...(graph === null
          ? []
          : this.#cudnnSources(forwardGraph(c, graph), {
              x: 'left',
              w: 'right',
              y: 'out',
              ...(graph.hasBias && { bias: 'bias' }),
              ...(graph.hasResidual && { residual: 'residual' }),
            })),
      ];
    });
  }

  /** Left is the gradient of the output, right the weight. */
  inputGrad(c: Convolution, own: Plan): Plan {
    const sizes = convolutionSizes(c, 'y', 'w', 'x');
    return this.#convolution('input gradient', c, noEnding, own, sizes, () => [
      ...(isPointwise(c) ? this.#blasSources(pointwiseInputGrad(c), noEnding) : []),
      ...this.#cudnnSources(inputGradGraph(c), { y: 'left', w: 'right', x: 'out' }),
    ]);
  }

  /** Left is the input, right the gradient of the output. */
  weightGrad(c: Convolution, own: Plan): Plan {
    const sizes = convolutionSizes(c, 'x', 'y', 'w');
    return this.#convolution('weight gradient', c, noEnding, own, sizes, () => [
      ...(isPointwise(c)
        ? this.#blasSources(pointwiseWeightGrad(c), noEnding, ['right', 'left'])
        : []),
      ...this.#cudnnSources(weightGradGraph(c), { x: 'left', y: 'right', w: 'out' }),
    ]);
  }

  #convolution(
    direction: string,
    c: Convolution,
    ending: Ending,
    own: Plan,
    sizes: Sizes,
    sources: () => PlanSource[],
  ): Plan {
    const isBetterOwn = this.#rules.by === 'guess' && (c.groups > 1 || c.channels <= 4);
    if (isBetterOwn || !isExpressible(c)) return own;
    const key = `${direction} ${JSON.stringify(c)} ${endingKey(ending)}`;
    return this.#choose(key, multiplications(c), own, sizes, sources);
  }

  #blasSources(p: MatrixProduct, ending: Ending, factors?: readonly [Role, Role]): PlanSource[] {
    if (this.#blas === null) return [];
    const product = blasProduct(p, ending, this.#rules.isTf32);
    return product === null ? [] : [blasSource(this.#blas, product, this.#rules, factors)];
  }

  #cudnnSources(
    operations: Parameters<typeof cudnnSource>[1],
    roles: Parameters<typeof cudnnSource>[2],
  ): PlanSource[] {
    return this.#dnn === null ? [] : [cudnnSource(this.#dnn, operations, roles, this.#rules)];
  }

  #choose(key: string, work: number, own: Plan, sizes: Sizes, sourcesOf: () => PlanSource[]): Plan {
    const known = this.#chosen.get(key);
    if (known !== undefined) return known;
    const isSmall = this.#rules.by === 'time' && work <= fewMultiplications;
    if (isSmall || this.#chosen.size >= mostChoices) return own;
    const sources = sourcesOf().filter(({ library }) => !this.#unusable.has(library));
    if (sources.length === 0) return own;
    const stored = this.#store?.read(key) ?? null;
    const plan =
      this.#restored(stored, own, sources) ??
      (this.#rules.by === 'time'
        ? this.#fastest(key, own, sizes, sources)
        : this.#first(sources, own));
    this.#chosen.set(key, plan);
    const by =
      sources.find(({ library }) => this.#libraryOf.get(plan) === library)?.library ?? 'own';
    this.counts[by]++;
    this.largestWorkspace = Math.max(this.largestWorkspace, plan.call?.workspaceBytes ?? 0);
    return plan;
  }

  /** Which library a plan is of. */
  readonly #libraryOf = new WeakMap<Plan, LibraryName>();

  #planOf(library: LibraryName, call: NonNullable<Plan['call']>): Plan {
    const plan = { launches: [], partBytes: 0, call };
    this.#libraryOf.set(plan, library);
    return plan;
  }

  #restored(stored: StoredPlan | null, own: Plan, sources: readonly PlanSource[]): Plan | null {
    if (stored === null) return null;
    if (stored.by === 'own') return own;
    const source = sources.find(({ library }) => library === stored.by);
    const call = source && this.#tried(source, () => source.restore(stored.text));
    return call ? this.#planOf(stored.by, call) : null;
  }

  /** The first way that a library has. */
  #first(sources: readonly PlanSource[], own: Plan): Plan {
    for (const source of sources) {
      const plan = this.#tried(source, () => {
        let first: Plan | null = null;
        for (const { call } of source.propose()) {
          if (first === null) first = this.#planOf(source.library, call);
          else this.#recorder.session.dropPlan(call.plan);
        }
        return first;
      });
      if (plan !== null) return plan;
    }
    return own;
  }

  #fastest(key: string, own: Plan, sizes: Sizes, sources: readonly PlanSource[]): Plan {
    const memories = this.#memories(sizes);
    // Without room for a trial nothing is known, and nothing is kept.
    if (memories === null) return own;
    const milliseconds: Record<string, number> = {};
    try {
      let best: { readonly plan: Plan; readonly stored: StoredPlan | null; readonly time: number } =
        {
          plan: own,
          stored: { by: 'own', text: '', milliseconds },
          time: this.#timeOf(own, memories) ?? Infinity,
        };
      milliseconds['own'] = best.time;
      for (const source of sources) {
        const { library } = source;
        const proposals = this.#tried(source, () => [...source.propose()]) ?? [];
        proposals.forEach(({ call, text }, i) => {
          const plan = this.#planOf(library, call);
          const time = this.#tried(source, () => this.#timeOf(plan, memories)) ?? Infinity;
          milliseconds[`${library} ${i}`] = time;
          const slower = time < best.time ? best.plan : plan;
          if (time < best.time) {
            const stored = text === null ? null : { by: library, text, milliseconds };
            best = { plan, stored, time };
          }
          if (slower.call !== undefined) this.#recorder.session.dropPlan(slower.call.plan);
        });
      }
      if (best.stored !== null) this.#store?.write(key, best.stored);
      return best.plan;
    } finally {
      for (const { address } of memories.values()) this.#recorder.pool.giveBack(address);
    }
  }

  /** Memory for a trial; null where there is no room. */
  #memories(sizes: Sizes): Map<Role, Memory> | null {
    const taken = new Map<Role, Memory>();
    for (const [role, bytes] of Object.entries(sizes) as [Role, number][]) {
      const memory = this.#take(bytes);
      if (memory === null) {
        for (const { address } of taken.values()) this.#recorder.pool.giveBack(address);
        return null;
      }
      taken.set(role, memory);
    }
    return taken;
  }

  #take(bytes: number): Memory | null {
    try {
      return { address: this.#recorder.takeAddress(bytes), bytes };
    } catch (error) {
      if (error instanceof OutOfMemoryError) return null;
      throw error;
    }
  }

  /** Milliseconds of a run at best; null where there is no room for its scratch. @throws AddonError. */
  #timeOf(plan: Plan, memories: ReadonlyMap<Role, Memory>): number | null {
    const recorder = this.#recorder;
    const scratchBytes = plan.call?.workspaceBytes ?? plan.partBytes;
    const scratch = scratchBytes === 0 ? null : this.#take(scratchBytes);
    if (scratch === null && scratchBytes > 0) return null;
    const at = (role: Role | null): Memory | null =>
      role === null ? null : role === 'parts' ? scratch : (memories.get(role) ?? null);
    const encoder = this.#encoder;
    encoder.clear();
    try {
      for (const { kernel, shape, pointers, words } of plan.launches) {
        const { number } = recorder.attempt(() => recorder.kernels.get(kernel));
        encoder.launch(number, shape, pointers.map(at), words);
      }
      if (plan.call !== undefined)
        encoder.call(plan.call.plan, [...plan.call.pointers.map(at), scratch]);
      // In front of it is what was encoded before, which may use the same memory.
      recorder.submit();
      recorder.counts.waits++;
      const taken = recorder.session.time(encoder.words, encoder.length, 1 + rounds);
      return Math.min(...taken.slice(1));
    } catch (error) {
      if (isFatal(error))
        recorder.attempt(() => {
          throw error;
        });
      throw error;
    } finally {
      if (scratch !== null) recorder.pool.giveBack(scratch.address);
    }
  }

  /** What a library gives, or null where it fails: a shape that it refuses, or a symbol without which it is of no use. */
  #tried<Result>(source: PlanSource, run: () => Result): Result | null {
    try {
      return run();
    } catch (error) {
      const { status, symbol, message } = error as AddonError;
      if (status === undefined && symbol === undefined) throw error;
      if (symbol !== undefined) this.#unusable.add(source.library);
      if (this.failures.length < mostFailures)
        this.failures.push({ library: source.library, message });
      return null;
    }
  }
}

/** Bytes from the first element of a factor or the output to behind its last. */
function spanOf(
  { batch }: MatrixProduct,
  side: number,
  ...axes: readonly (readonly [extent: number, stride: number])[]
): number {
  const all = [...axes, ...batch.map(({ extent, strides }) => [extent, strides[side]!] as const)];
  return 4 * (1 + all.reduce((sum, [extent, stride]) => sum + Math.max(extent - 1, 0) * stride, 0));
}

function convolutionSizes(
  c: Convolution,
  left: 'x' | 'w' | 'y',
  right: 'x' | 'w' | 'y',
  out: 'x' | 'w' | 'y',
): Sizes {
  const bytes = {
    x: 4 * c.batch * c.channels * c.inputPositions,
    w: 4 * c.outputs * c.perGroup * c.tapCount,
    y: 4 * c.batch * c.outputs * c.positions,
  };
  return {
    left: bytes[left],
    right: bytes[right],
    out: bytes[out],
    bias: 4 * c.outputs,
    residual: bytes.y,
  };
}
