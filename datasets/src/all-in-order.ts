/**
 * As `Promise.all`, but of several failures it rejects with that of the first promise, not with the earliest in time: what lacks
 * several files always names the same one.
 */
export async function allInOrder<T extends readonly Promise<unknown>[] | []>(
  promises: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
