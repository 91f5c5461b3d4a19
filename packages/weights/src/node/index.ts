export type { UrlLike } from '@convnet/tensor-core';
export { saveNpz } from './save-npz.ts';
export { saveSafetensors } from './save-safetensors.ts';
export { saveTorch } from './save-torch.ts';
export { writeFileAtomic, type Contents } from './write-file-atomic.ts';
