import { firstRows } from '@convnet/data/signal';

/** What the first lines of comma-separated values say of its columns. */
export interface FirstLines {
  /** The columns as the first line names them, or as it would. */
  readonly fields: readonly string[];
  /**
   * Whether the first line names columns: something in it is no number where the second line has one, or its numbers
   * count the columns, as pandas names those that have no names. Classes may be words in every line.
   */
  readonly header: boolean;
}

const isNumber = (field: string | undefined): boolean =>
  field !== undefined && field !== '' && !Number.isNaN(Number(field));

/** @throws FileError of @convnet/data for quotes that do not end. */
export function readFirstLines(text: string, path: string): FirstLines {
  const [first = [], second] = firstRows(text, path, 2).map((row) =>
    row.map((name) => name.trim()),
  );
  const numbers = [...first.keys()].filter((i) => isNumber(first[i]));
  const counts = numbers.length > 2 && numbers.every((i) => Number(first[i]) === i);
  const names =
    second === undefined
      ? first.length > 1 && numbers.length === 0
      : first.some((field, i) => field !== '' && !isNumber(field) && isNumber(second[i]));
  return { fields: first, header: counts || names };
}

/**
 * A column by its name, or by its number from 0 where it has none: there are no names, or its own is empty, as pandas leaves that of its
 * index.
 * @param names of the columns; null where the first line is data.
 */
export function columnOf(name: string, names: readonly string[] | null): string | number {
  const isPlace = /^\d+$/.test(name) && names?.includes(name) !== true;
  return isPlace && (names === null || names[Number(name)] === '') ? Number(name) : name;
}
