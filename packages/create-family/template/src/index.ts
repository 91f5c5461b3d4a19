export { architectures } from './architectures.ts';
export { MyFamily, my_family_small, my_family, type MyFamilyOptions } from './my-family.ts';
export { ranks } from './ranks.ts';
