export type { UrlLike } from '@convnet/tensor-core';
export { cacheFolder } from './cache-folder.ts';
export { makeFolder } from './make-folder.ts';
export { publish, type PublishedBuilder, type PublishOptions } from './publish/publish.ts';
export { saveNpz } from './save-npz.ts';
export { saveSafetensors } from './save-safetensors.ts';
export { saveTorch } from './save-torch.ts';
export { writeFileAtomic, type Contents } from './write-file-atomic.ts';
