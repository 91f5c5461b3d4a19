import { readFile } from 'node:fs/promises';

import type { ProcessMemory } from '../peers/peer.ts';

/**
 * The resident memory of this process, as Linux tells it. Node's own `maxRSS` comes from getrusage, where a process
 * starts with the peak of the one that started it.
 */
export async function processMemory(): Promise<ProcessMemory> {
  let status: string;
  try {
    status = await readFile('/proc/self/status', 'utf8');
  } catch {
    return { resident: null, peak: null };
  }
  const field = (name: string): number | null => {
    const kibibytes = new RegExp(`^${name}:\\s*(\\d+) kB$`, 'm').exec(status)?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) * 1024;
  };
  return { resident: field('VmRSS'), peak: field('VmHWM') };
}
