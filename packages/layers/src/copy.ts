import type { PackageCopy } from '@convnet/tensor-core';

import { version } from './version.ts';

/** @internal The copy of this package that this module is of. Its modules carry it. */
export const layersCopy: PackageCopy = { package: '@convnet/layers', version };
