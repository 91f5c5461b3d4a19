import type { Kind } from './kinds.ts';

/** A `URL`, of which this is used: the public types name none of the web's own (docs/decisions/0019). */
export interface UrlLike {
  readonly href: string;
}

/** @internal Whether `value` is a `URL`, or like one. */
export function isUrl(value: unknown): value is UrlLike {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<UrlLike>).href === 'string'
  );
}

/** @internal What an argument that names a place may be. */
export const aLocation: Kind = {
  expected: 'a path or a URL',
  accepts: (value) => (typeof value === 'string' && value !== '') || isUrl(value),
};
