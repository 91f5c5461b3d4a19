/** How a file is known to be the published one. */
export interface Digest {
  readonly algorithm: 'sha256' | 'md5';
  /** Its beginning, or all of it, in hexadecimal digits. */
  readonly digits: string;
}

/** What is published of a file's content: SHA-256, or where its publisher gives no other, MD5. */
export interface Digests {
  readonly sha256?: string;
  readonly md5?: string;
}

/** The better of what is published; null where nothing is. */
export function digestOf({ sha256, md5 }: Digests): Digest | null {
  if (sha256 !== undefined) return { algorithm: 'sha256', digits: sha256 };
  return md5 === undefined ? null : { algorithm: 'md5', digits: md5 };
}

/** What errors call them. */
export const digestNames = { sha256: 'SHA-256', md5: 'MD5' } as const;
