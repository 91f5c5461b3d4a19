import type { FetchOptions } from './fetch-options.ts';

/** The `fetch` that the caller wants. */
export function fetchOf(options: FetchOptions): typeof fetch {
  return (options.fetch as typeof fetch | undefined) ?? fetch;
}

/** The signal of the caller. */
export function signalOf({ signal }: FetchOptions): AbortSignal | undefined {
  return signal as AbortSignal | undefined;
}
