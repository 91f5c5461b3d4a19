/** Shares of test series classified rightly, by data set of the UCR archive. */
export type UcrAccuracies = Readonly<Record<string, number>>;

/** What the authors published of a network. */
export interface UcrRecord {
  /** Where the numbers are from, and of what they are means. */
  readonly source: string;
  /** The mean over so many data sets of the archive, on their default split. */
  readonly archive: { readonly sets: number; readonly mean: number };
  /** Of single sets: a few that are small enough to train on anywhere. */
  readonly sets: UcrAccuracies;
}

const review =
  'means of 5 runs, results/results-ucr-128.csv of github.com/hfawaz/dl-4-tsc (Ismail Fawaz et al., "Deep learning for ' +
  'time series classification: a review", 2019)';

/** Published accuracies by the name of the builder, where the network is alone: an ensemble's are `ensembleRecords`. */
export const ucrRecords: Readonly<
  Record<'fcn_wang' | 'resnet_wang' | 'inception_time' | 'mini_rocket', UcrRecord>
> = {
  fcn_wang: {
    source: review,
    archive: { sets: 128, mean: 0.7859 },
    sets: { ArrowHead: 0.8434, GunPoint: 1, ItalyPowerDemand: 0.9629 },
  },
  resnet_wang: {
    source: review,
    archive: { sets: 128, mean: 0.8066 },
    sets: { ArrowHead: 0.8377, GunPoint: 0.9907, ItalyPowerDemand: 0.9615 },
  },
  inception_time: {
    source: 'means of 5 runs, results.csv of github.com/MSD-IRIMAS/LITE',
    archive: { sets: 128, mean: 0.8393 },
    sets: { ArrowHead: 0.8457, GunPoint: 0.9987, ItalyPowerDemand: 0.966 },
  },
  mini_rocket: {
    source:
      'one run, resample 0 of results/accuracy_ucr109_resamples.csv of github.com/angus924/minirocket',
    archive: { sets: 109, mean: 0.8567 },
    sets: { ArrowHead: 0.8629, GunPoint: 0.9933, ItalyPowerDemand: 0.9689 },
  },
};

/** Published accuracies of ensembles of five. */
export const ensembleRecords: Readonly<Record<'inception_time', UcrRecord>> = {
  inception_time: {
    source: 'an ensemble of 5, results-InceptionTime-128.csv of github.com/hfawaz/InceptionTime',
    archive: { sets: 128, mean: 0.8436 },
    sets: { ArrowHead: 0.8457, GunPoint: 1, ItalyPowerDemand: 0.965 },
  },
};

/** The line that `architectures` states: `accuracy on UCR: ArrowHead 83.8 %, … (…)`. */
export function publishedLine({ source, archive, sets }: UcrRecord): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const each = Object.entries(sets).map(([name, share]) => `${name} ${percent(share)}`);
  return `accuracy on UCR: ${each.join(', ')}; on ${archive.sets} sets ${percent(archive.mean)} (${source})`;
}
