export { deviation, type Deviation } from './compare.ts';
export { describeKeras, type KerasRun } from './describe-keras.ts';
export { describeNumbers } from './describe-numbers.ts';
export { describeShapes } from './describe-shapes.ts';
export { describeTraining, type TrainingRun } from './describe-training.ts';
export { describeVolumes, type VolumeRun } from './describe-volumes.ts';
export { describeWeights } from './describe-weights.ts';
export { evalShape } from './eval-shape.ts';
export {
  build,
  buildersByRank,
  comparedRanks,
  familyOf,
  inputShapeOf,
  takes,
  type Builder,
  type Family,
} from './family.ts';
export { readFixtures, type Fixture, type FixtureCase } from './fixture.ts';
export { digest, hashedValues, useHashedWeights } from './hashed.ts';
