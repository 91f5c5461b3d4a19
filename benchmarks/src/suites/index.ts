import type { Suite } from '../suite.ts';
import { architectures } from './architectures.ts';
import { backends } from './backends.ts';
import { browser } from './browser.ts';
import { compare } from './compare.ts';
import { detection } from './detection.ts';
import { inference } from './inference.ts';
import { kernels } from './kernels.ts';
import { memory } from './memory.ts';
import { overhead } from './overhead.ts';
import { scaling } from './scaling.ts';
import { training } from './training.ts';
import { ucr } from './ucr.ts';

/** The suites, as `pnpm bench --help` lists them; the first runs when none is named. */
export const suites: readonly Suite[] = [
  compare,
  architectures,
  backends,
  training,
  inference,
  detection,
  kernels,
  browser,
  scaling,
  overhead,
  memory,
  ucr,
];
