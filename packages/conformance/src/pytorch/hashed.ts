/**
 * Numbers that Python and TypeScript compute alike: a 32-bit hash of a name and a position. The same rule
 * stands in scripts/fixtures/hashed.py.
 */

/** Unsigned 32-bit word number `i`: the finaliser of MurmurHash3 over seed and position. */
export function hashedWord(seed: number, i: number): number {
  let h = (seed + Math.imul(i, 0x9e3779b1)) >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Number in [0, 1) with 24 bits. */
export function hashedUnit(seed: number, i: number): number {
  return (hashedWord(seed, i) >>> 8) / 16777216;
}
