import {
  aFiniteNumber,
  ArgumentError,
  integerFrom,
  oneOf,
  optionKinds,
  StateReader,
  type StateDict,
  type Stateful,
  type StateValue,
  formatValue,
} from '@convnet/tensor-core';

import { optionsOf } from './check.ts';
import type { Optimizer } from './optimizer.ts';
import { requireOptimizer, setLearningRates } from './schedule.ts';
import type { Snapshot } from './snapshot.ts';

/** Options of `ReduceLROnPlateau`. */
export interface ReduceLROnPlateauOptions {
  /** Whether lower or higher values of the metric are better. Default 'min'. */
  readonly mode?: 'min' | 'max';
  /** The rate is multiplied by this. Default 0.1. */
  readonly factor?: number;
  /** Looks without improvement that are let pass. Default 10. */
  readonly patience?: number;
  /** Least improvement that counts, relative to the best value. Default 1e-4. */
  readonly threshold?: number;
  /** Looks after a reduction that do not count. Default 0. */
  readonly cooldown?: number;
  /** Default 0. */
  readonly minLearningRate?: number;
}

const kinds = optionKinds<ReduceLROnPlateauOptions>({
  mode: oneOf('min', 'max'),
  factor: aFiniteNumber,
  patience: integerFrom(0),
  threshold: aFiniteNumber,
  cooldown: integerFrom(0),
  minLearningRate: aFiniteNumber,
});

/**
 * Lowers the learning rate when a metric stops improving. torch.optim.lr_scheduler.ReduceLROnPlateau. Beside a
 * schedule that scales the rate, what it lowers stays lowered; one that sets the rate, such as `OneCycleLR`,
 * passes over it.
 */
export class ReduceLROnPlateau implements Stateful {
  readonly optimizer: Optimizer;
  readonly #options: Required<ReduceLROnPlateauOptions>;
  #best: number;
  #bad = 0;
  #cooling = 0;

  /** @throws ArgumentError for a factor of 1 or more, and for other options out of range. */
  constructor(optimizer: Optimizer, options: ReduceLROnPlateauOptions = {}) {
    const name = 'ReduceLROnPlateau';
    requireOptimizer(name, optimizer);
    this.optimizer = optimizer;
    this.#options = {
      mode: 'min',
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      cooldown: 0,
      minLearningRate: 0,
      ...optionsOf(name, options, kinds),
    };
    const { mode, factor } = this.#options;
    if (!(factor < 1)) {
      throw new ArgumentError(`${name}: expected a factor below 1, got ${factor}`);
    }
    this.#best = mode === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes note of the metric, usually once an epoch. NaN is no improvement.
   * @throws ArgumentError where the metric is no number.
   */
  step(metric: number): void {
    if (typeof metric !== 'number') {
      throw new ArgumentError(
        `ReduceLROnPlateau: expected the metric as a number, got ${formatValue(metric)}`,
      );
    }
    const { factor, patience, cooldown, minLearningRate } = this.#options;
    if (this.#isBetter(metric)) {
      this.#best = metric;
      this.#bad = 0;
    } else {
      this.#bad++;
    }
    if (this.#cooling > 0) {
      this.#cooling--;
      this.#bad = 0;
    }
    if (this.#bad <= patience) return;
    for (const group of this.optimizer.groups) {
      const learningRate = Math.max(group.options.learningRate * factor, minLearningRate);
      // A change too small to matter is not made, as in PyTorch.
      if (group.options.learningRate - learningRate > 1e-8) {
        group.options = { ...group.options, learningRate };
      }
    }
    this.#cooling = cooldown;
    this.#bad = 0;
  }

  #isBetter(metric: number): boolean {
    const { mode, threshold } = this.#options;
    return mode === 'min'
      ? metric < this.#best * (1 - threshold)
      : metric > this.#best * (1 + threshold);
  }

  /** `type`, the `best` metric, looks that were `bad` or are still `cooling`, and the groups' `learningRates`. */
  stateDict(): Map<string, StateValue> {
    return new Map<string, StateValue>([
      ['type', 'ReduceLROnPlateau'],
      ['best', this.#best],
      ['bad', this.#bad],
      ['cooling', this.#cooling],
      ['learningRates', this.optimizer.groups.map(({ options }) => options.learningRate)],
    ]);
  }

  /** Goes on where the one of the state went on; the groups' rates become those of then. @throws StateError. */
  loadStateDict(state: StateDict): void {
    const reader = new StateReader('ReduceLROnPlateau', state);
    reader.requireType('ReduceLROnPlateau');
    reader.requireKeys(['type', 'best', 'bad', 'cooling', 'learningRates']);
    const { length } = this.optimizer.groups;
    const rates = reader.numbers('learningRates', length);
    const [best, bad, cooling] = [
      reader.number('best'),
      reader.count('bad'),
      reader.count('cooling'),
    ];
    this.#best = best;
    this.#bad = bad;
    this.#cooling = cooling;
    setLearningRates(this.optimizer, rates);
  }

  /** Holds what it knows of the metric, to go back to. The rates are the optimiser's, and in its snapshot. */
  snapshot(): Snapshot {
    const state = (): readonly [number, number, number] => [this.#best, this.#bad, this.#cooling];
    let held = state();
    return {
      update: () => {
        held = state();
      },
      restore: () => {
        [this.#best, this.#bad, this.#cooling] = held;
      },
      dispose: () => undefined,
    };
  }
}
