export { folderStore } from './folder-store.ts';
export { saveCheckpoint } from './save-checkpoint.ts';
