export type { FeatureDataset } from './feature-dataset.ts';
export { computeFeatures, fitHead, type FeaturesOptions, type FitHeadOptions } from './features.ts';
export { freezeBackbone, progressiveUnfreezing } from './freezing.ts';
export { fineTuneGroups, parameterGroups, type RatedGroup } from './parameter-groups.ts';
