export { saveSafetensors } from './save-safetensors.ts';
export { writeFileAtomic } from './write-file-atomic.ts';
