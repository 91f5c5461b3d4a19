/** What a set of samples costs the networks that train on it. */
export interface BudgetRequest {
  /** Passes that the profile asks for. */
  readonly epochs: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Seconds that a training step takes for each sample, added up over the networks. */
  readonly secondsPerSample: number;
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

/** The share of the training that fits into `seconds`, 1 where all of it does. */
export function affordableShare(requests: readonly BudgetRequest[], seconds: number): number {
  const test = requests.reduce((sum, request) => sum + testSeconds(request), 0);
  const train = requests.reduce((sum, request) => sum + trainSeconds(request), 0);
  return train === 0 ? 1 : Math.min(1, Math.max(0, seconds - test) / train);
}

/** The requests cut to `share`, first in epochs and, where fewer than two are left, in training samples. */
export function cutTo(requests: readonly BudgetRequest[], share: number): Budget[] {
  return requests.map(({ epochs, trainSamples }) => {
    const affordable = Math.floor(epochs * share);
    const least = Math.min(epochs, leastEpochs);
    if (affordable >= least) return { epochs: affordable, trainSamples };
    const samples = Math.floor((share * epochs * trainSamples) / least);
    return { epochs: least, trainSamples: Math.max(1, samples) };
  });
}
