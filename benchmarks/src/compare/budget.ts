/** What a set of samples costs the models that train on it. */
export interface BudgetRequest {
  /** Passes that the profile asks for. */
  readonly epochs: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Seconds that a training step takes for each sample, added up over the models. */
  readonly secondsPerSample: number;
}

/** How long every model trains on a set: the same for all of them. */
export interface Budget {
  readonly epochs: number;
  readonly trainSamples: number;
}

/** A schedule that rises and falls needs some passes. */
const leastEpochs = 2;

/** Forward alone, over forward, backward and update. */
const testShare = 1 / 3;

const trainSeconds = ({ epochs, trainSamples, secondsPerSample }: BudgetRequest): number =>
  epochs * trainSamples * secondsPerSample;

const testSeconds = ({ testSamples, secondsPerSample }: BudgetRequest): number =>
  testSamples * secondsPerSample * testShare;

/** Seconds that the requests take if nothing is cut. */
export function secondsOf(requests: readonly BudgetRequest[]): number {
  return requests.reduce((sum, r) => sum + trainSeconds(r) + testSeconds(r), 0);
}

/**
 * Shares the time out: where the requests take longer than `seconds`, all are cut by the same factor, first
 * in epochs and, where fewer than two are left, in training samples.
 */
export function shareOut(requests: readonly BudgetRequest[], seconds: number): Budget[] {
  const test = requests.reduce((sum, request) => sum + testSeconds(request), 0);
  const train = requests.reduce((sum, request) => sum + trainSeconds(request), 0);
  const factor = Math.min(1, Math.max(0, seconds - test) / train);
  return requests.map(({ epochs, trainSamples }) => {
    const affordable = Math.floor(epochs * factor);
    const least = Math.min(epochs, leastEpochs);
    if (affordable >= least) return { epochs: affordable, trainSamples };
    const samples = Math.floor((factor * epochs * trainSamples) / least);
    return { epochs: least, trainSamples: Math.max(1, samples) };
  });
}
