import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';

/** SHA-256 of the Rust files of a crate in `rust`, in the order of their names: what its built binary must say. */
export function sourceHash(crate: string): string {
  const folder = new URL(`../../../rust/${crate}/src/`, import.meta.url);
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest('hex');
}
