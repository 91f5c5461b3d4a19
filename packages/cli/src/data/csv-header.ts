/**
 * Whether the first line of comma-separated values names columns: something in it is no number where the second line has one, or its numbers count
 * the columns, as pandas names those that have no names. Classes may be words in every line.
 */
export function namesColumns(text: string): boolean {
  const [first = [], second = []] = text
    .split(/\r?\n/, 2)
    .map((line) => line.split(/[,;\t]/).map((field) => field.trim()));
  const isNumber = (field: string | undefined): boolean =>
    field !== undefined && field !== '' && !Number.isNaN(Number(field));
  const numbers = [...first.keys()].filter((i) => isNumber(first[i]));
  const counts = numbers.length > 2 && numbers.every((i) => Number(first[i]) === i);
  return (
    counts || first.some((field, i) => field !== '' && !isNumber(field) && isNumber(second[i]))
  );
}
