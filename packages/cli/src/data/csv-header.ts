/** The fields of a line of comma-separated values. */
const fieldsOf = (line: string): readonly string[] =>
  line.split(/[,;\t]/).map((field) => field.trim());

/** The columns of comma-separated values as the first line names them, or as it would. */
export const firstFields = (text: string): readonly string[] =>
  fieldsOf(text.slice(0, text.search(/\r?\n|$/)));

/**
 * A column by its name, or by its number from 0 where it has none: there are no names, or its own is empty, as pandas leaves that of its
 * index.
 * @param names of the columns; null where the first line is data.
 */
export function columnOf(name: string, names: readonly string[] | null): string | number {
  const isNumber = /^\d+$/.test(name) && names?.includes(name) !== true;
  return isNumber && (names === null || names[Number(name)] === '') ? Number(name) : name;
}

/**
 * Whether the first line of comma-separated values names columns: something in it is no number where the second line has one, or its numbers count
 * the columns, as pandas names those that have no names. Classes may be words in every line.
 */
export function namesColumns(text: string): boolean {
  const [first = [], second = []] = text.split(/\r?\n/, 2).map(fieldsOf);
  const isNumber = (field: string | undefined): boolean =>
    field !== undefined && field !== '' && !Number.isNaN(Number(field));
  const numbers = [...first.keys()].filter((i) => isNumber(first[i]));
  const counts = numbers.length > 2 && numbers.every((i) => Number(first[i]) === i);
  return (
    counts || first.some((field, i) => field !== '' && !isNumber(field) && isNumber(second[i]))
  );
}
