import { modelJobs } from './models.ts';
import { stepJobs } from './steps.ts';
import type { Job } from './support.ts';
import { tensorJobs } from './tensors.ts';

/** Unusual things that programs do, by what they are: each must give what the plain way gives, on every device. */
export const jobs: Readonly<Record<string, Job>> = { ...tensorJobs, ...modelJobs, ...stepJobs };
