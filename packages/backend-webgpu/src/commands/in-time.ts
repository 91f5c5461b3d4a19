/** How often the clock is looked at while something is waited for. */
const looks = 20;

/** The longest that a timer takes, in milliseconds. */
const longestTimer = 2 ** 31 - 1;

/**
 * What a promise gives, where it comes within `longest` milliseconds of the program's own running: a page that the browser has
 * frozen, or a machine that sleeps, does not spend them.
 * @throws what `late` makes, where the promise does not settle; what the promise is rejected with.
 */
export async function inTime<Result>(
  coming: Promise<Result>,
  longest: number,
  late: () => Error,
): Promise<Result> {
  if (longest === Infinity) return coming;
  const slice = Math.min(longest / looks, longestTimer);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    let left = Math.ceil(longest / slice);
    let isAfterPause = false;
    let since = Date.now();
    const look = (): void => {
      const now = Date.now();
      // The program stood still, and what came meanwhile is handed over behind this timer. But not again and again: browsers
      // throttle the timers of hidden pages, too.
      isAfterPause = !isAfterPause && now - since > 2 * slice;
      since = now;
      if (!isAfterPause) left--;
      if (left > 0) timer = setTimeout(look, slice);
      else reject(late());
    };
    timer = setTimeout(look, slice);
  });
  try {
    return await Promise.race([coming, limit]);
  } finally {
    clearTimeout(timer);
  }
}
