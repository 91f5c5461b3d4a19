import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What a part of a recording found, by its name. */
export type Parts<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>;

/** Where reports go, and what stands at the head of each. */
export interface PartsOptions {
  readonly folder: string;
  /** Of the files: '<prefix>-<part>.json'. */
  readonly prefix: string;
  readonly machine: object;
  readonly say: (line: string) => void;
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
export async function runParts<Name extends string>(
  parts: Parts<Name>,
  wanted: readonly Name[],
  { folder, prefix, machine, say }: PartsOptions,
): Promise<readonly Name[]> {
  await mkdir(folder, { recursive: true });
  const failed: Name[] = [];
  for (const part of wanted) {
    const start = performance.now();
    const outcome = await parts[part]().then(
      (found) => ({ found }),
      (error: unknown) => ({ error: error instanceof Error ? error.stack : String(error) }),
    );
    if ('error' in outcome) failed.push(part);
    const seconds = Math.round((performance.now() - start) / 1000);
    const report = { part, machine, date: new Date().toISOString(), seconds, ...outcome };
    const text = `${JSON.stringify(report, undefined, 2)}\n`;
    await writeFile(join(folder, `${prefix}-${part}.json`), text);
    say(`${part}: ${'error' in outcome ? `failed: ${outcome.error}` : 'done'} in ${seconds} s`);
  }
  return failed;
}
