/** A `URL`, of which this is used: the public types name none of the web's own (docs/decisions/0019). */
export interface UrlLike {
  readonly href: string;
}

export function isUrl(value: unknown): value is UrlLike {
  return typeof value === 'object' && value !== null && 'href' in value;
}
