/** What compares a family with PyTorch's numbers on any device, without a test runner. */
export { deviation, type Deviation } from './compare.ts';
export { comparedRanks, familyOf, type Family } from './family.ts';
export { readFixtures, type Fixture, type FixtureCase } from './fixture.ts';
