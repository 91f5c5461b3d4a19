import { aLocation, requireKind, type UrlLike } from '@convnet/tensor-core';
import { fileURLToPath } from 'node:url';

/** The path that a path or a file: URL means. @throws ArgumentError for what is neither. */
export function pathOf(where: string, name: string, path: string | UrlLike): string {
  requireKind(where, name, path, aLocation);
  return typeof path === 'string' ? path : fileURLToPath(path.href);
}
