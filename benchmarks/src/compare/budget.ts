/** What a set of samples costs the networks that train on it. */
export interface BudgetRequest {
  /** Passes of the whole training. */
  readonly epochs: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Seconds that a training step takes for each sample, added up over the networks. */
  readonly secondsPerSample: number;
  /** Whether it trains for all its passes, however slow the machine is. */
  readonly whole: boolean;
}

/** How long every network trains on a set: the same for all of them. */
export interface Budget {
  readonly epochs: number;
  readonly trainSamples: number;
}

/** A schedule that rises and falls needs some passes. */
const leastEpochs = 2;

/** Forward alone, over forward, backward and update. */
export const testShare: number = 1 / 3;

const trainSeconds = ({ epochs, trainSamples, secondsPerSample }: BudgetRequest): number =>
  epochs * trainSamples * secondsPerSample;

const testSeconds = ({ testSamples, secondsPerSample }: BudgetRequest): number =>
  testSamples * secondsPerSample * testShare;

/** Seconds that the requests take if nothing is cut. */
export function secondsOf(requests: readonly BudgetRequest[]): number {
  return requests.reduce((sum, r) => sum + trainSeconds(r) + testSeconds(r), 0);
}

/** However slow the machine: less would not be a training. */
const leastShare = 0.05;

/**
 * The share of the training that fits into `seconds`, 1 where all of it does, at least a twentieth; whole sets take
 * theirs first.
 */
export function affordableShare(requests: readonly BudgetRequest[], seconds: number): number {
  const sumOf = (of: (request: BudgetRequest) => number): number =>
    requests.reduce((sum, request) => sum + of(request), 0);
  const fixed = sumOf((r) => testSeconds(r) + (r.whole ? trainSeconds(r) : 0));
  const rest = sumOf((r) => (r.whole ? 0 : trainSeconds(r)));
  return rest === 0 ? 1 : Math.min(1, Math.max(leastShare, (seconds - fixed) / rest));
}

/**
 * The requests cut to `share`, first in epochs and, where fewer than two are left, in training samples. Whole
 * sets are not cut.
 */
export function cutTo(requests: readonly BudgetRequest[], share: number): Budget[] {
  return requests.map(({ epochs, trainSamples, whole }) => {
    if (whole) return { epochs, trainSamples };
    const affordable = Math.floor(epochs * share);
    const least = Math.min(epochs, leastEpochs);
    if (affordable >= least) return { epochs: affordable, trainSamples };
    const samples = Math.floor((share * epochs * trainSamples) / least);
    return { epochs: least, trainSamples: Math.max(1, samples) };
  });
}
