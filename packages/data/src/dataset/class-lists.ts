import { classNames } from '../kinds.ts';
import { requireKind, type Kind } from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';

/** What has classes, and what errors call it. */
interface Classed {
  readonly classes?: readonly string[];
}

const aClassedSet: Kind = {
  expected: 'a set, whose classes, if any, are a list of texts',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    ((value as Classed).classes === undefined || classNames.accepts((value as Classed).classes)),
};
const aPairOfNames: Kind = {
  expected: 'a list of two texts',
  accepts: (value) => classNames.accepts(value) && (value as readonly string[]).length === 2,
};

/**
 * Checks that two sets mean the same by a label: their class lists must be equal, order included.
 *
 * @throws DatasetError (fault 'classes') that names the classes that only one of them has, or the first that stand at
 *   different places.
 */
export function requireSameClasses(
  train: Classed,
  test: Classed,
  names: readonly [train: string, test: string] = ['train', 'test'],
): void {
  requireKind('requireSameClasses', 'train', train, aClassedSet);
  requireKind('requireSameClasses', 'test', test, aClassedSet);
  requireKind('requireSameClasses', 'names', names, aPairOfNames);
  const [ours, theirs] = [train.classes ?? [], test.classes ?? []];
  const missing = (from: readonly string[], of: readonly string[]): readonly string[] =>
    from.filter((name) => !of.includes(name));
  const onlyTrain = missing(ours, theirs);
  const onlyTest = missing(theirs, ours);
  const differences = [
    ...(onlyTrain.length > 0 ? [`only ${names[0]} has ${quoted(onlyTrain)}`] : []),
    ...(onlyTest.length > 0 ? [`only ${names[1]} has ${quoted(onlyTest)}`] : []),
  ];
  const moved = ours.findIndex((name, i) => theirs[i] !== name);
  if (differences.length === 0 && (moved >= 0 || ours.length !== theirs.length)) {
    differences.push(
      `label ${moved} means '${ours[moved]}' in ${names[0]} and '${theirs[moved]}' in ${names[1]}`,
    );
  }
  if (differences.length === 0) return;
  throw new DatasetError(
    'classes',
    `expected the same classes in ${names[0]} and ${names[1]} (${ours.length} and ${theirs.length}): ${differences.join('; ')}`,
  );
}

function quoted(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `'${name}'`);
  const rest = names.length - shown.length;
  return shown.join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
