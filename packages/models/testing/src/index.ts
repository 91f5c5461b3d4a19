export { deviation, type Build, type Deviation } from './compare.ts';
export { describeShapes, evalShape } from './describe-shapes.ts';
export { build, familyOf, type Builder, type Family } from './family.ts';
export { readFixtures, type Fixture, type FixtureCase } from './fixture.ts';
export { hashedValues, useHashedWeights } from './hashed.ts';
