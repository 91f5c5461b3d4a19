export { deviation, type Deviation } from './compare.ts';
export { describeNumbers } from './describe-numbers.ts';
export { describeShapes, evalShape } from './describe-shapes.ts';
export { describeTraining, type TrainingRun } from './describe-training.ts';
export { build, familyOf, type Builder, type Family } from './family.ts';
export { readFixtures, type Fixture, type FixtureCase } from './fixture.ts';
export { hashedValues, useHashedWeights } from './hashed.ts';
