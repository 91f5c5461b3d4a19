export { folderStore } from './folder-store.ts';
export { saveCheckpoint } from './save-checkpoint.ts';
export { jsonLinesFile, tensorBoardFolder } from './log-files.ts';
