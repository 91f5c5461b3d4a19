import { dimensions } from './format.ts';
import type { SuiteContext } from '../suite.ts';
import type { Row } from './row.ts';

/** What a row is about: 'lenet5 2D on mnist'. */
export function nameOf({ model, dims, dataset }: Pick<Row, 'model' | 'dims' | 'dataset'>): string {
  const rank = dims === null ? '' : ` ${dimensions(dims)}`;
  return `${model}${rank}${dataset === null ? '' : ` on ${dataset}`}`;
}

/** One line for each row that has an error. */
export function failureLines(rows: readonly Row[]): string[] {
  return rows.flatMap((row) =>
    row.error === undefined
      ? []
      : [`${nameOf(row)} failed: ${row.error.name}: ${firstLine(row.error.message)}`],
  );
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

/**
 * What `measure` gives, or the row with the error that ended it; the rest of a run goes on.
 * @throws the error, where the user interrupts the run.
 */
export async function measuredOrFailure<Measured>(
  { progress, signal }: Pick<SuiteContext, 'progress' | 'signal'>,
  row: Row,
  measure: () => Promise<Measured>,
): Promise<{ readonly measured: Measured } | { readonly failure: readonly Row[] }> {
  try {
    return { measured: await measure() };
  } catch (error) {
    if (signal.aborted) throw error;
    progress.note(`${nameOf(row)}: failed, the rest goes on`);
    return { failure: [{ ...row, error: rowError(error) }] };
  }
}

/** The same of what are rows already. */
export async function rowsOrFailure(
  ...given: Parameters<typeof measuredOrFailure<readonly Row[]>>
): Promise<readonly Row[]> {
  const outcome = await measuredOrFailure(...given);
  return 'measured' in outcome ? outcome.measured : outcome.failure;
}

/** The error of a row. */
export function rowError(error: unknown): { readonly name: string; readonly message: string } {
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}

/** An error in words. The text of one of convnet or of these programs is all that a user needs; what JavaScript throws has a kind. */
export function errorText(error: unknown): string {
  const { name, message } = rowError(error);
  return name in globalThis ? `${name}: ${message}` : message;
}
