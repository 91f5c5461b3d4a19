export { createFamily, type CreateFamilyOptions } from './create-family.ts';
export { CreateFamilyError } from './errors.ts';
