export { float } from './commands/kernel-context.ts';
