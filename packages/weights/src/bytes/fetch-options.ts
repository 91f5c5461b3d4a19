import type { SignalLike } from '../web-types.ts';

/** How a file is fetched. */
export interface FetchOptions {
  /** In place of the global `fetch`. */
  fetch?(url: string, options: object): Promise<object>;
  /** Sent with each request, such as an authorisation. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the requests. */
  readonly signal?: SignalLike;
}
