import type { UrlLike } from '@convnet/tensor-core';
import { fileURLToPath } from 'node:url';

/** The path that a path or a file: URL means. */
export function pathOf(path: string | UrlLike): string {
  return typeof path === 'string' ? path : fileURLToPath(path.href);
}
