import { dirname } from 'node:path';

import { isPackage, packageFile } from '@convnet/weights';

/** The folder of a run, or that of an installed package of weights, by its name: `npm:@me/gestures`. @throws SourceError. */
export async function runFolder(location: string): Promise<string> {
  return isPackage(location) ? dirname(await packageFile(location)) : location;
}
