import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { inferenceProcess } from './inference-process.ts';
import { installed } from './installed.ts';
import type { InferencePeer } from './peer.ts';

const run = promisify(execFile);

const packageName = 'openvino-node';
const version = '2026.4.0';

const script = join(import.meta.dirname, 'openvino-runs.mjs');

/** The runtime is no part of the package: a script of it downloads that, which elsewhere happens at installation. */
async function downloadRuntime(folder: string): Promise<void> {
  const home = join(folder, 'node_modules', packageName);
  const download = join(home, 'scripts', 'download-runtime.js');
  try {
    await run(process.execPath, [download, '--ignore-if-exists'], { cwd: home });
  } catch (cause) {
    throw new Error(downloadFailure(String((cause as { stderr?: string }).stderr)), { cause });
  }
}

/** What the script wrote, in one line. */
export function downloadFailure(written: string): string {
  const reason = /Failed to [^"\n]*/.exec(written)?.[0].replace(/[.\s]+$/, '');
  return `its runtime, which it downloads from storage.openvinotoolkit.org, can't be had${reason === undefined ? '' : ` (${reason})`}`;
}

/**
 * OpenVINO on the processor in a process of its own.
 * @throws Error where npm can't install it, or its runtime can't be downloaded.
 */
export async function openvino(threads: number): Promise<InferencePeer> {
  const folder = await installed([packageName], version);
  await downloadRuntime(folder);
  return inferenceProcess(packageName, version, [script, folder, String(threads)]);
}
