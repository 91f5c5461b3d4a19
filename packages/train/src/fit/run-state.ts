import type { AnyModule } from '@convnet/layers';
import {
  currentGenerator,
  StateReader,
  type PlainState,
  type StateDict,
  type Stateful,
  type StateValue,
} from '@convnet/tensor-core';

import type { Batches } from '../batches.ts';
import type { CheckpointParts } from '../checkpoint/contents.ts';
import type { BestWeights } from './best-weights.ts';
import type { Monitor } from './monitor.ts';
import type { AnyFitOptions } from './options.ts';
import type { Position } from './position.ts';
import type { EpochReport } from './reports.ts';

/** A loader that can be set to where it stood. Its state may be a Map, or an object that JSON can hold. */
interface StatefulLoader {
  stateDict(): StateDict | Readonly<Record<string, PlainState>>;
  loadStateDict(state: StateDict | Readonly<Record<string, PlainState>>): unknown;
}

/** What a run has beside its model, optimiser, schedule and average. */
export interface RunMemory {
  readonly position: Position;
  readonly monitor: Monitor | null;
  readonly best: BestWeights | null;
  readonly reports: EpochReport[];
  /** Sums of the present epoch's losses, and of how many. */
  losses: { readonly sums: Readonly<Record<string, number>>; readonly count: number };
}

/** Where things stood that are not the run's own. */
interface Mark {
  /** Of a loader that can be set. */
  readonly loader: StateDict | null;
  /** What other batches call the epoch that is under way, or to come. */
  readonly loaderEpoch: number | null;
  readonly random: StateDict;
}

/** Everything that a run needs to go on in another program, as parts of a checkpoint. */
export class RunState {
  readonly #model: AnyModule;
  readonly #options: AnyFitOptions;
  readonly #memory: RunMemory;
  /** Where the loader and the random numbers stood when the last step was done. */
  #mark: Mark;
  /** Where the random numbers are to go on from, once the loader is where it was. */
  #random: StateDict | null = null;

  constructor(model: AnyModule, options: AnyFitOptions, memory: RunMemory) {
    this.#model = model;
    this.#options = options;
    this.#memory = memory;
    this.#mark = this.#present();
  }

  /** Notes where loader and random numbers stand: between two steps, before the next batch is asked for. */
  mark(): void {
    if (this.#options.checkpoints !== undefined) this.#mark = this.#present();
  }

  #present(): Mark {
    const { train } = this.#options;
    const { position } = this.#memory;
    const state = isStateful(train) ? train.stateDict() : null;
    return {
      loader: state === null ? null : state instanceof Map ? state : new Map(Object.entries(state)),
      loaderEpoch: (position.batch > 0 ? position.loaderEpoch : train.epoch) ?? null,
      random: currentGenerator().stateDict(),
    };
  }

  /** To be called once the loader is where it was, before it is asked for the next batch. */
  restoreRandom(): void {
    if (this.#random !== null) currentGenerator().loadStateDict(this.#random);
    this.#random = null;
  }

  /**
   * Batches of the present epoch that the loader will give once more, and that are to be passed over: those that were done
   * before an interruption, of a loader that cannot be set.
   */
  get batchesToSkip(): number {
    return isStateful(this.#options.train) ? 0 : this.#memory.position.batch;
  }

  parts(): CheckpointParts {
    const { optimizer, schedule, average, train, checkpoints } = this.#options;
    const { best } = this.#memory;
    return {
      model: this.#model,
      optimizer,
      ...(schedule !== undefined && { schedule: schedule as unknown as Stateful }),
      ...(average !== undefined && { average: average as unknown as Stateful }),
      random: {
        stateDict: () => this.#mark.random,
        loadStateDict: (state: StateDict) => {
          new StateReader('random', state).requireKeys(['seed', 'offset']);
          this.#random = new Map(state);
        },
      },
      ...(isStateful(train) && { loader: this.#loaderPart(train) }),
      ...(best !== null && { best: best as Stateful }),
      run: {
        stateDict: () => this.#stateDict(),
        loadStateDict: (state: StateDict) => this.#load(state),
      },
      ...checkpoints?.parts,
    };
  }

  #loaderPart(train: StatefulLoader): Stateful {
    return {
      stateDict: () => this.#mark.loader!,
      loadStateDict: (state) => {
        const isMap = train.stateDict() instanceof Map;
        train.loadStateDict(
          isMap ? state : (Object.fromEntries(state) as Record<string, PlainState>),
        );
      },
    };
  }

  #stateDict(): Map<string, StateValue> {
    const { position, monitor, reports, losses } = this.#memory;
    const frozen = [...this.#model.namedParameters()].filter(([, p]) => !p.requiresGrad);
    return new Map<string, StateValue>([
      ['position', position.stateDict()],
      ['losses', losses],
      ['monitor', monitor === null ? null : { best: monitor.best, waited: monitor.waited }],
      ['reports', reports as unknown as PlainState],
      ['frozen', frozen.map(([path]) => path)],
      ['loaderEpoch', this.#mark.loaderEpoch],
      ['testEpoch', this.#options.test?.epoch ?? null],
    ]);
  }

  #load(state: StateDict): void {
    new StateReader('run', state).requireKeys([
      'position',
      'losses',
      'monitor',
      'reports',
      'frozen',
      'loaderEpoch',
      'testEpoch',
    ]);
    const { position, monitor, reports } = this.#memory;
    position.load(state.get('position') as unknown as Readonly<Record<string, number>>);
    this.#memory.losses = state.get('losses') as unknown as RunMemory['losses'];
    const seen = state.get('monitor') as unknown as Pick<Monitor, 'best' | 'waited'> | null;
    if (monitor !== null && seen !== null) {
      monitor.best = seen.best;
      monitor.waited = seen.waited;
    }
    reports.splice(0, reports.length, ...(state.get('reports') as unknown as EpochReport[]));
    const frozen = new Set(state.get('frozen') as readonly string[]);
    for (const [path, parameter] of this.#model.namedParameters()) {
      parameter.requiresGrad = !frozen.has(path);
    }
    const { train, test } = this.#options;
    const [epoch, testEpoch] = [state.get('loaderEpoch'), state.get('testEpoch')];
    // A set may be both, and is then where training goes on.
    if (test !== undefined && test !== train && typeof testEpoch === 'number') {
      test.epoch = testEpoch;
    }
    if (!isStateful(train) && typeof epoch === 'number') train.epoch = epoch;
  }
}

function isStateful(train: Batches<unknown>): train is Batches<unknown> & StatefulLoader {
  const given = train as Partial<StatefulLoader>;
  return typeof given.stateDict === 'function' && typeof given.loadStateDict === 'function';
}
