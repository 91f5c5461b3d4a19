import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a part of a recording writes: what was found, and what is to be said of it. */
export type PartReport = Readonly<Record<string, unknown>>;

/** The parts of a recording, by their names. */
export type Parts<Name extends string, Report extends PartReport = PartReport> = Readonly<
  Record<Name, () => Promise<Report>>
>;

/** Where reports go, and what stands at the head of each. */
export interface PartsOptions<Report extends PartReport> {
  readonly folder: string;
  /** Of the files: '<prefix>-<part>.json'. */
  readonly prefix: string;
  readonly machine: object;
  /** Whether each part looks at a sample only, or at the smallest work. */
  readonly isSample: boolean;
  readonly say: (line: string) => void;
  /** Is told what a part reports, before that is written. */
  readonly onReport?: (part: string, report: Report) => void;
}

/** @throws Error for a part that there is not. */
export function wantedParts<Name extends string>(
  asked: readonly string[],
  known: readonly Name[],
): readonly Name[] {
  for (const name of asked) {
    if (!(known as readonly string[]).includes(name)) {
      throw new Error(`there is no part '${name}'; the parts are ${known.join(', ')}`);
    }
  }
  return asked.length > 0 ? (asked as readonly Name[]) : known;
}

/**
 * Runs parts one after the other and writes a file for each as soon as it is done. One that fails is written with its error, and
 * the others run.
 * @returns the names of those that failed.
 */
export async function runParts<Name extends string, Report extends PartReport>(
  parts: Parts<Name, Report>,
  wanted: readonly Name[],
  { folder, prefix, machine, isSample, say, onReport }: PartsOptions<Report>,
): Promise<readonly Name[]> {
  await mkdir(folder, { recursive: true });
  const failed: Name[] = [];
  for (const part of wanted) {
    const start = performance.now();
    const outcome: PartReport = await parts[part]().then(
      (found) => {
        onReport?.(part, found);
        return found;
      },
      (error: unknown) => ({ error: error instanceof Error ? error.stack : String(error) }),
    );
    if ('error' in outcome) failed.push(part);
    const seconds = Math.round((performance.now() - start) / 1000);
    const date = new Date().toISOString();
    const report = { part, machine, date, isSample, seconds, ...outcome };
    const text = `${JSON.stringify(report, undefined, 2)}\n`;
    await writeFile(join(folder, `${prefix}-${part}.json`), text);
    say(
      `${part}: ${'error' in outcome ? `failed: ${String(outcome['error'])}` : 'done'} in ${seconds} s`,
    );
  }
  return failed;
}
