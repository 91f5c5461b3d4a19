import {
  ArgumentError,
  formatValue,
  optionNames,
  refuseUnknownOptions,
} from '@convnet/tensor-core';

import { pngInBrowser } from './png-browser.ts';
import { isNode, pngInNode } from './png-node.ts';

/** Options of `toPng`. */
export interface PngOptions {
  /** Pixels for each unit of the SVG. Default 2, for screens of high density. */
  readonly scale?: number;
}

const pngOptions = optionNames<PngOptions>({ scale: true });

/**
 * An SVG picture as the bytes of a PNG, in light colours unless it was drawn with `theme: 'dark'`. In Node by the package
 * `sharp`, which has to be installed beside this one; in the browser by the browser.
 * @throws MissingPackageError where sharp is not installed; ArgumentError for what is no SVG.
 */
export async function toPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  refuseUnknownOptions('toPng', options, pngOptions);
  const { scale = 2 } = options;
  if (typeof svg !== 'string' || !svg.trimStart().startsWith('<svg')) {
    const given: unknown = svg;
    const came = given instanceof Promise ? 'a promise; await it' : formatValue(given).slice(0, 40);
    throw new ArgumentError(`toPng: expected the text of an SVG, got ${came}`);
  }
  if (typeof scale !== 'number' || !(scale > 0 && scale <= 16)) {
    throw new ArgumentError(
      `toPng: expected scale as a number above 0 and up to 16, got ${formatValue(scale)}`,
    );
  }
  return (isNode ? pngInNode : pngInBrowser)(svg, scale);
}
