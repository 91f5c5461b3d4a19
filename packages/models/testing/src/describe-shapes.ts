import { describeBadInput } from './describe-bad-input.ts';
import { describeBuilding } from './describe-building.ts';
import { describeFacts } from './describe-facts.ts';
import { describeInputSizes } from './describe-input-sizes.ts';
import type { Family } from './family.ts';

/** The tests that need no values. Call it once for a family. */
export function describeShapes(family: Family): void {
  describeBuilding(family);
  describeFacts(family);
  describeInputSizes(family);
  describeBadInput(family);
}
