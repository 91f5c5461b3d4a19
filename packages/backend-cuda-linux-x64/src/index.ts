import { fileURLToPath } from 'node:url';

/** Folder of the addon, `convnet-cuda.node`, and of the kernels as `kernels.json` lists them. */
export const nativeFolder: string = fileURLToPath(new URL('../native', import.meta.url));
